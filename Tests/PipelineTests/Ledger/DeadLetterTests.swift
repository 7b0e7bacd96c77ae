import NIOCore
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Dead letters")
struct DeadLetterTests {
    @Test("a dead letter says all there is to know of the message and of its last attempt")
    func fields() throws {
        var ledger = Ledger.ofStreams(2)
        let event = Event(
            id: ByteBuffer(string: "17"), type: ByteBuffer(string: "tweet"), data: ByteBuffer(string: "text"))
        ledger.admit([event], of: 1)
        let first = try ledger.lease(to: .first)
        ledger.answer(first, .failed("busy"))
        ledger.settle()
        _ = ledger.releaseDelayed(at: .seconds(1))
        let second = try ledger.lease(to: .third)
        _ = ledger.finish(second, .crashed("broken"), by: "worker.2.3", at: .seconds(1))
        let policy = RetryPolicy(maxAttempts: 2, initialDelay: .zero, maximumDelay: .zero)
        let settlement = ledger.settle(policy, at: .seconds(1), wallClock: 1_700_000_000_000_000)
        let identity = settlement.deadLetters.first?.identity
        #expect(identity?.utf8.count == 32)
        let expected = DeadLetter(
            stream: "b", sequence: 1, eventID: ByteBuffer(string: "17"), type: ByteBuffer(string: "tweet"),
            data: ByteBuffer(string: "text"), reason: "broken", attempts: 2, worker: "worker.2.3", incarnation: 3,
            diedAt: 1_700_000_000_000_000, identity: identity)
        #expect(settlement.deadLetters == [expected])
        #expect(ledger.unstored().deadLetters == [expected])
        #expect(ledger.totals.deadLettered == 1)
        #expect(settlement.crashed == 1)
        #expect(ledger.inFlight == 0)
    }

    @Test("with one attempt, the first failure is the end")
    func oneAttempt() {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x")])
        ledger.complete(.failed("no"), policy: .never)
        #expect(ledger.totals.deadLettered == 1)
        #expect(ledger.totals.retried == 0)
    }

    @Test("a killed message is no dead letter")
    func killed() {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x")])
        ledger.complete(.killed, policy: .never)
        #expect(ledger.unstored().deadLetters.isEmpty)
        #expect(ledger.totals.killed == 1)
    }

    @Test("what dies while a commit is under way is stored by the next one")
    func duringCommit() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "3"])
        ledger.complete(.failed("no"), policy: .never)
        let commit = ledger.unstored()
        ledger.complete(.failed("no"), policy: .never)
        ledger.stored(commit)
        #expect(commit.deadLetters.map(\.sequence) == [1])
        #expect(commit.checkpoints.map { String(buffer: $0.lastEventID) } == ["1"])
        #expect(ledger.unstored().deadLetters.map(\.sequence) == [2])
        #expect(ledger.checkpoints == ["a=2"])
    }

    @Test("a commit that failed changes nothing: the next one brings all of it again")
    func failedCommit() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2"])
        ledger.complete(.failed("no"), policy: .never)
        _ = ledger.unstored()
        ledger.complete(.failed("no"), policy: .never)
        #expect(ledger.unstored().deadLetters.map(\.sequence) == [1, 2])
        #expect(ledger.checkpoints == ["a=1+2"])
        ledger.stored(ledger.unstored())
        #expect(ledger.unstored().isEmpty)
    }
}

@Suite("Dead letters on their way to the store")
struct UnsavedDeadLetterTests {
    private func letter(_ sequence: UInt64, bytes: Int = 1) -> DeadLetter {
        // Nobody looks at the bytes, so nobody writes them.
        var data = ByteBufferAllocator().buffer(capacity: bytes)
        data.moveWriterIndex(to: bytes)
        return DeadLetter(
            stream: "a", sequence: sequence, eventID: ByteBuffer(), type: nil, data: data, reason: "", attempts: 1,
            worker: "w",
            incarnation: 1, diedAt: 0)
    }

    @Test("above the limit on their number the oldest goes, and is counted")
    func countLimit() {
        var unsaved = UnsavedDeadLetters()
        let count = UInt64(UnsavedDeadLetters.maximumCount)
        for sequence in 1...(count + 3) { unsaved.append(letter(sequence)) }
        #expect(unsaved.letters.count == Int(count))
        #expect(unsaved.letters.first?.sequence == 4)
        #expect(unsaved.letters.last?.sequence == count + 3)
        #expect(unsaved.dropped == 3)
    }

    @Test("above the limit on their bytes the oldest goes, but never the last one")
    func byteLimit() {
        var unsaved = UnsavedDeadLetters()
        let half = UnsavedDeadLetters.maximumBytes / 2
        unsaved.append(letter(1, bytes: half))
        unsaved.append(letter(2, bytes: half))
        #expect(unsaved.dropped == 0)
        unsaved.append(letter(3, bytes: 1))
        #expect(unsaved.letters.map(\.sequence) == [2, 3])
        unsaved.append(letter(4, bytes: 3 * half))
        #expect(unsaved.letters.map(\.sequence) == [4])
        #expect(unsaved.dropped == 3)
    }

    @Test("what was dropped while it was being stored takes no younger one with it")
    func droppedDuringCommit() {
        var unsaved = UnsavedDeadLetters()
        let half = UnsavedDeadLetters.maximumBytes / 2
        unsaved.append(letter(1, bytes: half))
        unsaved.append(letter(2, bytes: half))
        let end = unsaved.end
        // 1 has to go for 3.
        unsaved.append(letter(3, bytes: half))
        unsaved.remove(before: end)
        #expect(unsaved.letters.map(\.sequence) == [3])
        unsaved.remove(before: end)
        #expect(unsaved.letters.map(\.sequence) == [3])
        unsaved.remove(before: unsaved.end)
        #expect(unsaved.letters.isEmpty)
    }

    @Test("a commit of which nothing is left any more removes nothing")
    func allDroppedDuringCommit() {
        var unsaved = UnsavedDeadLetters()
        unsaved.append(letter(1))
        let end = unsaved.end
        unsaved.append(letter(2, bytes: UnsavedDeadLetters.maximumBytes))
        unsaved.append(letter(3, bytes: UnsavedDeadLetters.maximumBytes))
        unsaved.remove(before: end)
        #expect(unsaved.letters.map(\.sequence) == [3])
        #expect(unsaved.dropped == 2)
    }
}
