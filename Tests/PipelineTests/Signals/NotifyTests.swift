import Synchronization
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The bell")
struct NotifyTests {
    @Test("a bell that was rung before lets the next wait through, once")
    func ringBefore() async throws {
        let bell = Notify()
        bell.notify()
        try await bell.wait()
        let waiter = Task.immediate { try await bell.wait() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
    }

    @Test("a bell wakes whoever waits")
    func ringAfter() async throws {
        let bell = Notify()
        // Runs up to its wait before this goes on.
        let waiter = Task.immediate { try await bell.wait() }
        bell.notify()
        try await waiter.value
    }

    @Test("however often it is rung, it rings as one")
    func ringsAsOne() async throws {
        let bell = Notify()
        for _ in 0..<10 { bell.notify() }
        try await bell.wait()
        let waiter = Task.immediate { try await bell.wait() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
    }

    @Test("cancellation ends a wait, before it begins and in it")
    func cancellation() async {
        let bell = Notify()
        let waiting = Task.immediate { try await bell.wait() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let cancelled = Task.immediate {
            withUnsafeCurrentTask { $0?.cancel() }
            try await bell.wait()
        }
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }

    @Test("after a cancelled wait another task may wait")
    func nextWaiter() async throws {
        let bell = Notify()
        let first = Task.immediate { try await bell.wait() }
        first.cancel()
        _ = await first.result
        let second = Task.immediate { try await bell.wait() }
        bell.notify()
        try await second.value
    }

    /// What the ringers change before they ring.
    private final class Changes: Sendable {
        let count = Atomic(0)
    }

    @Test("with many ringers no change goes unseen")
    func manyRingers() async throws {
        let (bell, changes) = (Notify(), Changes())
        let (ringers, rings) = (8, 2000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<ringers {
                group.addTask {
                    for _ in 0..<rings {
                        changes.count.add(1, ordering: .relaxed)
                        bell.notify()
                    }
                }
            }
            // Whoever waits looks at the state itself. A lost ring would leave it waiting for ever.
            while changes.count.load(ordering: .relaxed) < ringers * rings { try await bell.wait() }
            try await group.waitForAll()
        }
        #expect(changes.count.load(ordering: .relaxed) == ringers * rings)
    }

    @Test("a ring and a cancellation at once end the wait once", arguments: 0..<200)
    func ringAgainstCancel(_: Int) async {
        let bell = Notify()
        let waiter = Task { try await bell.wait() }
        async let ring: Void = bell.notify()
        async let cancel: Void = waiter.cancel()
        _ = await (ring, cancel)
        _ = await waiter.result
    }
}
