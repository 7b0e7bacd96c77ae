import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The size of the pool")
struct ScalingTests {
    @Test("grows with the count of messages in process, up to the maximum")
    func grows() async {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        let tree = TreeHarness([FeedSource("a", count: 64)], handler: handler)
        await tree.reaches(directSupervisors: 8)
        await gate.arrivals(16)
        #expect(tree.application.status.workers == 16)
        #expect(tree.application.status.messages.leased == 16)
        gate.open()
        await handler.completed(64)
        #expect(await tree.finish().left == 0)
    }

    @Test("after a cold start it follows from what came and how long that took: from 3 s on nobody waits")
    func coldStart() throws {
        let clock = ManualClock()
        let waits = Locked<[(received: Duration, wait: Duration)]>([])
        let handler = HandHandler(Demand(), clock: clock) { hand, _ in
            let (message, now) = (hand.entries[0].message, clock.now.offset)
            waits.withLock { $0.append((message.receivedAt, now - message.receivedAt)) }
            var random = SeededGenerator(seed: message.sequence)
            try await clock.sleep(for: random.milliseconds(50...500))
            hand.settle(.done)
        }
        var settings = ApplicationSettings.brisk
        settings.scaling = ScalingPolicy()
        let tree = VirtualTree.paced(
            PacedSource(count: 6000, perSecond: 1000, clock: clock), settings, clock: clock, handler: handler)
        tree.advance(by: .milliseconds(5900))
        let decision = try #require(tree.application.status.scaling.lastDecision)
        let work = try #require(decision.work)
        #expect((980...1020).contains(work.perSecond) && (0.25...0.3).contains(work.seconds))
        // 275 busy; 36 of 8 are enough, and there are at most a tenth more once the backlog of the start is gone.
        #expect((35...42).contains(decision.to))
        let steps = tree.application.foldedDecisions.map(\.decision).filter { $0.from != $0.to }
        #expect(steps.count <= 5 && steps.contains { $0.to > 2 * $0.from })
        let late = waits.withLock { $0.filter { $0.received > .seconds(3) }.map(\.wait).sorted() }
        #expect(late.count > 2500)
        #expect(try #require(late.dropLast(late.count / 100).last) <= .milliseconds(30))
        tree.finish()
    }

    @Test("set by hand it is reached, and a direct supervisor that goes finishes what it holds")
    func pinned() async throws {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        let tree = TreeHarness([FeedSource("a", count: 100)], handler: handler)
        try tree.application.scale(to: 6)
        await tree.reaches(directSupervisors: 6)
        await gate.arrivals(12)
        try tree.application.scale(to: 2)
        gate.open()
        await tree.reaches(directSupervisors: 2)
        await handler.completed(100)
        #expect(await tree.finish().left == 0)
        #expect(handler.completions.values.allSatisfy { $0 == 1 })
        #expect(tree.messages.retried == 0)
    }

    @Test("while the output takes nothing the pool does not grow, and says why; afterwards it does")
    func blockedOutput() async {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        let trouble = Locked<String?>("the disk is full")
        let clock = ManualClock()
        let tree = VirtualTree(
            [FeedSource("a", count: 64)], clock: clock, outputTrouble: { trouble.withLock { $0 } }, handler: handler)
        tree.advance(by: .seconds(2))
        let held = tree.application.status
        #expect(held.messages.inFlight == 64 && held.directSupervisors == 2)
        let decision = held.scaling.lastDecision
        #expect(decision?.reason == .outputBlocked)
        #expect(decision?.description.hasPrefix("stays at 2: the output takes nothing") == true)
        trouble.withLock { $0 = nil }
        tree.advance(by: .seconds(2))
        #expect(tree.application.status.directSupervisors == 8)
    }

    @Test("a step that is taken by hand stands among the decisions, with where it came from and who took it")
    func stepByHand() throws {
        let clock = ManualClock()
        let tree = VirtualTree([FeedSource("a", count: 0)], clock: clock, handler: DirectedHandler { _, _ in .done })
        tree.advance(by: .seconds(1))
        try tree.application.scale(to: 5, by: "uid 1000, pid 42")
        tree.advance(by: .seconds(1))
        try tree.application.scale(to: 3)
        tree.advance(by: .seconds(1))
        let steps = tree.application.foldedDecisions.filter { $0.decision.from != $0.decision.to }.map(\.decision)
        #expect(steps.map(\.from) == [2, 5] && steps.map(\.to) == [5, 3])
        #expect(steps.map(\.reason) == [.pinned, .pinned] && steps.map(\.by) == ["uid 1000, pid 42", nil])
        #expect(
            steps.map(\.description) == ["pinned: from 2 to 5, by uid 1000, pid 42", "pinned: from 5 to 3"])
        // So long as it stays, each tick says by whom.
        let stays = tree.application.foldedDecisions.map(\.decision).first { $0.from == 5 && $0.to == 5 }
        #expect(stays?.description == "pinned to 5, by uid 1000, pid 42")
        let events = tree.application.events(of: [.scale]).events
        #expect(events.contains { $0.fields["from"] == "2" && $0.fields["to"] == "5" && $0.fields["by"] != nil })
        #expect(events.contains { $0.message == "pinned to 5 direct supervisors by uid 1000, pid 42" })
        #expect(tree.log.lines(.info).contains("pinned: from 2 to 5, by uid 1000, pid 42"))
        // To be pinned where it is already is no step.
        try tree.application.scale(to: 3, by: "uid 1000, pid 43")
        tree.advance(by: .seconds(1))
        #expect(tree.application.foldedDecisions.count { $0.decision.from != $0.decision.to } == 2)
        tree.finish()
    }

    @Test("a step to a new minimum says that it is one")
    func newMinimum() throws {
        let tree = VirtualTree([FeedSource("a", count: 0)], handler: DirectedHandler { _, _ in .done })
        tree.advance(by: .seconds(1))
        var settings = tree.application.settings
        settings.scaling.min = 4
        let done = tree.begin { [settings] in
            try await tree.application.reload(settings, sources: [FeedSource("a", count: 0)])
            return true
        }
        tree.advance(by: .seconds(1))
        #expect(done.value == true)
        let step = tree.application.foldedDecisions.map(\.decision).first { $0.from != $0.to }
        #expect(step?.description == "scaled from 2 to 4, the minimum")
        tree.finish()
    }

    @Test("outside of the bounds it is refused")
    func bounds() async {
        let tree = TreeHarness([FeedSource("a", count: 0)])
        #expect(throws: ScaleOutOfBounds(size: 9, min: 2, max: 8)) { try tree.application.scale(to: 9) }
        #expect(throws: ScaleOutOfBounds(size: 1, min: 2, max: 8)) { try tree.application.scale(to: 1) }
        await tree.finish()
    }
}

extension TreeHarness {
    /// Waits until there are so many direct supervisors, looking again at each event of the tree.
    func reaches(directSupervisors count: Int) async {
        while application.status.directSupervisors != count || application.status.workers != 2 * count {
            _ = await application.events.first(
                where: { _ in true }, within: .milliseconds(20), runtime: application.runtime
            ) { true }
        }
    }
}
