import Pipeline
import Synchronization

/// Does nothing but count, and says when a count is reached.
final class CountingHandler: Handler {
    let demand: Demand
    private let left = Atomic(0)
    private let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)

    init(_ demand: Demand) {
        self.demand = demand
    }

    private final class Body: WorkerBody {
        let handler: CountingHandler

        init(_ handler: CountingHandler) { self.handler = handler }

        func handle(_ hand: Hand) async throws {
            hand.settle(.done)
            handler.count(hand.entries.count)
        }
    }

    func makeBody(of worker: WorkerHandle) -> any WorkerBody { Body(self) }

    private func count(_ count: Int) {
        if left.subtract(count, ordering: .acquiringAndReleasing).newValue == 0 {
            waiter.withLock { $0.take() }?.resume()
        }
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
