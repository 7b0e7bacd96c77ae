import ControlAPI
import ControlClient

/// Follows the events of a daemon over its restarts.
struct EventFollower: Sendable {
    let context: VerbContext
    let kinds: [Event.Kind]
    let json: Bool
    let printer: EventPrinter

    private static let pause: Duration = .milliseconds(500)

    /// Prints events after the given one, until nobody reads them.
    ///
    /// - Throws: ``ControlClientError`` if it makes no sense to try again.
    func run(after: UInt64, life: DaemonLife) async throws(ControlClientError) -> ExitStatus {
        var (last, life) = (after, life)
        while true {
            do throws(ControlClientError) {
                guard try await follow(after: &last) else { return .done }
            } catch {
                try giveUpIfFinal(error)
                say("\(Text.printable(error.message)); waiting for it")
            }
            let current = try await reconnect()
            guard let current else { return .done }
            if !current.isSame(as: life) {
                say("ptrd has restarted (pid \(current.pid)); its events begin anew")
                last = 0
            }
            life = current
        }
    }

    private func say(_ text: String) {
        printer.interrupt()
        context.say(text)
    }

    /// Prints until the connection ends.
    ///
    /// - Returns: false if nobody reads any more.
    private func follow(after last: inout UInt64) async throws(ControlClientError) -> Bool {
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
