import Locking

/// Where a worker is handed its next message.
final class Desk: Sendable {
    private enum State {
        case empty
        // Unsafe for the reason given at `Bell`: resumed exactly once, on every path out of this state.
        case waiting(UnsafeContinuation<Assignment?, Never>)
        case filled(Assignment)
        case closed
    }

    /// The worker whose desk it is.
    let holder: Holder
    private let state = Locked(State.empty)

    init(holder: Holder) {
        self.holder = holder
    }

    /// Hands over a message. False: the worker has gone, the message is still the caller's.
    func hand(_ assignment: Assignment) -> Bool {
        let (isTaken, waiter) = state.withLock { state -> (Bool, UnsafeContinuation<Assignment?, Never>?) in
            switch state {
            case .empty:
                state = .filled(assignment)
                return (true, nil)
            case .waiting(let continuation):
                state = .empty
                return (true, continuation)
            case .filled:
                preconditionFailure("a worker was handed a second message")
            case .closed:
                return (false, nil)
            }
        }
        waiter?.resume(returning: assignment)
        return isTaken
    }

    /// The next message; nil when the task is cancelled. To be called by the worker only.
    func next() async -> Assignment? {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let answer = state.withLock { state -> Assignment?? in
                    switch state {
                    case .empty:
                        state = .waiting(continuation)
                        return nil
                    case .filled(let assignment):
                        state = .empty
                        return assignment
                    case .closed: return .some(nil)
                    case .waiting: preconditionFailure("two tasks wait at one desk")
                    }
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            close()
        }
    }

    /// Takes no more. What lies here and was not taken up is left to the worker's last ``next()``.
    private func close() {
        let waiter = state.withLock { state -> UnsafeContinuation<Assignment?, Never>? in
            switch state {
            case .empty, .closed:
                state = .closed
                return nil
            case .filled:
                return nil
            case .waiting(let continuation):
                state = .closed
                return continuation
            }
        }
        waiter?.resume(returning: nil)
    }

    /// Closes for good and returns what was handed over and never taken up.
    func clear() -> Assignment? {
        state.withLock { state in
            defer { state = .closed }
            if case .filled(let assignment) = state { return assignment }
            return nil
        }
    }
}
