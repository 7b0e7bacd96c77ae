import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Leases")
struct LeaseTests {
    @Test("an outcome is taken once; the second is late")
    func onlyOnce() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x")])
        let lease = try ledger.lease()
        #expect(ledger.answer(lease, .done) == .taken)
        #expect(ledger.answer(lease, .failed("again")) == .late)
        #expect(ledger.totals.late == 1)
        ledger.settle()
        #expect(ledger.answer(lease, .killed) == .late)
        #expect(ledger.totals.late == 2)
        #expect(ledger.totals.processed == 1)
        #expect(ledger.snapshot.isBalanced)
    }

    @Test(
        "a lease that differs in sequence, attempt, worker, supervisor or hand-out is not the current one",
        arguments: [
            Lease(sequence: 2, attempt: 1, holder: .first, number: 1, slot: 0),
            Lease(sequence: 1, attempt: 2, holder: .first, number: 1, slot: 0),
            Lease(sequence: 1, attempt: 0, holder: .first, number: 1, slot: 0),
            Lease(sequence: 1, attempt: 1, holder: Holder(worker: 9, supervisor: 100), number: 1, slot: 0),
            Lease(sequence: 1, attempt: 1, holder: Holder(worker: 1, supervisor: 999), number: 1, slot: 0),
            Lease(sequence: 1, attempt: 1, holder: .first, number: 2, slot: 0),
        ])
    func stale(_ stale: Lease) throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x")])
        let current = try ledger.lease()
        #expect(ledger.answer(stale, .done) == .late)
        #expect(ledger.putBack(stale) == .late)
        // Only an outcome that comes late is an answer that was given and did not count.
        #expect(ledger.totals.late == 1)
        #expect(ledger.leasedCount == 1)
        #expect(ledger.answer(current, .done) == .taken)
    }

    @Test("a worker that was revoked answers too late, also when its message is with another one, in the same attempt")
    func revoked() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x")])
        let old = try ledger.lease(to: .first)
        #expect(ledger.revoke { $0 == .first } == 1)
        #expect(ledger.answer(old, .done) == .late)
        let new = try ledger.lease(to: .second)
        #expect(new.attempt == old.attempt)
        #expect(ledger.answer(old, .done) == .late)
        #expect(ledger.answer(new, .done) == .taken)
        #expect(ledger.totals.late == 2)
    }

    @Test("given back and handed out again to the same worker for the same attempt, the earlier lease has lapsed")
    func sameWorkerAgain() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x")])
        let old = try ledger.lease()
        #expect(ledger.putBack(old) == .taken)
        let new = try ledger.lease()
        #expect((new.sequence, new.attempt, new.holder) == (old.sequence, old.attempt, old.holder))
        #expect(ledger.answer(old, .done) == .late)
        #expect(ledger.putBack(old) == .late)
        #expect(ledger.answer(new, .done) == .taken)
    }

    @Test("a late answer for a slot that now holds another message is refused")
    func reusedSlot() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x")])
        let old = try ledger.lease()
        ledger.answer(old, .done)
        ledger.settle()
        ledger.admit([.named("y")])
        let new = try ledger.lease()
        #expect(new.slot == old.slot)
        #expect(ledger.answer(old, .killed) == .late)
        #expect(ledger.answer(new, .done) == .taken)
        ledger.settle()
        #expect(ledger.totals.processed == 2)
        #expect(ledger.totals.killed == 0)
    }

    @Test("the same worker's answer to its first attempt does not count for its second")
    func earlierAttempt() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x")])
        let first = try ledger.lease()
        ledger.answer(first, .crashed("1"))
        ledger.settle()
        _ = ledger.releaseDelayed(at: .seconds(1))
        let second = try ledger.lease()
        #expect(second.attempt == 2)
        #expect(ledger.answer(first, .done) == .late)
        #expect(ledger.leasedCount == 1)
    }
}
