import ControlClient

/// Follows the events of a daemon over its restarts.
struct EventFollower: Sendable {
    let context: VerbContext
    let kinds: [Event.Kind]
    let json: Bool
    var printer: EventPrinter

    private static let pause: Duration = .milliseconds(500)

    /// Prints events after the given one, until nobody reads them.
    ///
    /// - Throws: ``ControlClientError`` if it makes no sense to try again.
    mutating func run(after: UInt64, life: DaemonLife) async throws(ControlClientError) -> ExitStatus {
        var (last, life) = (after, life)
        while true {
            do throws(ControlClientError) {
                guard try await follow(after: &last) else { return .done }
            } catch {
                try giveUpIfFinal(error)
                say("\(Text.printable(error.message)); waiting for it")
            }
            guard let current = try await reconnect() else { return .done }
            if !current.isSame(as: life) {
                say("ptrd has restarted (pid \(current.pid)); its events begin anew")
                last = 0
            }
            life = current
        }
    }

    private mutating func say(_ text: String) {
        printer.interrupt()
        context.say(text)
    }

    /// Prints until the connection ends.
    ///
    /// - Returns: false if nobody reads any more.
    private mutating func follow(after last: inout UInt64) async throws(ControlClientError) -> Bool {
        var items = context.client.follow(EventsSubscription(kinds: kinds, after: last)).makeAsyncIterator()
        while let item = try await items.next() {
            switch item {
            case .document(let event):
                last = event.value.id
                let goesOn = json ? context.console.stream(event.document) : printer.print(event.value)
                guard goesOn else { return false }
            case .skipped(let count):
                say("\(Text.count(count, "event")) left out")
            }
        }
        return !Task.isCancelled
    }

    /// Waits until the daemon answers again.
    ///
    /// - Returns: nil if the task was cancelled.
    private func reconnect() async throws(ControlClientError) -> DaemonLife? {
        while await context.sleep(Self.pause) {
            do throws(ControlClientError) {
                return try await DaemonLife(context)
            } catch {
                try giveUpIfFinal(error)
            }
        }
        return nil
    }

    /// A daemon that is down, or late, may come back. One that says no will say it again.
    private func giveUpIfFinal(_ error: ControlClientError) throws(ControlClientError) {
        switch error {
        case .notRunning, .timedOut, .badAnswer, .brokeOff: return
        case .refused(let failure) where failure.code == .unavailable: return
        default: throw error
        }
    }
}

/// Prints events as they come. On a terminal, one that says the same as the last takes its place and is counted there;
/// elsewhere each has its line.
struct EventPrinter: Sendable {
    private let context: VerbContext
    private let isFolding: Bool
    /// What stands last on the terminal, and how many lines it takes.
    private var last: (event: Event, count: Int, lines: Int)?

    init(_ context: VerbContext, isFolding: Bool) {
        self.context = context
        self.isFolding = isFolding && context.console.isTerminal && context.console.environment("TERM") != "dumb"
    }

    /// - Returns: whether anybody reads it still.
    mutating func print(_ event: Event, count: Int = 1) -> Bool {
        let before = last.flatMap { isFolding && EventLine.isSame($0.event, event) ? $0 : nil }
        let sum = count + (before?.count ?? 0)
        let lines = EventLine(event: event, style: context.style, count: sum).lines.map(context.style.spelled)
        last = (event, sum, lines.count)
        // Up to where it begins, and all below it away.
        let start = before.map { "\u{1B}[\($0.lines)A\u{1B}[J" } ?? ""
        return context.console.stream(start + lines.joined(separator: "\n"))
    }

    /// What is said on standard error stands below it now.
    mutating func interrupt() {
        last = nil
    }
}

/// Which life of the daemon it is: after a restart the numbers of its events begin anew.
struct DaemonLife: Sendable {
    let pid: Int32
    /// When it began, on the clock of the one who measured.
    private let started: Duration
    private let now: @Sendable () -> Duration

    init(_ context: VerbContext) async throws(ControlClientError) {
        let status = try await context.client.status()
        pid = status.pid
        started = .seconds(-status.uptimeSeconds)
        now = context.stopwatch()
    }

    /// In a container every life may have the pid 1, so the uptime has to fit, too: to two seconds, the time that an
    /// answer may have taken.
    func isSame(as earlier: DaemonLife) -> Bool {
        let age = earlier.now() - now()
        let difference = started + age - earlier.started
        return pid == earlier.pid && abs(difference / .seconds(1)) < 2
    }
}
