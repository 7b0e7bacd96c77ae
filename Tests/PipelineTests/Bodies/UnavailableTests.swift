import Locking
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A handler that is unavailable")
struct UnavailableTests {
    private let clock = ManualClock()

    @Test(
        "for a minute: nothing is dead-lettered, no attempt is spent, the status says so, and all is done afterwards",
        arguments: [
            1, 16,
        ])
    func outage(_ batch: Int) {
        let handler = HandHandler(Demand(batch: batch), clock: clock) { [clock] hand, _ in
            try await clock.sleep(for: .milliseconds(5))
            let isDown = (.seconds(5)..<Duration.seconds(65)).contains(clock.now.offset)
            hand.settle(isDown ? .unavailable("connection refused") : .done)
        }
        let source = PacedSource(count: 10_000, perSecond: 100, clock: clock)
        let tree = VirtualTree.paced(source, clock: clock, handler: handler)
        tree.advance(by: .seconds(4))
        #expect(tree.kinds == [])
        tree.advance(by: .seconds(3))
        #expect(tree.kinds == [.handlerUnavailable])
        #expect(tree.status.state == .degraded)
        #expect(tree.status.degradedBecause?.contains("connection refused") == true)
        let size = tree.status.directSupervisors
        let begun = handler.hands.count
        tree.advance(by: .seconds(50))
        #expect(tree.kinds == [.handlerUnavailable])
        // One trial for each backoff.
        #expect(handler.hands.count - begun <= 8)
        #expect(handler.hands.suffix(2).allSatisfy { $0.count == 1 })
        #expect(tree.status.directSupervisors == size)
        // The window is full, and the feed waits.
        #expect(tree.messages.inFlight == 4096)
        #expect(tree.advance(atMost: .seconds(600)) { tree.messages.processed == 10_000 })
        #expect(tree.kinds == [])
        #expect(tree.messages.deadLettered == 0)
        #expect(tree.messages.retried == 0)
        #expect(handler.attempts.count == 10_000 && handler.attempts.values.allSatisfy { $0 == 1 })
        tree.finish()
    }

    @Test("it is not tried before the time that the handler says, within bounds")
    func after() {
        let times = Locked<[Duration]>([])
        let handler = HandHandler(Demand(), clock: clock) { [clock] hand, _ in
            times.withLock { $0.append(clock.now.offset) }
            hand.settle(clock.now.offset < .seconds(35) ? .unavailable("busy", after: .seconds(20)) : .done)
        }
        let tree = VirtualTree.paced(
            PacedSource(count: 1, perSecond: 100, clock: clock), clock: clock, handler: handler)
        #expect(tree.advance(atMost: .seconds(600)) { tree.messages.processed == 1 })
        let all = times.withLock { $0 }
        #expect(zip(all, all.dropFirst()).map { $1 - $0 } == [.seconds(20), .seconds(20)])
        tree.finish()
    }

    @Test(
        "for one message only, among good ones: that is a dead letter after its attempts, and the others go on",
        arguments: [
            1, 32,
        ])
    func oneMessage(_ batch: Int) throws {
        func run(_ bad: String?) throws -> Duration {
            let clock = ManualClock()
            let handler = HandHandler(Demand(batch: batch), clock: clock) { hand, _ in
                try await clock.sleep(for: .milliseconds(2))
                for (index, entry) in hand.entries.enumerated() {
                    hand.report(entry.data == bad ? .unavailable("404") : .done, at: index)
                }
            }
            let tree = VirtualTree.paced(
                PacedSource(count: 10_000, perSecond: 1000, clock: clock), clock: clock, handler: handler)
            #expect(
                tree.advance(atMost: .seconds(600)) { tree.messages.received == 10_000 && tree.messages.inFlight == 0 })
            let time = clock.now.offset
            #expect(tree.messages.deadLettered == (bad == nil ? 0 : 1))
            #expect(tree.messages.processed == (bad == nil ? 10_000 : 9_999))
            tree.finish()
            if bad != nil {
                let letter = try #require(tree.store.deadLetters.first)
                #expect(String(buffer: letter.data) == bad && letter.attempts == 3)
                #expect(letter.reason.hasPrefix("404"))
            }
            return time
        }
        let (plain, troubled) = (try run(nil), try run("5000"))
        #expect(troubled <= plain * 1.2)
    }

    @Test("one message that always is does not hold up others that came back for the same reason")
    func trialsTakeTurns() {
        let handler = HandHandler(Demand(batch: 64), clock: clock) { hand, _ in
            // As a whole, when the bad one is in it.
            hand.settle(hand.data.contains("1") ? .unavailable("no answer") : .done)
        }
        var settings = ApplicationSettings.brisk
        settings.maxInFlight = 64
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 1)
        let tree = VirtualTree.paced(
            PacedSource(count: 5000, perSecond: 1000, clock: clock), settings, clock: clock, handler: handler)
        #expect(tree.advance(atMost: .seconds(600)) { tree.messages.processed == 4999 && tree.messages.inFlight == 0 })
        #expect(tree.messages.deadLettered == 1)
        #expect(handler.attempts["1"] == 3)
        tree.finish()
    }

    @Test("that comes and goes under load is held each time, and costs next to nothing", arguments: [1, 64])
    func flapping(_ batch: Int) {
        let handler = HandHandler(Demand(batch: batch), clock: clock) { [clock] hand, _ in
            try await clock.sleep(for: .milliseconds(5))
            // Down for four of seven seconds.
            let isDown = clock.now.offset >= .seconds(2) && clock.now.offset.components.seconds % 7 >= 3
            hand.settle(isDown ? .unavailable("503") : .done)
        }
        var settings = ApplicationSettings.brisk
        settings.maxInFlight = 1024
        let tree = VirtualTree.paced(
            PacedSource(count: 60_000, perSecond: 1000, clock: clock), settings, clock: clock, handler: handler)
        #expect(
            tree.advance(atMost: .seconds(4000)) { tree.messages.received == 60_000 && tree.messages.inFlight == 0 })
        #expect(tree.messages.deadLettered == 0)
        #expect(tree.messages.retried <= 100)
        tree.finish()
    }

    @Test("a drain during an outage ends in its time, and leaves what it could not do")
    func drain() {
        let handler = HandHandler(Demand(batch: 8), clock: clock) { hand, _ in hand.settle(.unavailable("gone")) }
        let tree = VirtualTree.paced(
            PacedSource(count: 100, perSecond: 10_000, clock: clock), clock: clock, handler: handler)
        tree.advance(by: .seconds(20))
        #expect(tree.finish(within: .seconds(10)) == 100)
        #expect(tree.messages.deadLettered == 0)
    }

    @Test("what another message was told when it is to be tried again counts until the trial has begun")
    func laterWord() {
        var outage = HandlerOutage()
        outage.unavailable(1, "down", after: nil, last: 3, at: .zero)
        outage.unavailable(2, "down", after: .seconds(1), last: 3, at: .zero)
        #expect(outage.nextTrial == .seconds(1))
        outage.advance(to: .seconds(1))
        #expect(outage.isDue)
        outage.unavailable(3, "down", after: .seconds(3), last: 3, at: .seconds(1))
        #expect(outage.nextTrial == .seconds(4))
        outage.advance(to: .seconds(4))
        outage.handedOut(4)
        outage.unavailable(3, "down", after: .seconds(9), last: 4, at: .seconds(4))
        #expect(outage.isTrial(4))
    }
}
