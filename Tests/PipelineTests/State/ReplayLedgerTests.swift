import NIOCore
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A replayed dead letter in the ledger")
struct ReplayLedgerTests {
    private func letters(_ ids: ClosedRange<Int64>) -> [StoredDeadLetter] {
        ids.map { StoredDeadLetter(id: $0, letter: .ofReplayTests) }
    }

    @Test("is received anew, under a new number, with all its attempts")
    func anew() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1"])
        ledger.admit(letters(7...7))
        #expect(ledger.totals.received == 2)
        try ledger.lease()
        let next = ledger.leaseNext(to: .second, at: .zero)
        let assignment = try #require(next)
        #expect(assignment.message.sequence == 2 && assignment.message.replayOf == 7)
        #expect(assignment.message.stream.name == "a" && assignment.lease.attempt == 1)
        #expect(String(buffer: assignment.message.event.data) == "data")
        #expect(String(buffer: assignment.message.event.id) == "17")
        #expect(assignment.message.event.type.map { String(buffer: $0) } == "t")
    }

    @Test("moves neither the checkpoint of its stream nor the id that it goes on from")
    func checkpoint() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["30"])
        ledger.admit(letters(7...7))
        ledger.admit(ids: ["31"])
        #expect(String(buffer: ledger.streams[0].lastAdmittedID) == "31")
        let leases = try (0..<3).map { _ in try ledger.lease() }
        ledger.answer(leases[1], .done)
        ledger.settle()
        #expect(ledger.checkpoints == [])
        ledger.answer(leases[0], .done)
        ledger.answer(leases[2], .done)
        ledger.settle()
        #expect(ledger.checkpoints == ["a=30+31"])
        #expect(ledger.snapshot.processed == 3 && ledger.snapshot.isBalanced)
    }

    @Test("is not held up by the span of its stream, and does not add to it")
    func span() throws {
        var ledger = Ledger.ofStreams(
            limits: LedgerLimits(inFlight: 10, inFlightBytes: 1000, span: 2, eventBytes: 100))
        #expect(ledger.admit(ids: ["1", "2", "3"]) == 2)
        #expect(ledger.admit(letters(1...3)) == 3)
        ledger.complete()
        #expect(ledger.admit(ids: ["3", "4"]) == 1)
    }

    @Test("needs room in the window")
    func window() {
        var ledger = Ledger.ofStreams(
            limits: LedgerLimits(inFlight: 4, inFlightBytes: 1000, span: 100, eventBytes: 100))
        ledger.admit(ids: ["1"])
        #expect(ledger.admit(letters(1...9)) == 3)
        #expect(ledger.inFlight == 4)
    }

    @Test("goes from the store when it is settled, and until that is stored it cannot be replayed again")
    func settled() {
        for outcome in [Verdict.done, .killed] {
            var ledger = Ledger.ofStreams()
            #expect(ledger.beginReplay(7) == .fresh && ledger.beginReplay(7) == .underway)
            ledger.admit(letters(7...7))
            #expect(ledger.unstored().isEmpty)
            ledger.complete(outcome)
            let commit = ledger.unstored()
            #expect(commit.commit == StateCommit(settledReplays: [7]))
            #expect(ledger.beginReplay(7) == .underway && ledger.snapshot.replaying == 1)
            // What is settled while the commit is under way is for the next one.
            _ = ledger.beginReplay(8)
            ledger.admit(letters(8...8))
            ledger.complete(outcome)
            ledger.stored(commit)
            #expect(ledger.unstored().commit == StateCommit(settledReplays: [8]))
            #expect(ledger.snapshot.replaying == 1)
            #expect(ledger.beginReplay(7) == .fresh)
        }
    }

    @Test("that dies again takes the stored one's place")
    func diesAgain() {
        var ledger = Ledger.ofStreams()
        _ = ledger.beginReplay(7)
        ledger.admit(letters(7...7))
        ledger.complete(.crashed("again"), policy: .never)
        let commit = ledger.unstored()
        #expect(commit.commit.settledReplays == [] && commit.commit.deadLetters.map(\.replayOf) == [7])
        #expect(commit.commit.deadLetters.first?.reason == "again")
        ledger.stored(commit)
        #expect(ledger.snapshot.replaying == 0 && ledger.unstored().isEmpty)
        #expect(ledger.totals.deadLettered == 1 && ledger.snapshot.isBalanced)
    }
}
