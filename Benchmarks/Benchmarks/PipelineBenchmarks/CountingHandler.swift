import Pipeline
import Synchronization

/// Does nothing but count, and says when a count is reached.
final class CountingHandler: MessageHandler {
    private let left = Atomic(0)
    private let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)

    func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
        if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
            waiter.withLock { $0.take() }?.resume()
        }
        return .done
    }

    /// Calls `bring`, and waits until that many messages have been handled.
    func handled(_ count: Int, bring: () -> Void) async {
        await withCheckedContinuation { continuation in
            waiter.withLock { $0 = continuation }
            left.store(count, ordering: .releasing)
            bring()
        }
    }
}
