import Locking

/// Wakes the one task that waits for it: "there may be something to do".
///
/// It carries nothing and rings as one however often it is rung, so whoever wakes looks at the state itself. That is what
/// lets neighbours address each other across a crash: the bell outlives the incarnations that wait for it.
final class Bell: Sendable {
    private enum State {
        case silent
        case rung
        // An unsafe continuation, because this is the hot path and a checked one allocates; every path out of this state
        // resumes it exactly once, under the lock's protection.
        case waiting(UnsafeContinuation<Void, Never>)
    }

    private let state = Locked(State.silent)

    /// Rings. Wakes the waiter, or lets the next wait return at once.
    func ring() {
        let waiter: UnsafeContinuation<Void, Never>? = state.withLock { state in
            switch state {
            case .silent, .rung:
                state = .rung
                return nil
            case .waiting(let continuation):
                state = .silent
                return continuation
            }
        }
        waiter?.resume()
    }

    /// Waits until it rings. Throws `CancellationError` when the task is cancelled.
    func wait() async throws {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isRung = state.withLock { state -> Bool in
                    // A cancellation that came before this would find nobody to wake; and who was left to itself must
                    // not get in the way of its replacement.
                    if Task.isCancelled { return true }
                    switch state {
                    case .silent:
                        state = .waiting(continuation)
                        return false
                    case .rung:
                        state = .silent
                        return true
                    case .waiting:
                        preconditionFailure("two tasks wait for one bell")
                    }
                }
                if isRung { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
        try Task.checkCancellation()
    }
}
