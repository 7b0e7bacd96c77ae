import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("After a time in which nobody ran, a machine asleep or a process stopped")
struct FrozenTests {
    /// A tree whose messages take 3 s of the 5 s that they have, and are held by all workers.
    private static func busyTree(
        count: Int = 40, _ change: (inout ApplicationSettings) -> Void = { _ in }
    ) -> (tree: VirtualTree, handler: DirectedHandler) {
        var settings = ApplicationSettings.virtual
        settings.breaker = BreakerPolicy(minimum: 2)
        change(&settings)
        let clock = ManualClock()
        let running = RunningClockOfHandler(clock)
        let handler = DirectedHandler { _, _ in
            try await running.work(for: .seconds(3))
            return .done
        }
        let tree = VirtualTree(
            [FeedSource("a", count: count)], settings: settings, clock: clock, canFreeze: true, handler: handler)
        #expect(tree.advance(atMost: .seconds(10)) { tree.messages.leased == 4 })
        return (tree, handler)
    }

    /// Work that is done in steps, as a processor does it: none of it while nobody runs.
    private struct RunningClockOfHandler {
        let clock: ManualClock

        init(_ clock: ManualClock) { self.clock = clock }

        func work(for duration: Duration) async throws {
            for _ in 0..<Int(duration / .milliseconds(100)) { try await clock.sleep(for: .milliseconds(100)) }
        }
    }

    @Test("frozen is not slow: no held message is timed out, no attempt is spent, the breaker stays closed")
    func nothingTimesOut() {
        let (tree, handler) = Self.busyTree()
        for seconds in [6, 60, 36_000] {
            tree.advance(by: .seconds(2))
            tree.freeze(for: .seconds(seconds))
        }
        #expect(tree.finish() == 0)
        #expect(tree.messages.processed == 40 && tree.messages.retried == 0 && tree.messages.deadLettered == 0)
        #expect(tree.messages.lateOutcomes == 0)
        #expect(tree.status.restarts == 0)
        #expect(handler.completions.values.allSatisfy { $0 == 1 })
        #expect(tree.application.ledger.withLock { $0.breaker.isClosed && $0.breaker.trouble == nil })
    }

    @Test("what hangs is timed out all the same, after the time in which it ran")
    func hangs() {
        var settings = ApplicationSettings.virtual
        settings.maxAttempts = 1
        let tree = VirtualTree(
            [FeedSource("a", count: 1)], settings: settings, canFreeze: true,
            handler: DirectedHandler { _, _ in
                try await Notify().wait()
                return .done
            })
        #expect(tree.advance(atMost: .seconds(1)) { tree.messages.leased == 1 })
        for _ in 0..<4 {
            tree.advance(by: .seconds(1))
            tree.freeze(for: .seconds(3600))
        }
        #expect(tree.messages.deadLettered == 0)
        tree.advance(by: .seconds(2))
        #expect(tree.messages.deadLettered == 1)
        #expect(tree.finish() == 0)
    }

    @Test("a drain goes on for the time that it has left, and ends when that has run out")
    func drain() {
        let (tree, _) = Self.busyTree()
        let left = tree.begin { [application = tree.application] in await application.drain(within: .seconds(8)) }
        tree.advance(by: .seconds(1))
        tree.freeze(for: .seconds(600))
        #expect(left.value == nil)
        #expect(tree.advance(atMost: .seconds(8)) { left.value != nil })
        #expect(left.value.map { $0 > 0 } == true)
        tree.application.stop()
        #expect(tree.advance(atMost: .seconds(10)) { tree.ending != nil })
    }

    @Test("a worker that was told to go has the rest of its time to do so")
    func shutdownBudget() {
        var settings = ApplicationSettings.virtual
        settings.maxAttempts = 1
        settings.workerTimeout = .seconds(1)
        let clock = ManualClock()
        // Nobody tells this one to go.
        let tidying = Locked<SupervisionRuntime?>(nil)
        let tree = VirtualTree(
            [FeedSource("a", count: 1)], settings: settings, clock: clock, canFreeze: true,
            handler: DirectedHandler { _, _ in
                do {
                    try await Notify().wait()
                } catch {
                    // It clears up for a second before it goes.
                    let runtime = try #require(tidying.withLock { $0 })
                    await runtime.spawn {
                        for _ in 0..<10 { try? await clock.sleep(for: .milliseconds(100)) }
                    }.value
                }
                throw CancellationError()
            })
        tidying.withLock { $0 = tree.application.runtime }
        #expect(tree.advance(atMost: .seconds(3)) { tree.messages.deadLettered == 1 })
        tree.freeze(for: .seconds(60))
        tree.advance(by: .seconds(3))
        #expect(tree.application.runtime.abandonedChildren == 0)
        #expect(!tree.log.lines(.warning).contains { $0.contains("abandoned") })
        #expect(tree.finish() == 0)
    }

    @Test("a pause is over when its time has passed on the wall, and not later")
    func pause() throws {
        let (tree, _) = Self.busyTree()
        try tree.application.pause("a", for: .seconds(60))
        tree.advance(by: .seconds(10))
        tree.freeze(for: .seconds(20))
        tree.advance(by: .seconds(20))
        #expect(tree.status.streams[0].pausedFor.map { ($0 / .seconds(1)).rounded() } == 10)
        tree.advance(by: .seconds(11))
        #expect(tree.status.streams[0].pausedFor == nil)
        #expect(tree.finish() == 0)
    }

    @Test("the uptime is that of the world")
    func uptime() {
        let (tree, _) = Self.busyTree()
        let before = tree.status.uptime
        tree.freeze(for: .seconds(100))
        #expect(tree.status.uptime - before == .seconds(100))
        #expect(tree.finish() == 0)
    }
}
