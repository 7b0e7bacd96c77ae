import NIOCore
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Dead letters that could not be kept until they could be stored")
struct DroppedDeadLetterTests {
    private static let half = UnsavedDeadLetters.maximumBytes / 2 + 1

    /// A stream's messages die, the last id being the last of `ids`; each is so large that two of them are too many.
    private func die(_ ids: [String], _ ledger: inout Ledger) {
        for id in ids {
            var data = ByteBufferAllocator().buffer(capacity: Self.half)
            data.moveWriterIndex(to: Self.half)
            ledger.admit([Event(id: ByteBuffer(string: id), data: data)])
            ledger.complete(.failed("no"), policy: .never)
        }
    }

    @Test("are counted, and the count is stored with the checkpoint that passes them")
    func counted() {
        var ledger = Ledger.ofStreams()
        die(["1", "2", "3"], &ledger)
        let unstored = ledger.unstored()
        #expect(unstored.commit.deadLetters.map(\.sequence) == [3])
        #expect(unstored.commit.dropped == ["a": 2])
        #expect(ledger.checkpoints == ["a=2+3"])
        #expect(ledger.snapshot.unsavedDropped == 2 && ledger.snapshot.unsavedDeadLetters == 1)
        // While nothing is stored, it is the same again: nothing has passed them.
        #expect(ledger.unstored().commit == unstored.commit)
        ledger.stored(unstored)
        #expect(ledger.unstored().isEmpty)
        #expect(ledger.snapshot.unsavedDropped == 2 && ledger.snapshot.unsavedDeadLetters == 0)
        die(["4", "5"], &ledger)
        #expect(ledger.unstored().commit.dropped == ["a": 1])
        #expect(ledger.snapshot.unsavedDropped == 3)
    }

    @Test("do not count when the commit that was under way has stored them after all")
    func storedMeanwhile() {
        var ledger = Ledger.ofStreams()
        die(["1"], &ledger)
        let commit = ledger.unstored()
        die(["2", "3"], &ledger)
        #expect(ledger.snapshot.unsavedDropped == 2)
        ledger.stored(commit)
        #expect(ledger.snapshot.unsavedDropped == 1)
        #expect(ledger.unstored().commit.dropped == ["a": 1])
        #expect(ledger.unstored().commit.deadLetters.map(\.sequence) == [3])
    }

    @Test("do count when that commit has failed")
    func failedMeanwhile() {
        var ledger = Ledger.ofStreams()
        die(["1"], &ledger)
        _ = ledger.unstored()
        die(["2"], &ledger)
        #expect(ledger.unstored().commit.dropped == ["a": 1])
    }

    @Test("their source is told nothing, but of what the commit that was under way has stored after all")
    func notices() {
        var ledger = Ledger.ofStreams()
        ledger.streams[0].notices = PendingNotices(to: 1)
        func die(_ receipts: ClosedRange<UInt64>) {
            for receipt in receipts {
                let data = ByteBuffer(repeating: 0x78, count: Self.half)
                var arrival = Arrival(PackedEvents([Event(data: data, receipt: receipt)]), recipient: 1)
                _ = ledger.admit(&arrival, limit: 1, stream: 0, receivedAt: .zero)
                ledger.complete(.failed("no"), policy: .never)
            }
        }
        die(1...1)
        let underway = ledger.unstored()
        die(2...3)
        ledger.stored(underway)
        #expect(ledger.takeNotices()?.notices == [SettlementNotice(receipt: 1, how: .deadLettered)])
        ledger.stored(ledger.unstored())
        #expect(ledger.takeNotices()?.notices == [SettlementNotice(receipt: 3, how: .deadLettered)])
        #expect(ledger.takeNotices() == nil)
    }

    @Test("a replay that died again and was dropped is no loss: the stored letter remains, and may be replayed again")
    func replay() {
        var ledger = Ledger.ofStreams()
        var letter = DeadLetter.ofReplayTests
        letter.data.writeRepeatingByte(0x78, count: Self.half)
        #expect(ledger.beginReplay(7) == .fresh)
        ledger.admit([StoredDeadLetter(id: 7, letter: letter)])
        ledger.complete(.failed("no"), policy: .never)
        #expect(ledger.unstored().commit.deadLetters.map(\.replayOf) == [7])
        #expect(ledger.beginReplay(7) == .underway)
        die(["1"], &ledger)
        let commit = ledger.unstored().commit
        #expect(commit.deadLetters.map(\.replayOf) == [nil] && commit.settledReplays == [] && commit.dropped == [:])
        #expect(ledger.beginReplay(7) == .fresh)
    }
}

extension DeadLetter {
    /// A letter of stream `a`.
    static var ofReplayTests: DeadLetter {
        DeadLetter(
            stream: "a", sequence: 1, eventID: ByteBuffer(string: "17"), type: ByteBuffer(string: "t"),
            data: ByteBuffer(string: "data"), reason: "no", attempts: 3, worker: "w", incarnation: 1, diedAt: 0)
    }
}

extension Ledger {
    enum ReplayBeginning {
        case fresh, underway
    }

    mutating func beginReplay(_ id: Int64) -> ReplayBeginning { replays.begin(id) ? .fresh : .underway }

    /// Admits as many of the letters into the first stream as there is room for.
    @discardableResult
    mutating func admit(_ letters: [StoredDeadLetter]) -> Int {
        admit(letters[...], stream: 0, receivedAt: .zero)
    }
}
