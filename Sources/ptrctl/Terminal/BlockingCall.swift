import Dispatch

/// Calls that block: a thread of the cooperative pool must not wait in them.
enum BlockingCall {
    private static let queue = DispatchQueue(label: "blocking calls", attributes: .concurrent)

    /// Runs `call` on a thread that may wait.
    static func run<Value: Sendable>(_ call: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: call()) }
        }
    }
}
