import Pipeline
import Systemd

/// The life of the daemon from its start to its end, as a value: it is told what happens, and says what is to be done. It has no
/// clock and waits for nothing.
///
///     starting ──▶ running ──▶ draining ──▶ stopping ──▶ leaving
///
/// Every phase can lead to *leaving* at once, and from the first step out on there is a limit to all of it.
struct DaemonLifecycle: Sendable {
    enum Phase: Hashable, Sendable {
        /// The listeners are awaited, and nothing is received.
        case starting
        case running
        /// No more is received; what is held is finished.
        case draining(within: Duration)
        /// The tree was told to stop; by whom, that has said what became of all that was received, or has not.
        case stopping(hasSpoken: Bool)
        /// The tree has ended, or never was; what is around it is closed.
        case leaving
    }

    enum Event: Sendable {
        /// All listeners accept.
        case listening
        case cannotStart(String, MessageID)
        /// SIGTERM or SIGINT, by name; `at` on a clock that goes on, `drainTimeout` as configured at this moment.
        case stopSignal(String, at: Duration, drainTimeout: Duration)
        case hangup
        case reopenSignal
        case drained(left: Int)
        /// The tree has ended: by itself, in words, or (nil) because it was stopped.
        case treeEnded(gaveUp: String?, unstored: UnstoredState)
    }

    enum Action: Hashable, Sendable {
        /// Brings the tree to life and says that the daemon is ready.
        case begin
        case reload
        case reopenOutput
        case say(Saying)
        /// Tells the service manager; it is asked for so much time if that is more than it gives by itself.
        case announceStop(extendBy: Duration?)
        /// The process has ended within so much from now, whatever hangs.
        case endWithin(Duration)
        case drain(within: Duration)
        case stopTree
        /// What became of all that was received.
        case lastWords(String)
        /// Closes what is around the tree, and ends.
        case leave
    }

    /// What goes to the log.
    enum Saying: Hashable, Sendable {
        case cannotStart(String, MessageID)
        case stopping(signal: String)
        case gaveUp(String)
        case unstored(UnstoredState)
    }

    /// What all that comes after the drain may take together.
    static let grace = Duration.seconds(5)
    /// What it may take after a second signal.
    static let hurry = Duration.seconds(3)
    /// A stop that several send, such as a terminal and a supervisor, is one.
    static let oneStop = Duration.seconds(1)

    private(set) var phase = Phase.starting
    /// With what the process ends, as far as is known.
    private(set) var status: Int32 = 0
    /// A stop that several send is told by it from a second one.
    private var firstSignal: Duration?

    /// Takes note of what has happened. Returns what is to be done, in this order.
    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .listening: listens()
        case .cannotStart(let reason, let id): cannotStart(reason, id)
        case .stopSignal(let name, let moment, let timeout): stop(name, at: moment, timeout)
        case .hangup: phase == .starting || phase == .running ? [.reload] : []
        case .reopenSignal: phase == .starting || phase == .leaving ? [] : [.reopenOutput]
        case .drained(let left): drained(left)
        case .treeEnded(let gaveUp, let unstored): treeEnded(gaveUp, unstored)
        }
    }

    private mutating func listens() -> [Action] {
        guard phase == .starting else { return [] }
        phase = .running
        return [.begin]
    }

    private mutating func cannotStart(_ reason: String, _ id: MessageID) -> [Action] {
        switch phase {
        case .starting:
            status = Ptrd.Status.failure
            return [.say(.cannotStart(reason, id))] + leave()
        case .running:
            status = Ptrd.Status.failure
            phase = .stopping(hasSpoken: false)
            return [.say(.cannotStart(reason, id)), .announceStop(extendBy: nil), .endWithin(Self.grace), .stopTree]
        case .draining, .stopping, .leaving: return []
        }
    }

    private mutating func stop(_ name: String, at moment: Duration, _ timeout: Duration) -> [Action] {
        guard let firstSignal else {
            firstSignal = moment
            switch phase {
            case .starting: return [.say(.stopping(signal: name))] + leave()
            case .running:
                phase = .draining(within: timeout)
                return [
                    .say(.stopping(signal: name)), .announceStop(extendBy: timeout + Self.grace * 2),
                    .endWithin(timeout + Self.grace), .drain(within: timeout),
                ]
            // It ends by itself already.
            case .draining, .stopping, .leaving: return []
            }
        }
        guard moment - firstSignal > Self.oneStop else { return [] }
        status = Ptrd.Status.failure
        guard case .draining = phase else { return [.endWithin(.zero)] }
        return stopTree("stopped at once by a second \(name)", within: Self.hurry)
    }

    private mutating func drained(_ left: Int) -> [Action] {
        guard case .draining(let timeout) = phase else { return [] }
        if left > 0 { status = Ptrd.Status.failure }
        return stopTree(left > 0 ? "the drain timed out after \(timeout)" : "stopped", within: Self.grace)
    }

    private mutating func treeEnded(_ gaveUp: String?, _ unstored: UnstoredState) -> [Action] {
        var actions: [Action] = []
        switch phase {
        case .starting, .leaving: return []
        // From here on the end has the time that the service manager gives to a stop.
        case .running: actions = [.announceStop(extendBy: nil)]
        case .draining, .stopping: break
        }
        if let gaveUp {
            status = Ptrd.Status.failure
            actions.append(.say(.gaveUp(gaveUp)))
        }
        if phase != .stopping(hasSpoken: true) { actions.append(.lastWords("ended")) }
        if !unstored.isEmpty {
            status = Ptrd.Status.failure
            actions.append(.say(.unstored(unstored)))
        }
        return actions + leave()
    }

    private mutating func stopTree(_ how: String, within limit: Duration) -> [Action] {
        phase = .stopping(hasSpoken: true)
        return [.lastWords(how), .endWithin(limit), .stopTree]
    }

    private mutating func leave() -> [Action] {
        phase = .leaving
        return [.endWithin(Self.grace), .leave]
    }
}
