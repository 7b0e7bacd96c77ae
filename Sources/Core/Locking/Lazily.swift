/// What is dear to make: made when it is asked for first, once, and kept.
public final class Lazily<Value: Sendable>: Sendable {
    private let state: Locked<Value?>
    private let make: @Sendable () -> Value

    /// - Parameter make: who asks meanwhile waits for it.
    public init(_ make: @escaping @Sendable () -> Value) {
        self.make = make
        state = Locked(nil)
    }

    /// It.
    public var value: Value {
        state.withLock { kept in
            if let kept { return kept }
            let value = make()
            kept = value
            return value
        }
    }
}
