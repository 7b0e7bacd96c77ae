import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Messages dealt in batches")
struct BatchTests {
    private struct Broken: Error {}

    /// 10,000 a second in batches of 128, each message 200 µs of a worker's time.
    private func run(
        _ count: Int = 40_000, rate: Int = 10_000, data: @escaping @Sendable (Int) -> String = { "\($0)" },
        work: @escaping @Sendable (Hand) throws -> Void = { $0.settle(.done) }
    ) -> (tree: VirtualTree, handler: HandHandler, time: Duration) {
        let clock = ManualClock()
        let handler = HandHandler(Demand(batch: 128), clock: clock) { hand, _ in
            try await clock.sleep(for: .microseconds(200) * hand.entries.count)
            try work(hand)
        }
        var settings = ApplicationSettings.brisk
        settings.killMessage = Array("kill".utf8)
        let tree = VirtualTree.paced(
            PacedSource(count: count, perSecond: rate, clock: clock, data: data), settings, clock: clock,
            handler: handler)
        #expect(
            tree.advance(atMost: .seconds(600)) {
                tree.messages.received == UInt64(count) && tree.messages.inFlight == 0
            })
        return (tree, handler, clock.now.offset)
    }

    @Test("one poison message at 10,000/s: one dead letter, and all else is done once")
    func poison() {
        let (tree, handler, _) = run(work: { hand in
            if hand.data.contains("20000") { throw Broken() }
            hand.settle(.done)
        })
        #expect(tree.messages.deadLettered == 1 && tree.messages.processed == 39_999)
        #expect(handler.attempts.filter { $0.value > 1 }.keys.sorted() == ["20000"])
        tree.finish()
        #expect(tree.store.deadLetters.map { String(buffer: $0.data) } == ["20000"])
    }

    @Test("one bad row fails its hand as a whole: one dead letter, and all else is done once")
    func badRow() {
        let (tree, handler, _) = run(work: { hand in
            hand.settle(hand.data.contains("20000") ? .failed("constraint") : .done)
        })
        #expect(tree.messages.deadLettered == 1 && tree.messages.processed == 39_999)
        #expect(handler.attempts.filter { $0.value > 1 }.keys.sorted() == ["20000"])
        tree.finish()
    }

    @Test(
        "two per cent of kill messages cost less than a fifth of the throughput, also where that is all the pool can do",
        arguments: [
            10_000, 1_000_000,
        ])
    func killMessages(_ rate: Int) {
        let (plain, _, time) = run(rate: rate)
        plain.finish()
        let (tree, handler, withKills) = run(rate: rate, data: { $0.isMultiple(of: 50) ? "kill" : "\($0)" })
        #expect(tree.messages.killed == 800 && tree.messages.processed == 39_200)
        #expect(handler.attempts.values.allSatisfy { $0 == 1 })
        #expect(withKills <= time * 1.2)
        tree.finish()
    }

    @Test(
        "batches make a pool as single messages do that take the same time",
        arguments: [
            (rate: 400, work: Duration.milliseconds(50)), (rate: 1000, work: .milliseconds(8)),
        ])
    func samePool(_ load: (rate: Int, work: Duration)) {
        func size(_ demand: Demand) -> (sizes: Set<Int>, hands: Int) {
            let clock = ManualClock()
            let handler = HandHandler(demand, clock: clock) { hand, _ in
                try await clock.sleep(for: load.work * hand.entries.count)
                hand.settle(.done)
            }
            var settings = ApplicationSettings.brisk
            // Not in step with the source, or every look would be at the same point of its portions.
            settings.scaling = ScalingPolicy(
                min: 1, max: 16, workersPerSupervisor: 4, tick: .milliseconds(247), holdWindow: .seconds(10),
                coolDown: .seconds(1))
            let tree = VirtualTree.paced(
                PacedSource(count: load.rate * 70, perSecond: load.rate, clock: clock), settings, clock: clock,
                handler: handler)
            tree.advance(by: .seconds(45))
            var sizes: Set<Int> = []
            for _ in 0..<20 {
                tree.advance(by: .seconds(1))
                sizes.insert(tree.status.directSupervisors)
            }
            tree.finish()
            return (sizes, handler.hands.count)
        }
        let single = size(Demand())
        let batches = size(Demand(batch: 128))
        let formed = size(Demand(batch: 128, within: .milliseconds(200)))
        // 20 and 8 busy, the slack of their root, and what lies between growing and shrinking: where in there a pool comes to
        // rest depends on its way.
        let staffed = load.rate == 400 ? 6...9 : 3...4
        for pool in [single, batches, formed] {
            #expect(pool.sizes.count == 1 && pool.sizes.allSatisfy(staffed.contains))
        }
        // They were batches.
        #expect(formed.hands * 4 < single.hands)
    }

    // MARK: - How a hand is filled

    private let clock = ManualClock()

    private func filled(_ demand: Demand, _ source: any Source, for time: Duration) -> HandHandler {
        let handler = HandHandler(demand, clock: clock) { hand, _ in hand.settle(.done) }
        var settings = ApplicationSettings.brisk
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 1)
        let tree = VirtualTree([source], settings: settings, clock: clock, handler: handler)
        tree.advance(by: time)
        tree.finish()
        return handler
    }

    @Test("with no time to wait, a hand takes what is there, up to its number")
    func takesWhatIsThere() {
        let handler = filled(Demand(batch: 8), FeedSource("a", count: 20, batch: 20), for: .milliseconds(1))
        #expect(handler.hands.map(\.count) == [8, 8, 4])
        #expect(Array(handler.hands.joined()) == (1...20).map { "a:\($0)" })
    }

    @Test("a hand that is not full waits for more, and not longer than it may")
    func within() {
        // One each ten milliseconds.
        let handler = filled(
            Demand(batch: 8, within: .milliseconds(35)), PacedSource(count: 10, perSecond: 100, clock: clock),
            for: .seconds(1))
        #expect(handler.hands.map(\.count) == [4, 4, 2])
    }

    @Test("a hand that is full waits for nothing, nor does one in a drain")
    func fullAtOnce() {
        let handler = filled(
            Demand(batch: 8, within: .seconds(3600)), FeedSource("a", count: 20, batch: 20), for: .milliseconds(1))
        #expect(handler.hands.map(\.count) == [8, 8, 4])
    }

    @Test("a hand has no more bytes than it may, unless one message alone has more")
    func bytes() {
        let data = ["12345678", "12345678", "a message of 33 bytes in one hand", "1", "2", "3"]
        let handler = filled(Demand(batch: 8, batchBytes: 20), FeedSource("a", data, batch: 6), for: .milliseconds(1))
        #expect(handler.hands.map(\.count) == [2, 1, 3])
    }

    @Test("a worker with several hands at once has no more than that, and answers for them when it likes")
    func prefetch() {
        let held = Locked<[Hand]>([])
        let handler = HandHandler(Demand(batch: 2, prefetch: 3), clock: clock) { hand, _ in
            held.withLock { $0.append(hand) }
        }
        var settings = ApplicationSettings.brisk
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 2)
        let tree = VirtualTree(
            [FeedSource("a", count: 40, batch: 40)], settings: settings, clock: clock, handler: handler)
        tree.advance(by: .milliseconds(1))
        #expect(tree.messages.leased == 12)
        #expect(Set(held.withLock { $0.map(\.worker) }).count == 2)
        for hand in held.withLock({ $0.reversed() }) { hand.settle(.done) }
        tree.advance(by: .milliseconds(1))
        // What is done first may wait for more of it, while there is more to deal.
        #expect(Int(tree.messages.processed) + tree.messages.answered == 12 && tree.messages.leased == 12)
        while tree.messages.inFlight > 0 {
            for hand in held.withLock({ $0 }) { hand.settle(.done) }
            tree.advance(by: .milliseconds(1))
        }
        tree.finish()
        #expect(tree.messages.processed == 40)
    }

    @Test("a crash of a direct supervisor in the middle of a hand takes back just what is not answered for")
    func revocation() throws {
        let gate = Gate()
        let handler = HandHandler(Demand(batch: 8), clock: clock) { hand, _ in
            if hand.entries.count == 8, hand.data.first == "a:1" {
                hand.report((0..<3).map { Answer($0, .done) })
                try await gate.pass()
            }
            hand.settle(.done)
        }
        var settings = ApplicationSettings.brisk
        settings.scaling = ScalingPolicy(min: 2, max: 2, workersPerSupervisor: 1)
        let tree = VirtualTree(
            [FeedSource("a", count: 8, batch: 8)], settings: settings, clock: clock, handler: handler)
        tree.advance(by: .milliseconds(1))
        #expect(tree.messages.leased == 5 && tree.messages.processed == 3)
        let holder = try #require(tree.application.pool.members.first { $0.table?.held == 5 })
        _ = tree.crash(.directSupervisor(holder.id.name))
        tree.advance(by: .seconds(1))
        #expect(tree.messages.processed == 8 && tree.messages.retried == 0)
        #expect(handler.hands.map(\.count) == [8, 5])
        #expect(handler.attempts.values.allSatisfy { $0 == 1 })
        tree.finish()
    }
}
