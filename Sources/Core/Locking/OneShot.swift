/// A value that is set once and that one task waits for.
///
/// Waiting does not end with cancellation: whoever waits here has asked for something that will be answered. Who cannot
/// wait without bound has somebody else set the value when the time is up.
public final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case unset
        case waiting(CheckedContinuation<Value, Never>)
        case set(Value)
    }

    private let state = Locked(State.unset)

    /// Makes one without a value.
    public init() {}

    /// Sets the value; only the first time counts. False: it was set already.
    @discardableResult
    public func resolve(_ value: Value) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Value, Never>?) in
            switch state {
            case .unset:
                state = .set(value)
                return (true, nil)
            case .waiting(let continuation):
                state = .set(value)
                return (true, continuation)
            case .set:
                return (false, nil)
            }
        }
        waiter?.resume(returning: value)
        return isFirst
    }

    /// The value, when it has been set.
    public var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let value: Value? = state.withLock { state in
                    switch state {
                    case .unset:
                        state = .waiting(continuation)
                        return nil
                    case .waiting:
                        preconditionFailure("two tasks wait for one value")
                    case .set(let value):
                        return value
                    }
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }
}
