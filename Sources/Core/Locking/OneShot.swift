/// A value that is set once and that one task waits for.
///
/// Waiting does not end with cancellation: whoever waits here has asked for something that will be answered. Who cannot
/// wait without bound sets a limit.
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

    /// The value, if it is set within a limit; else `fallback`, which then is the value.
    ///
    /// - Parameter sleep: waits that long.
    public func value(
        within limit: Duration, otherwise fallback: Value,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async -> Value {
        let alarm = Task {
            try await sleep(limit)
            resolve(fallback)
        }
        defer { alarm.cancel() }
        return await value
    }
}
