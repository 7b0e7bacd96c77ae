import NIOCore
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The window of what may be in flight")
struct LedgerWindowTests {
    private func limits(
        inFlight: Int = 1000, bytes: Int = 1 << 20, span: Int = 4000, event: Int = 1 << 10
    )
        -> LedgerLimits
    {
        LedgerLimits(inFlight: inFlight, inFlightBytes: bytes, span: span, eventBytes: event)
    }

    private func events(_ count: Int, bytes: Int = 1) -> [Event] {
        Array(repeating: .ofBytes(bytes), count: count)
    }

    @Test("a batch is admitted in parts, as far as there is room")
    func messages() {
        var ledger = Ledger.ofStreams(limits: limits(inFlight: 10))
        let batch = events(25)
        #expect(ledger.admit(batch) == 10)
        #expect(ledger.admit(batch, from: 10, upTo: 25, stream: 0, receivedAt: .zero) == 0)
        for _ in 0..<3 { ledger.complete() }
        #expect(ledger.admit(batch, from: 10, upTo: 12, stream: 0, receivedAt: .zero) == 2)
        #expect(ledger.admit(batch, from: 12, upTo: 25, stream: 0, receivedAt: .zero) == 1)
        #expect(ledger.inFlight == 10)
    }

    @Test("data, type and id count as bytes")
    func heldBytes() {
        var ledger = Ledger.ofStreams()
        ledger.admit([
            Event(id: .init(string: "f"), type: .init(string: "abc"), data: .init(string: "de"))
        ])
        #expect(ledger.inFlightBytes == 6)
        ledger.complete()
        #expect(ledger.inFlightBytes == 0)
    }

    @Test("one stream may hold all the bytes when it is alone")
    func bytes() {
        var ledger = Ledger.ofStreams(limits: limits(bytes: 100, event: 10))
        #expect(ledger.admit(events(20, bytes: 9)) == 11)
        #expect(ledger.inFlightBytes == 99)
        #expect(!ledger.hasRoom(for: 2, of: 0))
        #expect(ledger.hasRoom(for: 1, of: 0))
    }

    @Test("a message larger than the whole window is let in alone")
    func oversized() {
        var ledger = Ledger.ofStreams(limits: limits(bytes: 100))
        #expect(ledger.admit([.ofBytes(500), .ofBytes(1)]) == 1)
        #expect(!ledger.hasRoom(for: 1, of: 0))
        ledger.complete()
        #expect(ledger.admit([.ofBytes(1), .ofBytes(500)]) == 1)
    }

    @Test("half of the messages are shared, the other half is reserved in equal parts", arguments: [2, 3, 4])
    func messageReserve(_ streams: Int) {
        var ledger = Ledger.ofStreams(streams, limits: limits(inFlight: 120))
        let reserve = 60 / streams
        #expect(ledger.admit(events(200), of: 0) == 60 + reserve)
        for stream in 1..<streams { #expect(ledger.admit(events(200), of: stream) == reserve) }
        #expect(ledger.inFlight == 120)
    }

    @Test("half of the bytes are shared, the other half is reserved in equal parts", arguments: [2, 3, 4])
    func byteReserve(_ streams: Int) {
        var ledger = Ledger.ofStreams(streams, limits: limits(bytes: 1200, event: 10))
        let reserve = 600 / streams
        #expect(ledger.admit(events(500, bytes: 10), of: 0) == (600 + reserve) / 10)
        for stream in 1..<streams { #expect(ledger.admit(events(500, bytes: 10), of: stream) == reserve / 10) }
        #expect(ledger.inFlightBytes == 1200)
    }

    @Test("the reserve has room for one event of any allowed size")
    func largeEvents() {
        var ledger = Ledger.ofStreams(2, limits: limits(bytes: 100, event: 40))
        #expect(ledger.admit(events(100), of: 0) == 60)
        #expect(ledger.admit([.ofBytes(40)], of: 1) == 1)
    }

    @Test("of a small window each stream has one message for itself, as long as there are enough")
    func smallWindow() {
        var ledger = Ledger.ofStreams(4, limits: limits(inFlight: 5))
        #expect(ledger.admit(events(9), of: 0) == 2)
        for stream in 1..<4 { #expect(ledger.admit(events(9), of: stream) == 1) }
        var tiny = Ledger.ofStreams(4, limits: limits(inFlight: 3))
        #expect(tiny.admit(events(9), of: 0) == 3)
        #expect(tiny.admit(events(9), of: 1) == 0)
    }

    @Test("only what a message takes beyond the stream's part is taken from the shared half")
    func partlyShared() {
        // Parts of 25, 50 shared.
        var ledger = Ledger.ofStreams(2, limits: limits(bytes: 100, event: 10))
        ledger.admit(events(1, bytes: 20), of: 0)
        ledger.admit(events(7, bytes: 10), of: 1)
        #expect(ledger.admit([.ofBytes(10)], of: 0) == 1)
        #expect(ledger.inFlightBytes == 100)
    }

    @Test("a straggler bounds how far its stream runs ahead of it, and no other stream")
    func span() throws {
        var ledger = Ledger.ofStreams(2, limits: limits(inFlight: 1000, span: 5))
        ledger.admit([.named("straggler")])
        let straggler = try ledger.lease()
        #expect(ledger.admit(events(10)) == 4)
        for _ in 0..<4 { ledger.complete() }
        #expect(ledger.inFlight == 1)
        #expect(ledger.admit(events(10)) == 0)
        #expect(ledger.admit(events(10), of: 1) == 5)
        ledger.answer(straggler, .done)
        ledger.settle()
        #expect(ledger.admit(events(10)) == 5)
    }

    @Test(
        "no stream holds more of the window than the others leave it, whatever comes and goes",
        arguments: 1...20 as ClosedRange<UInt64>)
    func shareIsBounded(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...5, using: &random)
        let limits = LedgerLimits(
            inFlight: .random(in: 1...30, using: &random), inFlightBytes: .random(in: 10...300, using: &random),
            span: 1000,
            eventBytes: .random(in: 1...100, using: &random))
        var window = LedgerWindow(limits: limits, streams: count)
        let reserve = limits.reserve(streams: count)
        var held: [[Int]] = Array(repeating: [], count: count)
        for _ in 0..<2000 {
            let stream = Int.random(in: 0..<count, using: &random)
            if Bool.random(using: &random) {
                let bytes = Int.random(in: 0...min(limits.eventBytes, limits.inFlightBytes), using: &random)
                let messages = held.reduce(0) { $0 + $1.count }
                let total = held.joined().reduce(0, +)
                let mine = held[stream].reduce(0, +)
                let othersBeyond = held.indices.filter { $0 != stream }.reduce(0) {
                    $0 + max(0, held[$1].reduce(0, +) - reserve.bytes)
                }
                let others = held.indices.filter { $0 != stream }.reduce(0) {
                    $0 + max(0, held[$1].count - reserve.messages)
                }
                let fitsMessages =
                    messages < limits.inFlight
                    && (held[stream].count < reserve.messages
                        || others + held[stream].count - reserve.messages < limits.inFlight - count * reserve.messages)
                let beyond = max(0, mine + bytes - reserve.bytes)
                let fitsBytes =
                    total + bytes <= limits.inFlightBytes
                    && (held[stream].isEmpty || beyond == 0
                        || othersBeyond + beyond <= limits.inFlightBytes - count * reserve.bytes)
                let hasRoom = window.hasRoom(for: bytes, of: stream)
                #expect(hasRoom == (messages == 0 || fitsMessages && fitsBytes))
                guard hasRoom else { continue }
                window.add(bytes, of: stream)
                held[stream].append(bytes)
            } else if let bytes = held[stream].popLast() {
                window.remove(bytes, of: stream)
            }
            #expect(window.taken.messages == held.reduce(0) { $0 + $1.count })
            #expect(window.taken.messages <= limits.inFlight)
            #expect(window.taken.bytes == held.joined().reduce(0, +))
            #expect(window.taken.bytes <= limits.inFlightBytes)
        }
    }
}
