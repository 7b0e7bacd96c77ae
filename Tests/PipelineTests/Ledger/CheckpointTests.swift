import NIOCore
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Checkpoints")
struct CheckpointTests {
    @Test(
        "the position is the id of the last closed run that is settled without a gap, in whatever order messages are settled",
        arguments: [
            ([0], ["a=1"]), ([1], []), ([0, 1], ["a=2"]), ([1, 0], ["a=2"]), ([3, 2, 1], []),
            ([3, 2, 1, 0], ["a=3+4"]),
            ([0, 2, 3], ["a=1"]), ([0, 2, 1], ["a=3"]), ([2, 0, 3], ["a=1"]),
        ])
    func prefix(_ order: [Int], _ expected: [String]) throws {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "3", "4"])
        let leases = try (0..<4).map { _ in try ledger.lease() }
        for index in order {
            ledger.answer(leases[index], .done)
            ledger.settle()
        }
        #expect(ledger.checkpoints == expected)
    }

    @Test("a message that waits out its backoff, or for its settlement, holds the checkpoint")
    func unsettled() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "3"])
        ledger.complete()
        ledger.complete(.failed("no"))
        ledger.complete()
        #expect(ledger.checkpoints == ["a=1"])
        _ = ledger.releaseDelayed(at: .seconds(1))
        let lease = try ledger.lease()
        ledger.answer(lease, .done, at: .seconds(1))
        #expect(ledger.checkpoints == ["a=1"])
        ledger.settle(at: .seconds(1))
        #expect(ledger.checkpoints == ["a=2+3"])
    }

    @Test("killed messages and dead letters are settled too, and the letter goes with the checkpoint that passes it")
    func otherBins() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2"])
        ledger.complete(.killed)
        ledger.complete(.crashed("no"), policy: .never)
        let unstored = ledger.unstored()
        #expect(ledger.checkpoints == ["a=1+2"])
        #expect(unstored.deadLetters.map(\.sequence) == [2])
    }

    @Test("a stream without ids has no checkpoint")
    func withoutIDs() {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x"), .named("y")])
        ledger.complete()
        ledger.complete()
        #expect(ledger.unstored().isEmpty)
    }

    @Test("once all before it is settled, an id that the server takes back leaves no position, and that is counted")
    func reset() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2"])
        ledger.complete()
        #expect(ledger.checkpoints == ["a=1"])
        ledger.admit([.named("y", id: "")])
        #expect(ledger.checkpoints == ["a=1"])
        ledger.complete()
        #expect(ledger.checkpoints == ["a="])
        #expect(ledger.streams[0].runs.losses == 1)
    }

    @Test("what is settled of the open run is stored once all before it is, though the position stays as it was")
    func samePosition() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "1", "2"])
        ledger.complete()
        ledger.stored(ledger.unstored())
        let leases = try (0..<3).map { _ in try ledger.lease() }
        for index in [2, 1] {
            ledger.answer(leases[index], .done)
            ledger.settle()
        }
        #expect(ledger.checkpoints == [])
        ledger.answer(leases[0], .done)
        ledger.settle()
        #expect(ledger.checkpoints == ["a=1+2"])
    }

    @Test("streams have checkpoints of their own")
    func perStream() throws {
        var ledger = Ledger.ofStreams(2)
        ledger.admit(ids: ["1"], of: 0)
        ledger.admit(ids: ["x", "y"], of: 1)
        try ledger.lease()
        ledger.complete()
        #expect(ledger.checkpoints == ["b=x"])
    }

    @Test("a checkpoint is stored once, and again when it has moved, also during the commit")
    func stored() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2"])
        ledger.complete()
        let commit = ledger.unstored()
        ledger.complete()
        ledger.stored(commit)
        #expect(ledger.checkpoints == ["a=1+2"])
        ledger.stored(ledger.unstored())
        #expect(ledger.unstored().isEmpty)
    }

    @Test("a stream resumes after its position, which needs no storing")
    func resume() {
        var ledger = Ledger.ofStreams(2)
        ledger.resume(1, after: Checkpoint(stream: "b", lastEventID: ByteBuffer(string: "41")))
        #expect(ledger.streams.map { String(buffer: $0.lastAdmittedID) } == ["", "41"])
        #expect(ledger.unstored().isEmpty)
        ledger.admit(ids: ["42"], of: 1)
        #expect(String(buffer: ledger.streams[1].lastAdmittedID) == "42")
        #expect(ledger.unstored().isEmpty)
        ledger.complete()
        #expect(ledger.checkpoints == ["b=41+42"])
    }
}
