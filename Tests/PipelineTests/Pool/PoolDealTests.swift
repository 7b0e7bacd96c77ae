import Supervision
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Dealing")
struct PoolDealTests {
    private let supervisor = Supervisor("test")

    /// A pool of direct supervisors 1, 2, … with as many idle workers each; worker numbers are unique.
    private func pool(idle: [Int]) -> Pool {
        let pool = Pool(desired: idle.count)
        for (number, idle) in zip(pool.plan().start, idle) {
            let table = WorkerTable(number, incarnation: UInt64(100 + number))
            for worker in 0..<idle { table.hire(UInt64(10 * number + worker)) }
            pool.register(table, under: supervisor)
        }
        return pool
    }

    private func ledger(of count: Int) -> LedgerStore {
        var ledger = Ledger.ofStreams()
        ledger.admit((0..<count).map { .named("\($0)") })
        return LedgerStore(ledger)
    }

    /// Who gets which message.
    private func deal(_ pool: Pool, _ ledger: LedgerStore) -> [String] {
        var hands: [(worker: Worker, hand: Hand)] = []
        _ = pool.deal(from: ledger, at: .seconds(1), into: &hands)
        #expect(hands.allSatisfy { $0.worker.holder == $0.hand.holder })
        return hands.map { "\($0.hand.entries[0].message.sequence)→\($0.worker.holder.supervisor - 100)" }
    }

    @Test("messages go round robin over the direct supervisors")
    func roundRobin() {
        #expect(deal(pool(idle: [2, 2, 2]), ledger(of: 5)) == ["1→2", "2→3", "3→1", "4→2", "5→3"])
    }

    @Test("whoever has no credit is passed over")
    func credit() {
        #expect(deal(pool(idle: [3, 0, 1]), ledger(of: 9)) == ["1→3", "2→1", "3→1", "4→1"])
    }

    @Test("the turn goes on where it stopped")
    func turn() {
        let (pool, ledger) = (pool(idle: [4, 4, 4]), ledger(of: 2))
        #expect(deal(pool, ledger) == ["1→2", "2→3"])
        ledger.withLock { _ = $0.admit([.named("x"), .named("y")]) }
        #expect(deal(pool, ledger) == ["3→1", "4→2"])
    }

    @Test("what is not dealt stays in the queue, what is dealt is leased")
    func counts() {
        let ledger = ledger(of: 5)
        #expect(deal(pool(idle: [1, 2]), ledger).count == 3)
        #expect(ledger.snapshot.queued == 2)
        #expect(ledger.snapshot.leased == 3)
    }

    @Test("without a message no credit is used up")
    func noMessages() {
        let (pool, ledger) = (pool(idle: [1]), ledger(of: 0))
        #expect(deal(pool, ledger).isEmpty)
        ledger.withLock { _ = $0.admit([.named("x")]) }
        #expect(deal(pool, ledger).count == 1)
    }

    @Test("a direct supervisor that was told to go, or restarts, gets nothing")
    func draining() throws {
        let pool = pool(idle: [1, 1, 1])
        pool.resize(to: 2)
        _ = pool.plan()
        pool.unregister(try #require(pool.members[1].table))
        #expect(deal(pool, ledger(of: 3)) == ["1→1"])
    }

    @Test("an empty pool deals nothing")
    func empty() {
        #expect(deal(Pool(desired: 1), ledger(of: 3)).isEmpty)
    }

    @Test("the turn survives that the pool shrinks")
    func shrunk() {
        let (pool, ledger) = (pool(idle: [4, 4, 4]), ledger(of: 2))
        _ = deal(pool, ledger)
        pool.remove(Pool.id(3))
        pool.remove(Pool.id(2))
        ledger.withLock { _ = $0.admit([.named("x"), .named("y")]) }
        #expect(deal(pool, ledger) == ["3→1", "4→1"])
    }

    @Test("the batch holds this round's only")
    func batch() {
        let (pool, ledger) = (pool(idle: [2]), ledger(of: 1))
        var hands: [(worker: Worker, hand: Hand)] = []
        _ = pool.deal(from: ledger, at: .zero, into: &hands)
        #expect(hands.count == 1)
        _ = pool.deal(from: ledger, at: .zero, into: &hands)
        #expect(hands.isEmpty)
    }
}
