import Supervision
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The table of a direct supervisor")
struct WorkerTableTests {
    private let table = WorkerTable(1)
    private let timeouts = WorkerTable.Timeouts(single: .seconds(10), batch: .seconds(30))

    /// Deals a hand to whoever is next; nil: nobody has credit.
    @discardableResult
    private func deal(_ table: WorkerTable, _ sequence: UInt64 = 1, count: UInt64 = 1) -> Hand? {
        guard let worker = table.take() else { return nil }
        let hand = Hand.to(worker.holder, sequence: sequence, count: count)
        return table.deal(hand) ? hand : nil
    }

    @Test("an idle worker is a credit, and the one that has waited longest is taken first")
    func order() {
        for worker: UInt64 in [5, 3, 4] { table.hire(worker) }
        #expect(table.isIdle)
        #expect((0..<4).map { _ in deal(table)?.holder.worker } == [5, 3, 4, nil])
        #expect(!table.isIdle)
        #expect(table.hands == 3)
    }

    @Test("a worker whose body is being started, or could not be, is no credit")
    func notReady() {
        let worker = table.hire(1, isIdle: false)
        #expect(table.take() == nil)
        table.enter(.backingOff, by: worker.holder)
        #expect(table.take() == nil)
        #expect((table.count, table.failing, table.stuck) == (1, 1, 0))
        for _ in 0..<2 {
            table.enter(.starting, by: worker.holder)
            table.enter(.backingOff, by: worker.holder)
        }
        // Also while it tries again, and until it has shown that it works.
        table.enter(.starting, by: worker.holder)
        #expect((table.failing, table.stuck) == (1, 1))
        table.enter(.ready, by: worker.holder)
        #expect((table.failing, table.stuck) == (1, 1))
        table.noteProof(of: worker.holder)
        #expect((table.failing, table.stuck) == (0, 0))
        #expect(table.take() === worker)
    }

    @Test("one whose mailbox took nothing is no credit before another body of it is ready")
    func dropping() throws {
        let worker = table.hire(1)
        table.drop(try #require(deal(table)))
        #expect(table.isIdle)
        #expect(deal(table) == nil)
        table.enter(.ready, by: worker.holder)
        let dropped = try #require(deal(table))
        // Its worker has seen to it, and has another body by now.
        #expect(table.clear(worker.holder).count == 1)
        table.drop(dropped)
        #expect(table.take() === worker)
    }

    @Test("a worker that holds what is dealt alone gets nothing beside it")
    func alone() throws {
        let table = WorkerTable(id: Pool.id(1), incarnation: 100, size: 8, prefetch: 3)
        table.hire(1)
        let worker = try #require(table.take())
        let hand = Hand.to(worker.holder, isAlone: true)
        #expect(table.deal(hand))
        #expect(!table.hasCredit)
        #expect(deal(table) == nil)
        #expect(table.answered(hand, 1, at: .zero))
        #expect(table.hasCredit)
    }

    @Test("one that leaves while its start has failed does not count any more")
    func leavingBackingOff() {
        let worker = table.hire(1, isIdle: false)
        table.enter(.backingOff, by: worker.holder)
        table.unregister(worker.holder)
        #expect(table.failing == 0)
    }

    @Test("a table without workers is idle")
    func empty() {
        #expect(table.isIdle)
        #expect(table.count == 0)
    }

    @Test("a worker that leaves takes its credit along, and says once what it held")
    func leaving() {
        let (first, second) = (table.hire(1), table.hire(2))
        deal(table, 7)
        #expect(table.unregister(first.holder).map { $0.hand.entries[0].message.sequence } == [7])
        #expect(table.unregister(first.holder).isEmpty)
        #expect((table.count, table.hands) == (1, 0))
        #expect(table.take() === second)
        #expect(table.take() == nil)
    }

    @Test("a worker that leaves just when it is dealt to gets nothing")
    func leavingWhileDealtTo() throws {
        table.hire(1)
        let worker = try #require(table.take())
        table.unregister(worker.holder)
        #expect(!table.deal(.to(worker.holder)))
        #expect(table.isIdle)
    }

    @Test("one for whom there was nothing after all has its credit again")
    func released() throws {
        table.hire(1)
        let worker = try #require(table.take())
        #expect(table.take() == nil)
        table.release(worker)
        #expect(table.take() === worker)
    }

    @Test("a worker that was left to itself and comes back has no credit to give")
    func abandoned() {
        let (lost, other) = (table.hire(1, isIdle: false), table.hire(2))
        table.unregister(lost.holder)
        table.enter(.ready, by: lost.holder)
        #expect(!table.begin(.to(lost.holder), at: .zero))
        #expect(table.isIdle)
        #expect(table.overdue(at: .seconds(100), timeouts).isEmpty)
        #expect(table.take() === other)
        #expect(table.take() == nil)
    }

    @Test("hands are dealt up to the credit, to whoever holds least, and each that is done is a credit again")
    func prefetch() throws {
        let table = WorkerTable(id: Pool.id(1), incarnation: 100, size: 2, prefetch: 2)
        for worker: UInt64 in 1...2 { table.hire(worker) }
        let hands = (1...5).map { deal(table, UInt64($0)) }
        #expect(hands.map { $0?.holder.worker } == [1, 2, 1, 2, nil])
        let first = try #require(hands[0])
        #expect(table.answered(first, 1, at: .zero))
        #expect(table.smallestLoad == 1)
        #expect(table.take(isIdle: true) == nil)
        #expect(deal(table, 6)?.holder.worker == 1)
    }

    @Test("a hand is done when all its messages are answered for")
    func several() throws {
        table.hire(1)
        let hand = try #require(deal(table, 1, count: 3))
        #expect(table.begin(hand, at: .zero))
        #expect(!table.answered(hand, 2, at: .zero))
        #expect(table.held == 1)
        #expect(!table.owesNothing(hand.holder))
        #expect(table.answered(hand, 1, at: .zero))
        #expect(table.owesNothing(hand.holder))
        #expect(table.hasCredit)
    }

    @Test("overdue is who has owed an answer for longer than the timeout")
    func overdue() throws {
        for worker: UInt64 in 1...3 { table.hire(worker) }
        let hands = try (0..<3).map { index in
            let hand = try #require(deal(table, UInt64(index) + 1))
            #expect(table.begin(hand, at: .seconds(index)))
            return hand
        }
        func overdue(at seconds: Int) -> [UInt64] {
            table.overdue(at: .seconds(seconds), timeouts).map { $0.hand?.entries[0].message.sequence ?? 0 }
        }
        #expect(overdue(at: 10) == [])
        #expect(overdue(at: 11) == [1])
        #expect(overdue(at: 12) == [1, 2])
        _ = table.answered(hands[0], 1, at: .seconds(12))
        #expect(overdue(at: 100) == [2, 3])
        table.unregister(hands[1].holder)
        #expect(overdue(at: 100) == [3])
    }

    @Test("the clock runs from when the body was given the hand, and anew with each answer or word of its oldest one")
    func clock() throws {
        let table = WorkerTable(id: Pool.id(1), incarnation: 100, size: 1, prefetch: 2)
        let worker = table.hire(1)
        let (old, new) = (try #require(deal(table, 1, count: 2)), try #require(deal(table, 3)))
        func isOverdue(_ seconds: Int) -> Bool { !table.overdue(at: .seconds(seconds), timeouts).isEmpty }
        #expect(!isOverdue(1000))
        #expect(table.begin(old, at: .seconds(0)))
        #expect(table.begin(new, at: .seconds(20)))
        // A hand of several has the other limit; what is not the oldest changes nothing.
        #expect(!isOverdue(30))
        table.restartClock(new, at: .seconds(25))
        #expect(isOverdue(31))
        table.restartClock(old, at: .seconds(25))
        #expect(!isOverdue(55))
        _ = table.answered(old, 1, at: .seconds(50))
        #expect(!isOverdue(80))
        // The next one's begins where the oldest ends.
        _ = table.answered(old, 1, at: .seconds(60))
        #expect(!isOverdue(70))
        #expect(isOverdue(71))
        _ = table.answered(new, 1, at: .seconds(72))
        #expect(!isOverdue(1000))
        #expect(table.take() === worker)
    }

    @Test("what lies on the mailbox for too long is found, and who was to take it up is stuck")
    func stuck() throws {
        let table = WorkerTable(id: Pool.id(1), incarnation: 100, size: 1, prefetch: 2)
        let worker = table.hire(1)
        let first = Hand.to(try #require(table.take()).holder)
        #expect(table.deal(first, at: .seconds(5)))
        #expect(table.overdue(at: .seconds(15), timeouts).isEmpty)
        #expect(table.overdue(at: .seconds(16), timeouts).map(\.isStuck) == [true])
        #expect(table.begin(first, at: .seconds(16)))
        let second = try #require(deal(table, 2))
        #expect(table.answered(first, 1, at: .seconds(20)))
        #expect(table.overdue(at: .seconds(30), timeouts).isEmpty)
        #expect(table.overdue(at: .seconds(31), timeouts).map(\.isStuck) == [true])
        #expect(table.begin(second, at: .seconds(31)))
        #expect(table.overdue(at: .seconds(42), timeouts).map(\.isStuck) == [false])
        table.enter(.ending, by: worker.holder, at: .seconds(42))
        #expect(table.overdue(at: .seconds(53), timeouts).map(\.isStuck) == [true])
        #expect(table.giveUp(worker.holder, at: .seconds(53), timeouts)?.isStuck == true)
        // What it comes for now it does not get.
        #expect(!table.begin(second, at: .seconds(54)))
        // Left to itself, it is not to be ended as one that owes nothing.
        table.unregister(worker.holder)
        #expect(!table.owesNothing(worker.holder))
    }

    @Test("one who hands over its result is not overdue, and one who was given up has nothing to hand over")
    func handover() throws {
        for worker: UInt64 in 1...2 { table.hire(worker) }
        let (first, second) = (try #require(deal(table, 1)), try #require(deal(table, 2)))
        for hand in [first, second] { #expect(table.begin(hand, at: .zero)) }
        #expect(table.stopClock(first))
        #expect(table.overdue(at: .seconds(100), timeouts).map(\.worker.holder) == [second.holder])
        #expect(table.giveUp(second.holder, at: .seconds(5), timeouts) == nil)
        #expect(table.giveUp(second.holder, at: .seconds(100), timeouts)?.hand === second)
        #expect(table.giveUp(second.holder, at: .seconds(100), timeouts) == nil)
        #expect(!table.stopClock(second))
        #expect(table.overdue(at: .seconds(200), timeouts).isEmpty)
        #expect(table.answered(second, 1, at: .seconds(200)))
        #expect(!table.hasCredit)
    }

    @Test("it knows who lives and the oldest that they hold, in the order of their incarnations")
    func workers() throws {
        table.hire(3)
        deal(table, 17)
        table.hire(8)
        #expect(table.workers.map(\.incarnation) == [3, 8])
        #expect(table.workers.map(\.sequence) == [17, nil])
        #expect(table.workers.map(\.id) == ["worker.3", "worker.8"])
    }
}
