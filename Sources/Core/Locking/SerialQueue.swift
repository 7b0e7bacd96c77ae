import Dispatch

/// Calls that block, one after another on a thread that may wait. A thread of the cooperative pool must not: there is one for
/// each processor, and all tasks live on them.
///
/// The calls run in the order in which they came, each when the one before it has returned. One that hangs holds up those
/// behind it and nothing else, so what must not wait for each other has a queue each. Cancellation ends neither a call nor the
/// wait for it; who cannot wait without bound waits for a ``OneShot``.
public struct SerialQueue: Sendable {
    private let queue: DispatchQueue

    /// Makes one without calls.
    ///
    /// - Parameter name: is what debuggers call its thread.
    public init(_ name: String) {
        queue = DispatchQueue(label: name)
    }

    /// Runs `call` after those that came before it, and waits for what it returns or throws.
    public nonisolated(nonsending) func run<Value: Sendable, Failure: Error>(
        _ call: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: call)) }
        }
        return try result.get()
    }

    /// Runs `call` after those that came before it, and waits for nothing.
    public func post(_ call: @escaping @Sendable () -> Void) {
        queue.async(execute: call)
    }
}
