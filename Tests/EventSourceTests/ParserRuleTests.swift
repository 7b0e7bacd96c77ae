import NIOCore
import Testing

@testable import EventSource

@Suite("Parsing, rule by rule")
struct ParserRuleTests {
    private let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    @Test("P1 one leading byte order mark is dropped")
    func leadingMark() {
        #expect(parse(mark + Array("data: a\n\n".utf8)).events == [PlainEvent("a")])
        #expect(parse(mark + Array("\ndata: a\n\n".utf8)).events == [PlainEvent("a")])
    }

    @Test("P1 of two leading byte order marks the second is data")
    func twoMarks() {
        #expect(parse(mark + mark + Array("data: a\n\ndata: b\n\n".utf8)).events == [PlainEvent("b")])
        #expect(parse(mark + Array("data:".utf8) + mark + Array("\n\n".utf8)).events == [PlainEvent("\u{FEFF}")])
    }

    @Test(
        "P1 strings have one U+FFFD per maximal subpart of ill-formed UTF-8",
        arguments: [
            ([0xF0, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xE2, 0x82], "\u{FFFD}"),
            ([0xF0, 0x9F, 0x98, 0x41], "\u{FFFD}A"),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
            ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xE1, 0xA0, 0xC0], "\u{FFFD}\u{FFFD}"),
            ([0xFF], "\u{FFFD}"), ([0xE2, 0x82, 0xAC], "€"),
        ] as [([UInt8], String)])
    func repair(bytes: [UInt8], expected: String) throws {
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        let line = { (name: String) in Array("\(name):".utf8) + bytes + [0x0A] }
        try parser.parse(ByteBuffer(bytes: line("data") + line("id") + line("event") + [0x0A]), into: &events)
        let event = try #require(events.first)
        #expect(event.dataString == expected)
        #expect(event.lastEventIDString == expected)
        #expect(event.typeString == expected)
        #expect(Array(event.data.readableBytesView) == bytes)
    }

    @Test("P2 a byte order mark on a later line belongs to the line")
    func laterMark() {
        #expect(parse(Array("data: a\n\n".utf8) + mark + Array("data: b\n\n".utf8)).events == [PlainEvent("a")])
    }

    @Test("P2 a part of a byte order mark is the first line's bytes")
    func partOfMark() {
        #expect(parse([0xEF, 0xBB] + Array("data: a\n\ndata: b\n\n".utf8)).events == [PlainEvent("b")])
        #expect(parse([0xEF, 0xBB, 0x0A] + Array("data: b\n\n".utf8)).events == [PlainEvent("b")])
        #expect(parse([0xEF, 0xEF, 0xBB, 0xBF, 0x0A] + Array("data: b\n\n".utf8)).events == [PlainEvent("b")])
    }

    @Test("P3 CR LF, LF and CR end lines, mixed as they like")
    func lineEnds() {
        for end in ["\r\n", "\n", "\r"] {
            #expect(data("data: a\(end)data: b\(end)\(end)data: c\(end)\(end)") == ["a\nb", "c"])
        }
        #expect(data("data: a\rdata: b\ndata: c\r\n\n") == ["a\nb\nc"])
        #expect(data("data: a\n\rdata: b\r\r\n") == ["a", "b"])
    }

    @Test("P3 nothing else ends a line", arguments: ["\u{85}", "\u{2028}", "\u{2029}", "\u{B}", "\u{C}", "\u{1C}"])
    func otherLineEnds(separator: String) {
        #expect(data("data: a\(separator)data: b\n\n") == ["a\(separator)data: b"])
    }

    @Test("P3 a CR ends its line without waiting for the next byte")
    func carriageReturnAtOnce() throws {
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        try parser.parse(ByteBuffer(string: "data:a\r\r"), into: &events)
        #expect(events.map(\.dataString) == ["a"])
        try parser.parse(ByteBuffer(string: "\ndata:b\r"), into: &events)
        try parser.parse(ByteBuffer(string: "\n"), into: &events)
        #expect(events.count == 1)
        try parser.parse(ByteBuffer(string: "\r"), into: &events)
        #expect(events.map(\.dataString) == ["a", "b"])
        try parser.parse(ByteBuffer(string: "\n\n"), into: &events)
        #expect(events.count == 2)
    }

    @Test("P4 lines that start with a colon are comments")
    func comments() {
        let outcome = parse(": hello\n:\ndata: a\n:data: b\n\n")
        #expect(outcome.events == [PlainEvent("a")])
        #expect(outcome.comments == [Array(" hello".utf8), [], Array("data: b".utf8)])
        #expect(outcome.counters.comments == 3)
    }

    @Test("P5 the first colon splits, and one space after it is dropped")
    func splitting() {
        #expect(data("data:a\n\n") == ["a"])
        #expect(data("data:  a\n\n") == [" a"])
        #expect(data("data:\ta\n\n") == ["\ta"])
        #expect(data("data: a:b: c \n\n") == ["a:b: c "])
        #expect(data("data: \u{301}x\n\n") == ["\u{301}x"])
        #expect(data("data:\u{301}x\n\n") == ["\u{301}x"])
        #expect(data("data\n\n") == [""])
    }

    @Test(
        "P6 other names are ignored",
        arguments: [
            "Data", "DATA", " data", "data ", "dat", "datas", "data\0", "\u{FEFF}data", "dаta", "e", "i", "r", "retr",
            "x",
        ])
    func names(name: String) {
        #expect(parse(":\n\(name): a\n\(name)\n\n").events.isEmpty)
        #expect(parse(":\n\(name): a\ndata: b\n\n").events == [PlainEvent("b")])
    }

    @Test("P7 the last event field wins, an empty one resets it, and it holds for one block")
    func types() {
        #expect(parse("event: a\nevent: b\ndata\n\n").events == [PlainEvent("", type: "b")])
        #expect(parse("event: a\nevent\ndata\n\n").events == [PlainEvent("")])
        #expect(parse("event: a\n\ndata: x\n\n").events == [PlainEvent("x")])
        #expect(parse("event: a\ndata: x\n\ndata: y\n\n").events == [PlainEvent("x", type: "a"), PlainEvent("y")])
    }

    @Test("P7 an ID that holds NUL is ignored")
    func idWithNUL() {
        #expect(parse("id: 1\nid: 2\0\ndata: a\n\n").events == [PlainEvent("a", id: "1")])
    }

    @Test(
        "P7 retry takes ASCII digits only, in decimal",
        arguments: [
            ("3000", 3000), ("03000", 3000), ("0", 0), ("", nil), ("  1", nil), ("1 ", nil), ("-1", nil), ("+1", nil),
            ("1.5", nil),
            ("0x10", nil), ("1e3", nil), ("١٢", nil), ("１２", nil), ("9223372036854775807", Int64.max),
            ("9223372036854775808", Int64.max), ("99999999999999999999999999", Int64.max),
        ] as [(String, Int64?)])
    func retry(value: String, expected: Int64?) {
        #expect(parse("retry: \(value)\n").retry == expected.map { .milliseconds($0) })
        #expect(parse("retry: 7\nretry: \(value)\n").retry == .milliseconds(expected ?? 7))
    }

    @Test("P7 retry acts at once, not at the blank line")
    func retryAtOnce() {
        #expect(parse("retry: 10\n").retry == .milliseconds(10))
        #expect(parse("retry: 10").retry == nil)
    }

    @Test("P8 a block without data dispatches nothing, but commits its ID")
    func idWithoutData() {
        let outcome = parse("id: 5\n\ndata: a\n\n")
        #expect(outcome.events == [PlainEvent("a", id: "5")])
        #expect(parse("id: 5\n\n").lastEventID == Array("5".utf8))
    }

    @Test("P8 the ID stays for the events that follow")
    func idStays() {
        #expect(
            parse("id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n").events
                == [PlainEvent("a", id: "1"), PlainEvent("b", id: "1"), PlainEvent("c", id: "2")])
    }

    @Test("an event says whether its ID is its own, or goes on from one before it")
    func ownID() {
        #expect(parse("data: a\n\nid: 1\ndata: b\n\ndata: c\n\n").ownIDs == [false, true, false])
        // The same ID said again, an empty one, and one that came in a block without data.
        #expect(parse("id: 1\ndata: a\n\nid: 1\ndata: b\n\n").ownIDs == [true, true])
        #expect(parse("id: 1\ndata: a\n\nid\ndata: b\n\ndata: c\n\n").ownIDs == [true, true, false])
        #expect(parse("id: 1\n\n\n\ndata: a\n\ndata: b\n\n").ownIDs == [true, false])
        // One that does not count, and the one that the connection was asked for with.
        #expect(parse("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n").ownIDs == [true, false])
        #expect(parse("data: a\n\n", lastEventID: "1").ownIDs == [false])
    }

    @Test("P9 data alone gives an empty event, twice a line feed")
    func emptyData() {
        #expect(data("data\n\n") == [""])
        #expect(data("data:\n\n") == [""])
        #expect(data("data\ndata\n\n") == ["\n"])
        #expect(data("data\n\ndata\ndata\n\ndata:") == ["", "\n"])
        #expect(data("data: a\ndata\n\n") == ["a\n"])
    }

    @Test("P9 an empty ID resets the ID")
    func emptyID() {
        let outcome = parse("id: 1\ndata: a\n\nid\ndata: b\n\n", lastEventID: "0")
        #expect(outcome.events == [PlainEvent("a", id: "1"), PlainEvent("b")])
        #expect(outcome.lastEventID.isEmpty)
    }

    @Test("P10 what is pending at the end is discarded")
    func pendingIsDiscarded() throws {
        #expect(data("data: a\n\ndata: b\n") == ["a"])
        #expect(data("data: a\n\ndata: b") == ["a"])
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        try parser.parse(ByteBuffer(string: "id: 1\ndata: a\n\nid: 2\nevent: x\ndata: b\ndata: c"), into: &events)
        parser.reset()
        try parser.parse(ByteBuffer(string: "\ndata: d\n\n"), into: &events)
        #expect(events.map(PlainEvent.init) == [PlainEvent("a", id: "1"), PlainEvent("d", id: "1")])
        #expect(events.map(\.hasOwnID) == [true, false])
    }

    @Test("P10 a reset forgets half a CR LF, half a byte order mark and keeps retry")
    func reset() throws {
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        try parser.parse(ByteBuffer(string: "retry: 5\ndata: a\r"), into: &events)
        parser.reset()
        try parser.parse(ByteBuffer(string: "\ndata: b\n\n"), into: &events)
        parser.reset()
        try parser.parse(ByteBuffer(bytes: [0xEF, 0xBB]), into: &events)
        parser.reset()
        try parser.parse(ByteBuffer(bytes: mark + Array("data: c\n\n".utf8)), into: &events)
        #expect(events.map(\.dataString) == ["b", "c"])
        #expect(parser.retry == .milliseconds(5))
    }

    @Test("P11 NUL is legal in data, type and comments")
    func nul() {
        let outcome = parse(":\0\nevent: \0\ndata: a\0b\n\n")
        #expect(outcome.events == [PlainEvent("a\0b", type: "\0")])
    }

    @Test("P13 the ID for a reconnect is the one committed by a blank line")
    func committedID() {
        #expect(parse("id: 1\n\nid: 2\n").lastEventID == Array("1".utf8))
        #expect(parse("data: x\n\n", lastEventID: "9").events == [PlainEvent("x", id: "9")])
        #expect(parse("id: 2", lastEventID: "9").lastEventID == Array("9".utf8))
    }

    @Test("the course feed's event: a quoted name, a blank line, then the data")
    func courseFeed() {
        let block = "event: \"message\"\n\ndata: {\"message\": panic}\n\n"
        #expect(parse(block + block).events == Array(repeating: PlainEvent("{\"message\": panic}"), count: 2))
    }

    @Test("a one-line event in one chunk is a slice of it, not a copy")
    func zeroCopy() throws {
        let chunk = ByteBuffer(string: "event: x\ndata: hello\n\n")
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        try parser.parse(chunk, into: &events)
        let start = chunk.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        let event = try #require(events.first)
        #expect(event.data.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == start + 15)
    }
}
