/// Wakes the one task that waits for it: "there may be something to do".
///
/// It carries nothing, and is one permit however often it is given, so whoever wakes looks at the state itself. That is what
/// lets neighbours address each other across a crash: it outlives the incarnations that wait for it.
public final class Notify: Sendable {
    private enum State {
        case idle
        /// The next wait returns at once.
        case notified
        // An unsafe continuation, because this is the hot path and a checked one allocates; every path out of this state
        // resumes it exactly once, under the lock's protection.
        case waiting(UnsafeContinuation<Void, Never>)
    }

    private let state = Locked(State.idle)

    /// Makes one that nobody has notified.
    public init() {}

    /// Wakes the waiter, or lets the next wait return at once.
    public func notify() {
        let waiter: UnsafeContinuation<Void, Never>? = state.withLock { state in
            switch state {
            case .idle, .notified:
                state = .notified
                return nil
            case .waiting(let continuation):
                state = .idle
                return continuation
            }
        }
        waiter?.resume()
    }

    /// Waits until it is notified; for one task at a time. Throws `CancellationError` when the task is cancelled.
    public func wait() async throws {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isNotified = state.withLock { state -> Bool in
                    // A cancellation that came before this would find nobody to wake; and who was left to itself must
                    // not get in the way of its replacement.
                    if Task.isCancelled { return true }
                    switch state {
                    case .idle:
                        state = .waiting(continuation)
                        return false
                    case .notified:
                        state = .idle
                        return true
                    case .waiting:
                        preconditionFailure("two tasks wait for one notification")
                    }
                }
                if isNotified { continuation.resume() }
            }
        } onCancel: {
            notify()
        }
        try Task.checkCancellation()
    }
}
