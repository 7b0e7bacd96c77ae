import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Messages that come back to the queue")
struct LedgerReturnTests {
    private func ledger(of count: Int) -> Ledger {
        var ledger = Ledger.ofStreams()
        ledger.admit((1...count).map { .named("\($0)") })
        return ledger
    }

    @Test("a message that is given back goes to the head of the queue, with its attempt")
    func giveBack() throws {
        var ledger = ledger(of: 3)
        let lease = try ledger.lease()
        #expect(ledger.putBack(lease) == .taken)
        #expect(ledger.snapshot.queued == 3)
        let again = try ledger.lease()
        #expect(again.sequence == 1)
        #expect(again.attempt == 1)
        #expect(ledger.totals.retried == 0)
    }

    @Test("given back in any order, the oldest is dealt first", arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
    func giveBackOrder(_ order: [Int]) throws {
        var ledger = ledger(of: 5)
        let leases = try (0..<3).map { _ in try ledger.lease() }
        for index in order { #expect(ledger.putBack(leases[index]) == .taken) }
        #expect(ledger.dealAll() == [1, 2, 3, 4, 5])
    }

    @Test("revoking takes from one worker only what it holds")
    func revokeWorker() throws {
        var ledger = ledger(of: 4)
        try ledger.lease(to: .first)
        let kept = try ledger.lease(to: .second)
        #expect(ledger.revoke { $0 == .first } == 1)
        #expect(ledger.revoke { $0 == .first } == 0)
        #expect(ledger.answer(kept, .done) == .taken)
        #expect(ledger.dealAll() == [1, 3, 4])
    }

    @Test("revoking a direct supervisor takes from all its workers, and the oldest is dealt first")
    func revokeSupervisor() throws {
        var ledger = ledger(of: 6)
        try ledger.lease(to: .first)
        try ledger.lease(to: .third)
        try ledger.lease(to: .second)
        try ledger.lease(to: .first)
        #expect(ledger.revoke { $0.supervisor == 100 } == 3)
        #expect(ledger.leasedCount == 1)
        #expect(ledger.dealAll() == [1, 3, 4, 5, 6])
    }

    @Test("what has finished is not revoked: its outcome counts")
    func finishedIsKept() throws {
        var ledger = ledger(of: 1)
        let lease = try ledger.lease()
        ledger.answer(lease, .done)
        #expect(ledger.revoke { _ in true } == 0)
        ledger.settle()
        #expect(ledger.totals.processed == 1)
    }

    @Test("what comes back from a slot that is used again is still dealt by its age")
    func reusedSlots() throws {
        var ledger = ledger(of: 3)
        ledger.complete()
        ledger.complete()
        // The slots of 1 and 2 now hold 4 and 5, in the other order.
        ledger.admit([.named("4"), .named("5")])
        _ = try (0..<3).map { _ in try ledger.lease() }
        #expect(ledger.revoke { _ in true } == 3)
        #expect(ledger.dealAll() == [3, 4, 5])
    }
}
