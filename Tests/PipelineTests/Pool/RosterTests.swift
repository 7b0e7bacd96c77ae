import Supervision
import Testing

@testable import Pipeline

@Suite("The roster of a direct supervisor")
struct RosterTests {
    private let roster = Roster(1)
    private let timeouts = Roster.Timeouts(single: .seconds(10), batch: .seconds(30))

    /// Deals a hand to whoever is next; nil: nobody has credit.
    @discardableResult
    private func deal(_ roster: Roster, _ sequence: UInt64 = 1, count: UInt64 = 1) -> Hand? {
        guard let worker = roster.take() else { return nil }
        let hand = Hand.to(worker.holder, sequence: sequence, count: count)
        return roster.deal(hand) ? hand : nil
    }

    @Test("an idle worker is a credit, and the one that has waited longest is taken first")
    func order() {
        for worker: UInt64 in [5, 3, 4] { roster.hire(worker) }
        #expect(roster.isIdle)
        #expect((0..<4).map { _ in deal(roster)?.holder.worker } == [5, 3, 4, nil])
        #expect(!roster.isIdle)
        #expect(roster.hands == 3)
    }

    @Test("a worker whose body is being started, or could not be, is no credit")
    func notReady() {
        let worker = roster.hire(1, isIdle: false)
        #expect(roster.take() == nil)
        roster.enter(.backingOff, by: worker.holder)
        #expect(roster.take() == nil)
        #expect((roster.count, roster.failing, roster.stuck) == (1, 1, 0))
        for _ in 0..<2 {
            roster.enter(.starting, by: worker.holder)
            roster.enter(.backingOff, by: worker.holder)
        }
        // Also while it tries again, and until it has shown that it works.
        roster.enter(.starting, by: worker.holder)
        #expect((roster.failing, roster.stuck) == (1, 1))
        roster.enter(.ready, by: worker.holder)
        #expect((roster.failing, roster.stuck) == (1, 1))
        roster.noteProof(of: worker.holder)
        #expect((roster.failing, roster.stuck) == (0, 0))
        #expect(roster.take() === worker)
    }

    @Test("one whose desk took nothing is no credit before another body of it is ready")
    func dropping() throws {
        let worker = roster.hire(1)
        roster.drop(try #require(deal(roster)))
        #expect(roster.isIdle)
        #expect(deal(roster) == nil)
        roster.enter(.ready, by: worker.holder)
        let dropped = try #require(deal(roster))
        // Its worker has seen to it, and has another body by now.
        #expect(roster.clear(worker.holder).count == 1)
        roster.drop(dropped)
        #expect(roster.take() === worker)
    }

    @Test("a worker that holds what is dealt alone gets nothing beside it")
    func alone() throws {
        let roster = Roster(id: Pool.id(1), incarnation: 100, size: 8, prefetch: 3)
        roster.hire(1)
        let worker = try #require(roster.take())
        let hand = Hand.to(worker.holder, isAlone: true)
        #expect(roster.deal(hand))
        #expect(!roster.hasCredit)
        #expect(deal(roster) == nil)
        #expect(roster.answered(hand, 1, at: .zero))
        #expect(roster.hasCredit)
    }

    @Test("one that leaves while its start has failed does not count any more")
    func leavingBackingOff() {
        let worker = roster.hire(1, isIdle: false)
        roster.enter(.backingOff, by: worker.holder)
        roster.delist(worker.holder)
        #expect(roster.failing == 0)
    }

    @Test("a roster without workers is idle")
    func empty() {
        #expect(roster.isIdle)
        #expect(roster.count == 0)
    }

    @Test("a worker that leaves takes its credit along, and says once what it held")
    func leaving() {
        let (first, second) = (roster.hire(1), roster.hire(2))
        deal(roster, 7)
        #expect(roster.delist(first.holder).map { $0.hand.entries[0].message.sequence } == [7])
        #expect(roster.delist(first.holder).isEmpty)
        #expect((roster.count, roster.hands) == (1, 0))
        #expect(roster.take() === second)
        #expect(roster.take() == nil)
    }

    @Test("a worker that leaves just when it is dealt to gets nothing")
    func leavingWhileDealtTo() throws {
        roster.hire(1)
        let worker = try #require(roster.take())
        roster.delist(worker.holder)
        #expect(!roster.deal(.to(worker.holder)))
        #expect(roster.isIdle)
    }

    @Test("one for whom there was nothing after all has its credit again")
    func released() throws {
        roster.hire(1)
        let worker = try #require(roster.take())
        #expect(roster.take() == nil)
        roster.release(worker)
        #expect(roster.take() === worker)
    }

    @Test("a worker that was left to itself and comes back has no credit to give")
    func abandoned() {
        let (lost, other) = (roster.hire(1, isIdle: false), roster.hire(2))
        roster.delist(lost.holder)
        roster.enter(.ready, by: lost.holder)
        #expect(!roster.begin(.to(lost.holder), at: .zero))
        #expect(roster.isIdle)
        #expect(roster.overdue(at: .seconds(100), timeouts).isEmpty)
        #expect(roster.take() === other)
        #expect(roster.take() == nil)
    }

    @Test("hands are dealt up to the credit, to whoever holds least, and each that is done is a credit again")
    func prefetch() throws {
        let roster = Roster(id: Pool.id(1), incarnation: 100, size: 2, prefetch: 2)
        for worker: UInt64 in 1...2 { roster.hire(worker) }
        let hands = (1...5).map { deal(roster, UInt64($0)) }
        #expect(hands.map { $0?.holder.worker } == [1, 2, 1, 2, nil])
        let first = try #require(hands[0])
        #expect(roster.answered(first, 1, at: .zero))
        #expect(roster.smallestLoad == 1)
        #expect(roster.take(isIdle: true) == nil)
        #expect(deal(roster, 6)?.holder.worker == 1)
    }

    @Test("a hand is done when all its messages are answered for")
    func several() throws {
        roster.hire(1)
        let hand = try #require(deal(roster, 1, count: 3))
        #expect(roster.begin(hand, at: .zero))
        #expect(!roster.answered(hand, 2, at: .zero))
        #expect(roster.held == 1)
        #expect(!roster.owesNothing(hand.holder))
        #expect(roster.answered(hand, 1, at: .zero))
        #expect(roster.owesNothing(hand.holder))
        #expect(roster.hasCredit)
    }

    @Test("overdue is who has owed an answer for longer than the timeout")
    func overdue() throws {
        for worker: UInt64 in 1...3 { roster.hire(worker) }
        let hands = try (0..<3).map { index in
            let hand = try #require(deal(roster, UInt64(index) + 1))
            #expect(roster.begin(hand, at: .seconds(index)))
            return hand
        }
        func overdue(at seconds: Int) -> [UInt64] {
            roster.overdue(at: .seconds(seconds), timeouts).map { $0.hand?.entries[0].message.sequence ?? 0 }
        }
        #expect(overdue(at: 10) == [])
        #expect(overdue(at: 11) == [1])
        #expect(overdue(at: 12) == [1, 2])
        _ = roster.answered(hands[0], 1, at: .seconds(12))
        #expect(overdue(at: 100) == [2, 3])
        roster.delist(hands[1].holder)
        #expect(overdue(at: 100) == [3])
    }

    @Test("the clock runs from when the body was given the hand, and anew with each answer or word of its oldest one")
    func clock() throws {
        let roster = Roster(id: Pool.id(1), incarnation: 100, size: 1, prefetch: 2)
        let worker = roster.hire(1)
        let (old, new) = (try #require(deal(roster, 1, count: 2)), try #require(deal(roster, 3)))
        func isOverdue(_ seconds: Int) -> Bool { !roster.overdue(at: .seconds(seconds), timeouts).isEmpty }
        #expect(!isOverdue(1000))
        #expect(roster.begin(old, at: .seconds(0)))
        #expect(roster.begin(new, at: .seconds(20)))
        // A hand of several has the other limit; what is not the oldest changes nothing.
        #expect(!isOverdue(30))
        roster.restartClock(new, at: .seconds(25))
        #expect(isOverdue(31))
        roster.restartClock(old, at: .seconds(25))
        #expect(!isOverdue(55))
        _ = roster.answered(old, 1, at: .seconds(50))
        #expect(!isOverdue(80))
        // The next one's begins where the oldest ends.
        _ = roster.answered(old, 1, at: .seconds(60))
        #expect(!isOverdue(70))
        #expect(isOverdue(71))
        _ = roster.answered(new, 1, at: .seconds(72))
        #expect(!isOverdue(1000))
        #expect(roster.take() === worker)
    }

    @Test("what lies on the desk for too long is found, and who was to take it up is stuck")
    func stuck() throws {
        let roster = Roster(id: Pool.id(1), incarnation: 100, size: 1, prefetch: 2)
        let worker = roster.hire(1)
        let first = Hand.to(try #require(roster.take()).holder)
        #expect(roster.deal(first, at: .seconds(5)))
        #expect(roster.overdue(at: .seconds(15), timeouts).isEmpty)
        #expect(roster.overdue(at: .seconds(16), timeouts).map(\.isStuck) == [true])
        #expect(roster.begin(first, at: .seconds(16)))
        let second = try #require(deal(roster, 2))
        #expect(roster.answered(first, 1, at: .seconds(20)))
        #expect(roster.overdue(at: .seconds(30), timeouts).isEmpty)
        #expect(roster.overdue(at: .seconds(31), timeouts).map(\.isStuck) == [true])
        #expect(roster.begin(second, at: .seconds(31)))
        #expect(roster.overdue(at: .seconds(42), timeouts).map(\.isStuck) == [false])
        roster.enter(.ending, by: worker.holder, at: .seconds(42))
        #expect(roster.overdue(at: .seconds(53), timeouts).map(\.isStuck) == [true])
        #expect(roster.giveUp(worker.holder, at: .seconds(53), timeouts)?.isStuck == true)
        // What it comes for now it does not get.
        #expect(!roster.begin(second, at: .seconds(54)))
        // Left to itself, it is not to be ended as one that owes nothing.
        roster.delist(worker.holder)
        #expect(!roster.owesNothing(worker.holder))
    }

    @Test("one who hands over its result is not overdue, and one who was given up has nothing to hand over")
    func handover() throws {
        for worker: UInt64 in 1...2 { roster.hire(worker) }
        let (first, second) = (try #require(deal(roster, 1)), try #require(deal(roster, 2)))
        for hand in [first, second] { #expect(roster.begin(hand, at: .zero)) }
        #expect(roster.stopClock(first))
        #expect(roster.overdue(at: .seconds(100), timeouts).map(\.worker.holder) == [second.holder])
        #expect(roster.giveUp(second.holder, at: .seconds(5), timeouts) == nil)
        #expect(roster.giveUp(second.holder, at: .seconds(100), timeouts)?.hand === second)
        #expect(roster.giveUp(second.holder, at: .seconds(100), timeouts) == nil)
        #expect(!roster.stopClock(second))
        #expect(roster.overdue(at: .seconds(200), timeouts).isEmpty)
        #expect(roster.answered(second, 1, at: .seconds(200)))
        #expect(!roster.hasCredit)
    }

    @Test("it knows who lives and the oldest that they hold, in the order of their incarnations")
    func workers() throws {
        roster.hire(3)
        deal(roster, 17)
        roster.hire(8)
        #expect(roster.workers.map(\.incarnation) == [3, 8])
        #expect(roster.workers.map(\.sequence) == [17, nil])
        #expect(roster.workers.map(\.id) == ["worker.3", "worker.8"])
    }
}
