import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A body that cannot start")
struct StartTests {
    private struct NoSuchFile: Error, CustomStringConvertible {
        let description = "/srv/score.py: no such file"
    }

    private let clock = ManualClock()

    private func handler(_ start: @escaping @Sendable (String, Duration) async throws -> BodyStart) -> HandHandler {
        HandHandler(
            Demand(batch: 4), clock: clock, start: { [clock] in try await start($0, clock.now.offset) }
        ) { [clock] hand, _ in
            try await clock.sleep(for: .milliseconds(5))
            hand.settle(.done)
        }
    }

    private func tree(_ handler: HandHandler) -> VirtualTree {
        var settings = ApplicationSettings.brisk
        settings.directSupervisorBudget = RestartBudget(restarts: 0)
        return .paced(
            PacedSource(count: 10_000, perSecond: 100, clock: clock), settings, clock: clock, handler: handler)
    }

    /// After the first five seconds no worker's body is started more than once a second.
    private func expectFewStarts(_ handler: HandHandler) {
        for (_, starts) in Dictionary(grouping: handler.starts, by: \.worker) {
            let late = starts.map(\.time).filter { $0 >= .seconds(5) }
            #expect(zip(late, late.dropFirst()).allSatisfy { $1 - $0 >= .seconds(1) })
        }
    }

    @Test(
        "all of them, for a minute: the tree lives, nothing is spent, the pool keeps its size, and all is done afterwards"
    )
    func all() {
        let handler = handler { _, now in
            guard now >= .seconds(60) else { throw NoSuchFile() }
            return .ready
        }
        let tree = tree(handler)
        tree.advance(by: .seconds(55))
        #expect(tree.kinds == [.handlerUnavailable])
        #expect(tree.status.degradedBecause?.contains("/srv/score.py") == true)
        #expect(tree.status.directSupervisors == 2 && tree.status.workers == 8)
        #expect(tree.application.directSupervisors.allSatisfy { $0.workers.allSatisfy(\.isBackingOff) })
        #expect(tree.messages.inFlight == 4096 && tree.messages.leased == 0)
        #expect(tree.status.restarts == 0)
        expectFewStarts(handler)
        #expect(tree.advance(atMost: .seconds(600)) { tree.messages.processed == 10_000 })
        #expect(tree.kinds == [])
        #expect(tree.messages.deadLettered == 0 && tree.status.restarts == 0)
        tree.finish()
    }

    @Test("some of them: the others work, nothing is spent, the pool keeps its size")
    func some() {
        let handler = handler { worker, now in
            guard now >= .seconds(60) || worker.hasSuffix(".1") else { throw NoSuchFile() }
            return .ready
        }
        let tree = tree(handler)
        tree.advance(by: .seconds(55))
        #expect(tree.kinds == [.workersCannotStart])
        #expect(tree.status.directSupervisors == 2 && tree.status.workers == 8)
        #expect(tree.messages.processed > 5000)
        expectFewStarts(handler)
        #expect(tree.advance(atMost: .seconds(600)) { tree.messages.processed == 10_000 })
        tree.advance(by: .seconds(60))
        #expect(tree.kinds == [])
        #expect(tree.messages.deadLettered == 0 && tree.status.restarts == 0)
        #expect(handler.attempts.values.allSatisfy { $0 == 1 })
        tree.finish()
    }

    @Test("one of them at each first hand, while the others work: nothing is held up")
    func oneAtItsFirstHand() {
        let handler = HandHandler(
            Demand(), clock: clock, start: { $0 == "worker.1.1" ? .unproven : .ready }
        ) { [clock] hand, body in
            if body.handle.name == "worker.1.1" {
                try await clock.sleep(for: .milliseconds(50))
                throw NoSuchFile()
            }
            hand.settle(.done)
        }
        let tree = tree(handler)
        for _ in 0..<500 {
            tree.advance(by: .milliseconds(20))
            #expect(tree.application.ledger.withLock { $0.outage.isNone })
        }
        #expect(handler.starts.count { $0.worker == "worker.1.1" } >= 3)
        #expect(tree.messages.processed > 950 && tree.messages.deadLettered == 0)
        tree.finish()
    }

    @Test("while some cannot start, more load makes no larger pool")
    func noGrowth() {
        let handler = handler { worker, _ in
            guard worker.hasSuffix(".1") else { throw NoSuchFile() }
            return .ready
        }
        let tree = VirtualTree.paced(
            PacedSource(count: 1_000_000, perSecond: 100_000, clock: clock), clock: clock, handler: handler)
        tree.advance(by: .seconds(20))
        #expect(tree.status.directSupervisors == 2)
        #expect(tree.status.scaling.lastDecision?.reason == .workersCannotStart)
    }

    @Test(
        "all of them at their first hand, for a minute: no dead letter, no suspects, and all is done afterwards",
        arguments: [
            1, 8,
        ])
    func allUnproven(_ batch: Int) {
        let handler = HandHandler(Demand(batch: batch), clock: clock, start: { _ in .unproven }) { [clock] hand, _ in
            if clock.now.offset < .seconds(60) { throw NoSuchFile() }
            hand.settle(.done)
        }
        let tree = tree(handler)
        tree.advance(by: .seconds(55))
        #expect(tree.kinds == [.handlerUnavailable])
        #expect(tree.status.directSupervisors == 2 && tree.status.workers == 8)
        expectFewStarts(handler)
        #expect(tree.advance(atMost: .seconds(600)) { tree.messages.processed == 10_000 })
        #expect(tree.messages.deadLettered == 0 && tree.messages.retried == 0 && tree.status.restarts == 0)
        #expect(handler.attempts.values.allSatisfy { $0 == 1 })
        tree.finish()
    }

    @Test(
        "one message over which each new body ends, among good ones, is a dead letter in the end, and the others are done"
    )
    func poisonForNewBodies() {
        let handler = HandHandler(Demand(), clock: clock, start: { _ in .unproven }) { hand, _ in
            if hand.data == ["500"] { throw NoSuchFile() }
            hand.settle(.done)
        }
        let tree = VirtualTree.paced(
            PacedSource(count: 10_000, perSecond: 100, clock: clock), clock: clock, handler: handler)
        #expect(tree.advance(atMost: .seconds(600)) { tree.messages.received == 10_000 && tree.messages.inFlight == 0 })
        #expect(tree.messages.deadLettered == 1 && tree.messages.processed == 9_999)
        tree.finish()
    }

    @Test("while a start takes its time before it fails, the tree does not forget that the last one did")
    func slowStart() {
        let handler = handler { [clock] _, _ in
            try await clock.sleep(for: .seconds(10))
            throw NoSuchFile()
        }
        let tree = tree(handler)
        tree.advance(by: .seconds(15))
        for _ in 0..<60 {
            tree.advance(by: .seconds(1))
            #expect(tree.kinds == [.handlerUnavailable])
        }
        #expect(tree.status.directSupervisors == 2)
    }

    /// When the one worker of a tree starts its bodies until two messages are done, of which the first three end by an error before they
    /// have answered.
    private func starts(endingBy error: any Error) -> [Duration] {
        let ends = Counter()
        let handler = HandHandler(Demand(), clock: clock, start: { _ in .unproven }) { hand, _ in
            if ends.next() <= 3 { throw error }
            hand.settle(.done)
        }
        var settings = ApplicationSettings.brisk
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 1)
        settings.directSupervisorBudget = RestartBudget(restarts: 0)
        let tree = VirtualTree.paced(
            PacedSource(count: 2, perSecond: 100, clock: clock), settings, clock: clock, handler: handler)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 2 })
        #expect(tree.messages.retried == 0 && tree.status.restarts == 0)
        tree.finish()
        return handler.starts.map(\.time)
    }

    @Test("one that ends before its first answer could not start: what it had is given back")
    func unproven() {
        #expect(starts(endingBy: NoSuchFile()) == [.zero, .seconds(1), .seconds(3), .seconds(7)])
    }

    @Test(
        "one that somebody outside ends before its first answer is tried again at once; if that goes on, it could not start"
    )
    func endedFromOutside() {
        let times = starts(endingBy: BodyEnded("it was ended by SIGKILL", isFromOutside: true))
        #expect(times.count == 4)
        // The first two in the same moment, then the ladder.
        #expect(times[1] < .seconds(1) && times[2] == times[1] + .seconds(1) && times[3] == times[2] + .seconds(2))
    }
}
