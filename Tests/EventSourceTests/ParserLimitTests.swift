import NIOCore
import Testing

@testable import EventSource

@Suite("Limits of the parser")
struct ParserLimitTests {
    private func limits(_ policy: EventStreamLimits.Policy, event: Int = 10, line: Int = 64) -> EventStreamLimits {
        EventStreamLimits(maximumEventBytes: event, maximumLineBytes: line, policy: policy)
    }

    private let long = String(repeating: "x", count: 100)

    @Test("C9 an event of exactly the limit passes")
    func exact() {
        for policy in EventStreamLimits.Policy.allCases {
            #expect(
                parse("data: 0123456789\n\ndata: 01234\ndata: 6789\n\n", limits: limits(policy)).events
                    == [PlainEvent("0123456789"), PlainEvent("01234\n6789")])
        }
    }

    @Test("C9 fail: events before the large one are given, then the error, and again until a reset")
    func fail() throws {
        let outcome = parse("id: 1\ndata: a\n\nid: 2\ndata: 0123456789A\n\ndata: b\n\n", limits: limits(.fail))
        #expect(outcome.events == [PlainEvent("a", id: "1")])
        #expect(outcome.error == .eventTooLarge(limit: 10))
        #expect(outcome.lastEventID == Array("1".utf8))
        #expect(parse("data: 01234\ndata: 56789\n", limits: limits(.fail)).error == .eventTooLarge(limit: 10))
        #expect(parse(long, limits: limits(.fail)).error == .lineTooLong(limit: 64))

        var parser = EventStreamParser(limits: limits(.fail))
        var events: [EventStreamEvent] = []
        #expect(throws: EventStreamParserError.lineTooLong(limit: 64)) {
            try parser.parse(ByteBuffer(string: long), into: &events)
        }
        #expect(throws: EventStreamParserError.lineTooLong(limit: 64)) {
            try parser.parse(ByteBuffer(string: "\n\ndata: b\n\n"), into: &events)
        }
        parser.reset()
        try parser.parse(ByteBuffer(string: "data: b\n\n"), into: &events)
        #expect(events.map(\.dataString) == ["b"])
    }

    @Test("C9 skip: the large event is dropped and counted, its ID holds")
    func skip() {
        for block in [
            "data: 0123456789A", "data: 01234\ndata: 56789\ndata: x", "data: \(long)", "event: \(long)\ndata: a",
        ] {
            let outcome = parse("id: 2\n\(block)\nid: 3\n\ndata: b\n\n", limits: limits(.skip))
            #expect(outcome.events == [PlainEvent("b", id: "3")], "\(block)")
            #expect(outcome.counters.skippedEvents == 1)
            #expect(outcome.error == nil)
        }
    }

    @Test("the ID of an event that was dropped is no later one's own")
    func ownIDOfDropped() {
        let outcome = parse("id: 1\ndata: \(long)\n\ndata: a\n\nid: 2\ndata: b\n\n", limits: limits(.skip))
        #expect(outcome.events == [PlainEvent("a", id: "1"), PlainEvent("b", id: "2")])
        #expect(outcome.ownIDs == [false, true])
    }

    @Test("C9 truncate: the large event comes with its first bytes and is counted")
    func truncate() {
        let cases = [
            ("data: 0123456789A", "0123456789"), ("data: 01234\ndata: 56789\ndata: x", "01234\n5678"),
            ("data: 0123456789\ndata: x", "0123456789"), ("data: 012345678\ndata: x", "012345678\n"),
            ("data: \(long)\ndata: x", "xxxxxxxxxx"),
        ]
        for (block, data) in cases {
            let outcome = parse("id: 2\n\(block)\nid: 3\n\ndata: b\n\n", limits: limits(.truncate))
            #expect(outcome.events == [PlainEvent(data, id: "3"), PlainEvent("b", id: "3")], "\(block)")
            #expect(outcome.counters.truncatedEvents == 1)
        }
    }

    @Test("C9 truncate: a line over its own limit is cut before the event's limit is looked at")
    func truncateLine() {
        let outcome = parse("data: \(long)\n\n", limits: limits(.truncate, event: 1000))
        #expect(outcome.events == [PlainEvent(String(repeating: "x", count: 58))])
        #expect(outcome.counters.truncatedEvents == 1)
    }

    @Test(
        "C9 a comment or an unknown field over the limit harms no event",
        arguments: [EventStreamLimits.Policy.skip, .truncate])
    func harmless(policy: EventStreamLimits.Policy) {
        let outcome = parse("data: a\n:\(long)\n\(long)\nretry: \(long)\n\n", limits: limits(policy))
        #expect(outcome.events == [PlainEvent("a")])
        #expect(
            outcome.counters
                == {
                    var counters = EventStreamCounters(); counters.comments = 1; return counters
                }())
    }

    @Test("C9 an ID over the limit is ignored and counted: a part of it would be another ID")
    func longID() {
        let outcome = parse("id: 1\n\nid: \(long)\ndata: a\n\n", limits: limits(.truncate))
        #expect(outcome.events == [PlainEvent("a", id: "1")])
        #expect(outcome.counters.ignoredIDs == 1)
    }

    @Test("C9 a block that is over the limit without having data is no event")
    func largeTypeWithoutData() {
        let outcome = parse("event: \(long)\n\ndata: a\n\n", limits: limits(.skip))
        #expect(outcome.events == [PlainEvent("a")])
        #expect(outcome.counters.skippedEvents == 0)
    }

    @Test("C9 skipping a line of 1 GiB, and an event of 1 GiB in many lines, holds no more than the limit")
    func gibibyte() throws {
        var parser = EventStreamParser(limits: limits(.skip, event: 1 << 20, line: 2 << 20))
        var events: [EventStreamEvent] = []
        let mebibyte = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
        try parser.parse(ByteBuffer(string: "id: 1\ndata: "), into: &events)
        for _ in 0..<1024 {
            try parser.parse(mebibyte, into: &events)
            #expect(parser.heldBytes <= 2 << 20)
        }
        try parser.parse(ByteBuffer(string: "\n\nid: 2\n"), into: &events)
        var line = ByteBuffer(string: "data: ")
        line.writeRepeatingByte(UInt8(ascii: "x"), count: (1 << 20) - 7)
        line.writeString("\n")
        for _ in 0..<1024 {
            try parser.parse(line, into: &events)
            #expect(parser.heldBytes <= 2 << 20)
        }
        try parser.parse(ByteBuffer(string: "\ndata: a\n\n"), into: &events)
        #expect(events.map(PlainEvent.init) == [PlainEvent("a", id: "2")])
        #expect(parser.counters.skippedEvents == 2)
    }

    @Test("C11 a line of 50 MB in chunks of 1460 bytes is scanned once")
    func drippedLine() throws {
        var parser = EventStreamParser(limits: EventStreamLimits(maximumEventBytes: 64 << 20))
        var events: [EventStreamEvent] = []
        let chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1460)
        try parser.parse(ByteBuffer(string: "data: "), into: &events)
        for _ in 0..<34_247 { try parser.parse(chunk, into: &events) }
        try parser.parse(ByteBuffer(string: "\n\n"), into: &events)
        #expect(events.map(\.data.readableBytes) == [34_247 * 1460])
    }

    @Test("C11 an event of many lines is joined without copying it for each")
    func manyLines() throws {
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        var chunk = ByteBuffer()
        for _ in 0..<1000 { chunk.writeString("data: 0123456789\n") }
        for _ in 0..<200 { try parser.parse(chunk, into: &events) }
        try parser.parse(ByteBuffer(string: "\n"), into: &events)
        #expect(events.map(\.data.readableBytes) == [200_000 * 11 - 1])
    }

    @Test("IDs do not keep the chunk alive that they came in")
    func idsAreSmall() throws {
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        var chunk = ByteBuffer(string: "id: 1\n\nid: 2\n:")
        chunk.writeRepeatingByte(UInt8(ascii: "x"), count: 1 << 20)
        try parser.parse(chunk, into: &events)
        #expect(parser.lastEventID == ByteBuffer(string: "1"))
        #expect(parser.lastEventID.storageCapacity < 64)
        let uncommitted = try #require(parser.uncommittedID)
        #expect(uncommitted == ByteBuffer(string: "2"))
        #expect(uncommitted.storageCapacity < 64)

        // Nor the block in which a line was put together that a chunk's end cut.
        var cut = EventStreamParser()
        try cut.parse(ByteBuffer(string: "i"), into: &events)
        try cut.parse(ByteBuffer(string: "d: 3\ndata: a\n\n"), into: &events)
        #expect(cut.lastEventID == ByteBuffer(string: "3"))
        #expect(cut.lastEventID.storageCapacity < 64)
    }

    @Test("limits are brought into their bounds")
    func bounds() {
        let limits = EventStreamLimits(maximumEventBytes: 0, maximumLineBytes: 1)
        #expect(limits.maximumEventBytes == 1)
        #expect(limits.maximumLineBytes == 64)
        #expect(EventStreamLimits(maximumEventBytes: .max).maximumLineBytes == 1 << 30)
    }
}

extension EventStreamParser {
    /// The bytes that the parser holds between calls.
    fileprivate var heldBytes: Int {
        carry.count + dataBytes + (uncommittedID?.readableBytes ?? 0) + (type?.readableBytes ?? 0)
    }
}
