import Ledger
import Locking
import Logging
import Supervision

/// How long a worker whose body cannot be started waits before it tries it with another one: doubled each time.
struct StartLadder {
    private var wait = Duration.seconds(1)
    private var isForgiving = true

    /// Whether the end of one that had not worked yet is a mishap, after which another one is started at once: somebody outside
    /// ended it, and it was the first. What goes on so has a cause.
    mutating func forgives(_ error: any Error) -> Bool {
        defer { isForgiving = false }
        return isForgiving && (error as? BodyEnded)?.isFromOutside == true
    }

    mutating func next() -> Duration {
        defer { wait = min(wait * 2, .seconds(60)) }
        return wait
    }
}

/// What is known of bodies that could not be started, beside who waits at the moment.
package final class FailedStarts: Sendable {
    private struct State {
        var reason: String?
        var loggedAt: Duration?
    }

    /// How often the same is said loudly.
    private static let interval = Duration.seconds(60)

    private let state = Locked(State())
    private let logger: Logger?

    package init(logger: Logger? = nil) {
        self.logger = logger
    }

    /// Why the last one could not.
    package var reason: String? { state.withLock(\.reason) }

    package func failed(_ worker: ChildID, because error: String, wait: Duration, at now: Duration) {
        let reason = error.oneLine(400)
        let isLoud = state.withLock { state in
            let isNew = state.reason != reason || state.loggedAt.map { now - $0 >= Self.interval } ?? true
            state.reason = reason
            if isNew { state.loggedAt = now }
            return isNew
        }
        logger?.log(
            level: isLoud ? .warning : .debug,
            "\(worker) cannot start: \(reason); it is tried again in \(wait.inSeconds)",
            metadata: ["worker": "\(worker)", "message_id": "worker-cannot-start"])
    }
}
