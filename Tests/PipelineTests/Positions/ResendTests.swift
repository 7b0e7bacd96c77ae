import NIOCore
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A run that the server sends again")
struct ResendTests {
    private func bytes(_ id: String) -> ByteBuffer { ByteBuffer(string: id) }

    private func events(_ id: String, _ data: ClosedRange<Int>) -> [Event] {
        data.map { .named("\($0)", id: id) }
    }

    /// A ledger whose stream goes on from what another one has stored, as after a clean start.
    private func nextLife(after ledger: Ledger) throws -> Ledger {
        var next = Ledger.ofStreams()
        let checkpoint = try #require(ledger.unstored().checkpoints.first)
        next.resume(0, after: checkpoint)
        return next
    }

    @Test("what of it is settled or held is counted, and not admitted; what comes then is new")
    func recognised() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("0", id: "1")] + events("2", 1...4))
        for _ in 0..<3 { ledger.complete() }
        try ledger.lease()
        ledger.opened(0, after: bytes("1"), refused: [])
        #expect(ledger.admit(events("2", 1...6)) == 2)
        #expect(ledger.streams[0].repeated == 4 && ledger.totals.received == 7)
    }

    @Test("also in the next life, but for what was not settled", arguments: [1, 2, 3])
    func nextLife(settled: Int) throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("0", id: "1")] + events("2", 1...3))
        for _ in 0...settled { ledger.complete() }
        var next = try nextLife(after: ledger)
        #expect(next.streams[0].runs.candidates == [bytes("1"), bytes("2")])
        next.opened(0, after: bytes("1"), refused: [])
        #expect(next.admit(events("2", 1...6)) == 6 - settled)
        // The same events have the same places, and so the same identities.
        var ordinals: [UInt64] = []
        while let message = next.leaseNext(to: .first, at: .zero)?.message { ordinals.append(message.runOrdinal) }
        #expect(ordinals == Array(UInt64(settled + 1)...6))
    }

    @Test("holes in what was settled are filled, and the rest is recognised")
    func holes() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("0", id: "1")] + events("2", 1...5))
        let leases = try (0..<6).map { _ in try ledger.lease() }
        for index in [0, 1, 3, 4] { ledger.answer(leases[index], .done) }
        ledger.settle()
        var next = try nextLife(after: ledger)
        next.opened(0, after: bytes("1"), refused: [])
        #expect(next.admit(events("2", 1...5)) == 2)
        #expect(next.streams[0].repeated == 3)
    }

    @Test("an event that is not the one of its place is new, and has a place of its own")
    func goesOn() {
        var ledger = Ledger.ofStreams()
        ledger.admit(events("7", 1...2))
        for _ in 0..<2 { ledger.complete() }
        // Asked without an id, since there is no position: the server goes on with the run.
        ledger.opened(0, after: ByteBuffer(), refused: [])
        #expect(ledger.admit(events("7", 3...4)) == 2)
        let third = ledger.leaseNext(to: .first, at: .zero)
        #expect(third?.message.runOrdinal == 3)
        // Or begins it again.
        ledger.opened(0, after: ByteBuffer(), refused: [])
        #expect(ledger.admit(events("7", 1...5)) == 1)
    }

    @Test("the first 256 settled events are known, and beyond them what is held; the rest is taken again")
    func bound() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("0", id: "1")] + events("2", 1...300))
        for _ in 0...290 { ledger.complete() }
        ledger.opened(0, after: bytes("1"), refused: [])
        #expect(ledger.admit(events("2", 1...301)) == 290 - 256 + 1)
        var next = try nextLife(after: ledger)
        #expect(next.unstored().isEmpty)
        next.opened(0, after: bytes("1"), refused: [])
        #expect(next.admit(events("2", 1...300)) == 300 - 256)
    }

    @Test("what is settled while the run comes again is recognised too")
    func settledMeanwhile() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("0", id: "1")] + events("2", 1...300))
        for _ in 0...256 { ledger.complete() }
        ledger.opened(0, after: bytes("1"), refused: [])
        for _ in 257...300 { ledger.complete() }
        #expect(ledger.admit(events("2", 1...300)) == 0)
    }

    @Test("it is over with another id: older ones are taken as new runs")
    func older() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "3"])
        for _ in 0..<3 { ledger.complete() }
        ledger.opened(0, after: bytes("2"), refused: [])
        #expect(ledger.admit(ids: ["1", "2", "3"]) == 3)
    }

    @Test("a greeting without an id of its own, before the run comes again, changes nothing about it")
    func greeting() {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2"])
        for _ in 0..<2 { ledger.complete() }
        ledger.opened(0, after: bytes("1"), refused: [])
        #expect(ledger.admit([.named("hello", id: "1"), .named("2", id: "2"), .named("3", id: "3")]) == 2)
        ledger.complete()
        #expect(ledger.checkpoints == ["a=2"])
    }

    @Test("what does not come again in the next life, because older runs were not settled, moves no position")
    func notSeen() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit(ids: ["1", "2", "3"])
        for _ in 0..<2 { ledger.complete() }
        var next = Ledger.ofStreams()
        var checkpoint = try #require(ledger.unstored().checkpoints.first)
        checkpoint.openRun = OpenRun(lastEventID: bytes("9"), events: ByteBuffer(integer: UInt64(1)))
        next.resume(0, after: checkpoint)
        next.opened(0, after: bytes("2"), refused: [])
        next.admit(ids: ["3"])
        #expect(next.streams[0].runs.position == bytes("2") && next.streams[0].runs.resumption == bytes("2"))
    }

    @Test("repeated events need no room in a full window")
    func fullWindow() {
        var ledger = Ledger.ofStreams(
            limits: LedgerLimits(inFlight: 3, inFlightBytes: 1000, span: 10, eventBytes: 100))
        ledger.admit([.named("0", id: "1")] + events("2", 1...2))
        ledger.opened(0, after: bytes("1"), refused: [])
        var arrival = Arrival(PackedEvents(events("2", 1...3)))
        let admitted = ledger.admit(&arrival, limit: 64, stream: 0, receivedAt: .zero)
        #expect(admitted == 0)
        #expect(arrival.takenEvents == 2 && ledger.streams[0].repeated == 2)
    }

    @Test("a tail that makes no sense is passed over, and one of the largest size is kept")
    func stored() throws {
        for junk in ["", "x", "12345678", "12345678901234567890"] { _ = Tail.read(bytes(junk)) }
        #expect(Tail.read(ByteBuffer(integer: UInt64.max)) == nil)
        var tail = Tail()
        let hash = KeyedHash(secret: [1])
        for ordinal: UInt64 in (1...300).reversed() {
            let isHeld = tail.settle(.named("\(ordinal)"), ordinal: ordinal, hash)
            #expect(isHeld == (ordinal <= 256))
        }
        let stored = tail.stored(known: 300, hash)
        #expect(stored.readableBytes == 8 + 256 * 18)
        let (read, known) = try #require(Tail.read(stored))
        #expect(known == 300 && read.entries.count == 256)
        #expect(read.holds(.named("7"), ordinal: 7, hash) == true)
        #expect(read.holds(.named("8"), ordinal: 7, hash) == false)
        #expect(read.holds(.named("300"), ordinal: 300, hash) == nil)
        #expect(read.holds(.named("7"), ordinal: 7, KeyedHash(secret: [2])) == false)
    }
}
