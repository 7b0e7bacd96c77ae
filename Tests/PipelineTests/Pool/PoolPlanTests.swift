import Locking
import Supervision
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The plan of the pool")
struct PoolPlanTests {
    private let supervisor = Supervisor("test")

    /// What the workers of each direct supervisor hold.
    private final class Hands: Sendable { let all = Locked<[Int: Hand]>([:]) }
    private let hands = Hands()

    /// Carries out a plan, as main_supervisor does; each started direct supervisor brings a table with one worker, and each
    /// that is asked to stop does so at once.
    private func carryOut(_ pool: Pool, workersAreIdle: Bool = true) -> (start: [Int], stop: [ChildID]) {
        let plan = pool.plan()
        for number in plan.start {
            let table = WorkerTable(number, incarnation: UInt64(100 + number))
            let worker = table.hire(UInt64(number))
            if !workersAreIdle, table.take() === worker {
                let hand = Hand.to(worker.holder)
                if table.deal(hand) { hands.all.withLock { $0[number] = hand } }
            }
            pool.register(table, under: supervisor)
        }
        for member in pool.members where member.isStopping { member.table.map(pool.unregister) }
        let gone = pool.plan().remove
        for id in gone { pool.remove(id) }
        return (plan.start, gone)
    }

    private func numbers(_ pool: Pool) -> [Int] { pool.members.map(\.number) }

    private func draining(_ pool: Pool) -> [Int] { pool.members.filter(\.isLeaving).map(\.number) }

    @Test("it starts as many as are wanted, and then no more")
    func start() {
        let pool = Pool(desired: 3)
        #expect(carryOut(pool).start == [1, 2, 3])
        let again = carryOut(pool)
        #expect(again.start.isEmpty)
        #expect(again.stop.isEmpty)
    }

    @Test("it grows by what is missing")
    func grow() {
        let pool = Pool(desired: 2)
        _ = carryOut(pool)
        pool.resize(to: 5)
        #expect(carryOut(pool).start == [3, 4, 5])
        #expect(numbers(pool) == [1, 2, 3, 4, 5])
    }

    @Test("it shrinks by the newest, idle ones at once")
    func shrink() {
        let pool = Pool(desired: 5)
        _ = carryOut(pool)
        pool.resize(to: 2)
        #expect(carryOut(pool).stop == ["direct_supervisor.3", "direct_supervisor.4", "direct_supervisor.5"])
        #expect(numbers(pool) == [1, 2])
    }

    @Test("whoever is busy finishes first, and is told to stop when it is idle")
    func drain() {
        let pool = Pool(desired: 3)
        _ = carryOut(pool, workersAreIdle: false)
        pool.resize(to: 1)
        #expect(carryOut(pool).stop == [])
        #expect(draining(pool) == [2, 3])
        let table = pool.members[1].table
        let held = hands.all.withLock { $0[2] }
        #expect(held.map { table?.answered($0, 1, at: .zero) ?? false } == true)
        #expect(carryOut(pool).stop == ["direct_supervisor.2"])
        #expect(draining(pool) == [3])
    }

    @Test("growing again, those who are on their way out stay first")
    func revive() {
        let pool = Pool(desired: 4)
        _ = carryOut(pool, workersAreIdle: false)
        pool.resize(to: 1)
        _ = carryOut(pool)
        #expect(draining(pool) == [2, 3, 4])
        pool.resize(to: 3)
        #expect(carryOut(pool).start == [])
        #expect(draining(pool) == [4])
        pool.resize(to: 5)
        #expect(carryOut(pool).start == [5])
        #expect(draining(pool) == [])
    }

    @Test("whoever was asked to stop does not come back, and is not asked again; another one is started in its place")
    func stopping() throws {
        let pool = Pool(desired: 2)
        _ = carryOut(pool)
        pool.resize(to: 1)
        #expect(pool.plan().ask.count == 1)
        #expect(pool.plan().ask.isEmpty)
        pool.resize(to: 2)
        let plan = pool.plan()
        #expect(plan.start == [3] && plan.remove.isEmpty)
        pool.unregister(try #require(pool.members[1].table))
        #expect(pool.plan().remove == ["direct_supervisor.2"])
    }

    @Test("one that crashed while it was stopping, and is back, is asked again")
    func backAgain() throws {
        let pool = Pool(desired: 2)
        _ = carryOut(pool)
        pool.resize(to: 1)
        #expect(pool.plan().ask.count == 1)
        pool.unregister(try #require(pool.members[1].table))
        pool.register(WorkerTable(2, incarnation: 900), under: supervisor)
        #expect(pool.plan().ask.count == 1)
    }

    @Test("a number that is free again is used again")
    func reuse() {
        let pool = Pool(desired: 3)
        _ = carryOut(pool)
        pool.resize(to: 1)
        _ = carryOut(pool)
        pool.resize(to: 2)
        #expect(carryOut(pool).start == [2])
    }

    @Test("one that is restarting holds nothing: told to go, it goes at once")
    func restarting() throws {
        let pool = Pool(desired: 2)
        _ = carryOut(pool, workersAreIdle: false)
        pool.unregister(try #require(pool.members[1].table))
        pool.resize(to: 1)
        #expect(carryOut(pool).stop == ["direct_supervisor.2"])
    }

    @Test("a table of an earlier incarnation that leaves late does not take the new one along")
    func lateDelist() throws {
        let pool = Pool(desired: 1)
        _ = carryOut(pool)
        let old = try #require(pool.members[0].table)
        let new = WorkerTable(1, incarnation: 900)
        pool.register(new, under: supervisor)
        pool.unregister(old)
        #expect(pool.members[0].table === new)
    }

    @Test("a table of a direct supervisor that is no longer of the pool is not taken in")
    func strangers() {
        let pool = Pool(desired: 1)
        _ = carryOut(pool)
        pool.register(WorkerTable(7), under: supervisor)
        #expect(numbers(pool) == [1])
    }

    @Test("a new main_supervisor begins with an empty pool of the size that was wanted last")
    func begin() {
        let pool = Pool(desired: 1)
        _ = carryOut(pool)
        pool.resize(to: 3)
        _ = carryOut(pool)
        pool.begin(under: supervisor)
        #expect(pool.desired == 3)
        #expect(carryOut(pool).start == [1, 2, 3])
    }

    @Test("whatever sizes are wanted, it gets there, with every number once", arguments: 1...10 as ClosedRange<UInt64>)
    func randomSizes(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pool = Pool(desired: 1)
        for _ in 0..<200 {
            let size = Int.random(in: 1...12, using: &random)
            pool.resize(to: size)
            _ = carryOut(pool, workersAreIdle: Bool.random(using: &random))
            #expect(Set(numbers(pool)).count == numbers(pool).count)
            #expect(pool.members.count { !$0.isLeaving } == size)
        }
    }
}
