import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The ledger while its circuit breaker is open")
struct LedgerBreakerTests {
    /// Ten messages, of which the first four have failed, so that the breaker opened at 0 s, for a second.
    private func opened() throws -> Ledger {
        var ledger = Ledger(
            limits: .wide, streams: [StreamName(name: "a", index: 0)], breaker: CircuitBreakerTests.policy)
        ledger.admit((1...10).map { .named("\($0)") })
        let leases = try (0..<4).map { _ in try ledger.lease() }
        for lease in leases { ledger.answer(lease, .failed("no")) }
        ledger.settle()
        return ledger
    }

    @Test("nothing is admitted and nothing is dealt; what is held keeps its attempts")
    func gate() throws {
        var ledger = try opened()
        #expect(ledger.admit([.named("x")]) == 0)
        #expect(ledger.leaseNext(to: .first, at: .milliseconds(999)) == nil)
        _ = ledger.releaseDelayed(at: .milliseconds(999))
        #expect(ledger.snapshot.queued == 10)
        #expect(ledger.snapshot.isBalanced)
    }

    @Test("when the backoff is over one message is dealt, one that was never tried, and nothing is admitted beside it")
    func trial() throws {
        var ledger = try opened()
        _ = ledger.releaseDelayed(at: .seconds(1))
        let trial = try ledger.lease(at: .seconds(1))
        #expect(trial.sequence == 5)
        #expect(trial.attempt == 1)
        #expect(ledger.leaseNext(to: .second, at: .seconds(1)) == nil)
        #expect(ledger.admit([.named("x")]) == 0)
        #expect(ledger.answer(trial, .done, at: .seconds(1)) == .taken)
        #expect(ledger.admit([.named("x")]) == 1)
        #expect(ledger.leaseNext(to: .second, at: .seconds(1)) != nil)
    }

    @Test(
        "a trial whose worker or direct supervisor goes is followed by another, and keeps its attempt", arguments: 0..<2
    )
    func revoked(_ way: Int) throws {
        var ledger = try opened()
        let trial = try ledger.lease(to: .third, at: .seconds(1))
        if way == 0 {
            #expect(ledger.putBack(trial) == .taken)
        } else {
            #expect(ledger.revoke { $0.supervisor == 101 } == 1)
        }
        let again = try ledger.lease(to: .first, at: .seconds(1))
        #expect(again.sequence == 6)
        #expect(ledger.leaseNext(to: .second, at: .seconds(1)) == nil)
        #expect(ledger.answer(trial, .done, at: .seconds(1)) == .late)
        let isClosed = ledger.breaker.isClosed
        #expect(!isClosed)
        ledger.answer(again, .done, at: .seconds(1))
        let next = try ledger.lease(at: .seconds(1))
        #expect((next.sequence, next.attempt) == (trial.sequence, trial.attempt))
    }

    @Test("the trial's attempt counts: what never works is a dead letter in the end, and the next oldest is tried")
    func poison() throws {
        var ledger = try opened()
        _ = ledger.releaseDelayed(at: .seconds(1))
        // So that only what has failed once is left.
        for _ in 5...10 { ledger.answer(try ledger.lease(at: .seconds(1)), .killed, at: .seconds(1)) }
        ledger.settle(at: .seconds(1))
        var tried: [UInt64] = []
        for second in stride(from: 10, through: 100, by: 10) {
            _ = ledger.releaseDelayed(at: .seconds(second))
            guard let trial = try? ledger.lease(at: .seconds(second)) else { break }
            tried.append(trial.sequence)
            ledger.answer(trial, trial.sequence < 3 ? .failed("never") : .done, at: .seconds(second))
            ledger.settle(at: .seconds(second))
        }
        let (totals, isClosed) = (ledger.totals, ledger.breaker.isClosed)
        #expect(tried == [1, 1, 2, 2, 3, 4])
        #expect(totals.deadLettered == 2 && totals.processed == 2 && isClosed)
    }

    @Test("with nothing queued, one message is admitted to be tried")
    func emptyQueue() throws {
        var ledger = try opened()
        _ = ledger.releaseDelayed(at: .seconds(1))
        // Kill messages stop their workers and say nothing about the handler.
        for _ in 0..<10 { ledger.answer(try ledger.lease(at: .seconds(1)), .killed, at: .seconds(1)) }
        ledger.settle()
        #expect(ledger.inFlight == 0)
        #expect(ledger.admit([.named("x"), .named("y")]) == 1)
        let trial = try ledger.lease(at: .seconds(1))
        #expect(ledger.admit([.named("y")]) == 0)
        ledger.answer(trial, .done, at: .seconds(1))
        #expect(ledger.admit([.named("y"), .named("z")]) == 2)
    }

    @Test("the pool takes no credit from anybody for what may not be dealt")
    func credit() throws {
        let ledger = LedgerStore(try opened())
        let pool = Pool(desired: 1)
        _ = pool.plan()
        let table = WorkerTable(1)
        for worker: UInt64 in 1...3 { table.hire(worker) }
        pool.register(table, under: .init("test"))
        var hands: [(worker: Worker, hand: Hand)] = []
        _ = pool.deal(from: ledger, at: .milliseconds(10), into: &hands)
        #expect(hands.isEmpty)
        _ = pool.deal(from: ledger, at: .seconds(1), into: &hands)
        #expect(hands.count == 1)
        #expect(ledger.withLock { $0.finish(hands[0].hand.lease(0), .done, by: "w", at: .seconds(1)) })
        _ = pool.deal(from: ledger, at: .seconds(1), into: &hands)
        #expect(hands.count == 2)
    }
}
