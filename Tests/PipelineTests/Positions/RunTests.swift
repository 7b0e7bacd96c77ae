import NIOCore
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Runs of ids, and the position that follows from them")
struct RunTests {
    private func bytes(_ id: String) -> ByteBuffer { ByteBuffer(string: id) }

    private func commit(_ id: String, before: Int = 0, isSkipped: Bool = false) -> EventCommit {
        EventCommit(eventsBefore: before, id: bytes(id), isSkippedEvent: isSkipped)
    }

    @Test("while a run may go on, its id is no position, however much of it is settled")
    func openRun() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "2", "2"])
        for _ in 0..<4 { ledger.complete() }
        #expect(ledger.checkpoints == ["a=1+2"])
        #expect(ledger.streams[0].runs.candidates == [bytes("1"), bytes("2")])
        ledger.admit(ids: ["3"])
        #expect(ledger.checkpoints == ["a=2"])
    }

    @Test("an id that returns begins a new run")
    func returning() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "1"])
        for _ in 0..<3 { ledger.complete() }
        #expect(ledger.checkpoints == ["a=2+1"])
    }

    @Test("skipped events and blank lines move the position as settled events do, in their order among them")
    func commits() {
        var ledger = Ledger.ofStreams()
        let commits = [commit("2", before: 1), commit("3", before: 1, isSkipped: true), commit("5", before: 2)]
        var arrival = Arrival(
            PackedEvents([.named("a", id: "1"), .named("b", id: "4")]), commits: commits)
        let admitted = ledger.admit(&arrival, limit: 64, stream: 0, receivedAt: .zero)
        #expect(admitted == 2)
        #expect(arrival.isTaken && ledger.checkpoints == [])
        ledger.complete()
        #expect(ledger.checkpoints == ["a=3"])
        ledger.complete()
        #expect(ledger.checkpoints == ["a=4"])
        var blank = Arrival(PackedEvents([]), commits: [commit("6"), commit("7")])
        _ = ledger.admit(&blank, limit: 64, stream: 0, receivedAt: .zero)
        #expect(ledger.checkpoints == ["a=6"])
    }

    @Test("a flood of ids without events, while a message is not settled, holds no memory")
    func flood() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["first"])
        for number in 0..<10_000 {
            var arrival = Arrival(PackedEvents([]), commits: [commit("\(number)")])
            _ = ledger.admit(&arrival, limit: 64, stream: 0, receivedAt: .zero)
        }
        #expect(ledger.streams[0].runs.openNumber == 2)
        ledger.complete()
        #expect(ledger.checkpoints == ["a=9998"])
    }

    @Test("a stream that never gave an id has no position, no tail and nothing to store, and recognises nothing")
    func withoutIDs() {
        var ledger = Ledger.ofStreams()
        for _ in 0..<3 {
            ledger.opened(0, after: ByteBuffer(), refused: [])
            #expect(ledger.admit([.named("same"), .named("same")]) == 2)
            ledger.complete()
        }
        #expect(ledger.checkpoints == [] && ledger.streams[0].repeated == 0)
        #expect(ledger.streams[0].runs.candidates == [])
    }

    @Test("once an id is taken back there is no position, and the ids before are nobody's")
    func reset() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "", ""])
        #expect(ledger.streams[0].runs.candidates == [])
        for _ in 0..<4 { ledger.complete() }
        #expect(ledger.checkpoints == ["a="] || ledger.checkpoints == [])
        #expect(ledger.streams[0].runs.position.readableBytes == 0)
        ledger.admit(ids: ["3", "4"])
        ledger.complete()
        #expect(ledger.checkpoints == ["a=3"])
    }

    @Test("an id that is too long, or that no header can hold, is not sent back; the latest earlier one that fits is")
    func unusableIDs() {
        for long in [String(repeating: "x", count: 8193), "a\nb", "a\u{7F}"] {
            var ledger = Ledger.ofStreams()
            ledger.admit(ids: ["1", long, "3"])
            for _ in 0..<2 { ledger.complete() }
            #expect(ledger.checkpoints == ["a=1"])
            #expect(ledger.streams[0].runs.candidates == [bytes("1"), bytes("3")])
            ledger.admit(ids: ["4", long])
            for _ in 0..<3 { ledger.complete() }
            #expect(ledger.checkpoints == ["a=4"] || ledger.checkpoints == ["a=4+\(long)"])
            #expect(ledger.streams[0].runs.candidates == [bytes("4")])
        }
    }

    @Test("of settled runs behind one that is not, only the last keeps its id", arguments: [false, true])
    func memory(isBackwards: Bool) throws {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: (1...100).map { "\($0)" })
        let leases = try (0..<100).map { _ in try ledger.lease() }
        for lease in isBackwards ? leases[1...].reversed() : Array(leases[1...]) {
            ledger.answer(lease, .done)
            ledger.settle()
        }
        // The first is not settled, the last but one decides, and the last run is open.
        #expect(ledger.streams[0].runs.heldIDs <= 2)
        ledger.answer(leases[0], .done)
        ledger.settle()
        #expect(ledger.checkpoints == ["a=99+100"])
    }

    @Test("a refused position: where the server takes the open run's id, the stream goes on there")
    func adopted() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "2"])
        ledger.complete()
        ledger.opened(0, after: bytes("2"), refused: [bytes("1")])
        #expect(ledger.streams[0].refusals == 1)
        #expect(ledger.streams[0].runs.candidates == [bytes("2")])
        // Not before what is held of the run is settled.
        #expect(ledger.checkpoints == ["a=1"])
        ledger.admit(ids: ["2", "3"])
        for _ in 0..<2 { ledger.complete() }
        #expect(ledger.checkpoints == ["a=2"])
        #expect(ledger.totals.received == 5)
    }

    @Test("where it takes none, there is no position, nothing is recognised, and both are counted")
    func abandoned() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2"])
        for _ in 0..<2 { ledger.complete() }
        ledger.opened(0, after: ByteBuffer(), refused: [bytes("1"), bytes("2")])
        #expect(ledger.checkpoints == ["a="])
        #expect(ledger.streams[0].refusals == 1 && ledger.streams[0].runs.losses == 1)
        #expect(ledger.streams[0].runs.candidates == [])
        #expect(ledger.admit(ids: ["2"]) == 1)
    }

    @Test("a write that ends when the stream's place is another's does not count as that one's")
    func lateCommit() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2"])
        for _ in 0..<2 { ledger.complete() }
        let late = ledger.unstored()
        ledger.begin(StreamLedger(name: StreamName(name: "a", index: 0)))
        ledger.admit(ids: ["1", "2"])
        for _ in 0..<2 { ledger.complete() }
        ledger.stored(late)
        #expect(ledger.checkpoints == ["a=1+2"])
    }
}

extension Runs {
    /// How many ids are held of closed runs.
    var heldIDs: Int { Mirror(reflecting: self).descendant("closed").map { closedIDs(in: $0) } ?? 0 }

    private func closedIDs(in closed: Any) -> Int {
        (closed as? any Sequence)?.closedIDs ?? 0
    }
}

extension Sequence {
    fileprivate var closedIDs: Int {
        reduce(0) { count, run in
            count + ((Mirror(reflecting: run).descendant("id") as? ByteBuffer?).flatMap { $0 } == nil ? 0 : 1)
        }
    }
}
