import Supervision
import Testing

@testable import Pipeline

@Suite("The roster of a direct supervisor")
struct RosterTests {
    private let roster = Roster(1)

    @Test("an idle worker is a credit, and the one that has waited longest is taken first")
    func order() {
        for worker: UInt64 in [5, 3, 4] { roster.hire(worker) }
        #expect(roster.isIdle)
        #expect((0..<4).map { _ in roster.takeIdle()?.holder.worker } == [5, 3, 4, nil])
        #expect(!roster.isIdle)
    }

    @Test("a worker that has not offered itself is no credit, and keeps the roster from being idle")
    func notYetIdle() {
        roster.hire(1, isIdle: false)
        #expect(roster.takeIdle() == nil)
        #expect(roster.count == 1)
        #expect(!roster.isIdle)
    }

    @Test("a roster without workers is idle")
    func empty() {
        #expect(roster.isIdle)
        #expect(roster.count == 0)
    }

    @Test("a worker that leaves takes its credit along")
    func leaving() {
        let (first, second) = (roster.hire(1), roster.hire(2))
        roster.delist(first.holder)
        roster.delist(first.holder)
        #expect(roster.count == 1)
        #expect(roster.takeIdle() === second.desk)
        #expect(roster.takeIdle() == nil)
    }

    @Test("a worker that was left to itself and comes back has no credit to give")
    func abandoned() {
        let (lost, other) = (roster.hire(1, isIdle: false), roster.hire(2))
        roster.delist(lost.holder)
        roster.offer(lost.desk)
        roster.begin(.to(lost.holder), by: lost.holder, at: .zero)
        #expect(roster.isIdle)
        #expect(roster.overdue(at: .seconds(100), timeout: .seconds(1)).isEmpty)
        #expect(roster.takeIdle() === other.desk)
        #expect(roster.takeIdle() == nil)
    }

    @Test("overdue is what a worker has held for longer than the timeout")
    func overdue() {
        let workers = (1...3).map { roster.hire($0, isIdle: false) }
        for (index, worker) in workers.enumerated() {
            roster.begin(.to(worker.holder, sequence: UInt64(index) + 1), by: worker.holder, at: .seconds(index))
        }
        func overdue(at seconds: Int) -> [UInt64] {
            roster.overdue(at: .seconds(seconds), timeout: .seconds(10)).map(\.assignment.lease.sequence).sorted()
        }
        #expect(overdue(at: 10) == [])
        #expect(overdue(at: 11) == [1])
        #expect(overdue(at: 12) == [1, 2])
        roster.end(by: workers[0].holder)
        #expect(overdue(at: 100) == [2, 3])
        roster.delist(workers[1].holder)
        #expect(overdue(at: 100) == [3])
    }

    @Test("it knows who lives and what they hold, the oldest first")
    func workers() {
        roster.hire(8)
        let busy = roster.hire(3, isIdle: false)
        roster.begin(.to(busy.holder, sequence: 17), by: busy.holder, at: .zero)
        #expect(roster.workers.map(\.incarnation) == [3, 8])
        #expect(roster.workers.map(\.sequence) == [17, nil])
        #expect(roster.workers.map(\.id) == ["worker.3", "worker.8"])
    }
}
