import Locking
import Synchronization
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The notify")
struct NotifyTests {
    @Test("a notify that was rung before lets the next wait through, once")
    func ringBefore() async throws {
        let notify = Notify()
        notify.notify()
        try await notify.wait()
        let waiter = Task.immediate { try await notify.wait() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
    }

    @Test("a notify wakes whoever waits")
    func ringAfter() async throws {
        let notify = Notify()
        // Runs up to its wait before this goes on.
        let waiter = Task.immediate { try await notify.wait() }
        notify.notify()
        try await waiter.value
    }

    @Test("however often it is rung, it rings as one")
    func ringsAsOne() async throws {
        let notify = Notify()
        for _ in 0..<10 { notify.notify() }
        try await notify.wait()
        let waiter = Task.immediate { try await notify.wait() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
    }

    @Test("cancellation ends a wait, before it begins and in it")
    func cancellation() async {
        let notify = Notify()
        let waiting = Task.immediate { try await notify.wait() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let cancelled = Task.immediate {
            withUnsafeCurrentTask { $0?.cancel() }
            try await notify.wait()
        }
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }

    @Test("after a cancelled wait another task may wait")
    func nextWaiter() async throws {
        let notify = Notify()
        let first = Task.immediate { try await notify.wait() }
        first.cancel()
        _ = await first.result
        let second = Task.immediate { try await notify.wait() }
        notify.notify()
        try await second.value
    }

    /// What the ringers change before they ring.
    private final class Changes: Sendable {
        let count = Atomic(0)
    }

    @Test("with many ringers no change goes unseen")
    func manyRingers() async throws {
        let (notify, changes) = (Notify(), Changes())
        let (ringers, rings) = (8, 2000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<ringers {
                group.addTask {
                    for _ in 0..<rings {
                        changes.count.add(1, ordering: .relaxed)
                        notify.notify()
                    }
                }
            }
            // Whoever waits looks at the state itself. A lost ring would leave it waiting for ever.
            while changes.count.load(ordering: .relaxed) < ringers * rings { try await notify.wait() }
            try await group.waitForAll()
        }
        #expect(changes.count.load(ordering: .relaxed) == ringers * rings)
    }

    @Test("a ring and a cancellation at once end the wait once", arguments: 0..<200)
    func ringAgainstCancel(_: Int) async {
        let notify = Notify()
        let waiter = Task { try await notify.wait() }
        async let ring: Void = notify.notify()
        async let cancel: Void = waiter.cancel()
        _ = await (ring, cancel)
        _ = await waiter.result
    }
}
