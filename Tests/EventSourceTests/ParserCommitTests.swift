import NIOCore
import Testing

@testable import EventSource

@Suite("Parsing: what is committed without an event")
struct ParserCommitTests {
    /// What one chunk commits beside its events, as `events before:id`, an event that was skipped with a `!`.
    private func commits(
        _ input: String, lastEventID: String = "", limits: EventStreamLimits = .init()
    ) throws -> [String] {
        var parser = EventStreamParser(lastEventID: ByteBuffer(string: lastEventID), limits: limits)
        var events: [EventStreamEvent] = []
        try parser.parse(ByteBuffer(string: input), into: &events)
        return parser.commits.map { commit in
            "\(commit.eventsBefore):\(String(buffer: commit.lastEventID))\(commit.isSkippedEvent ? "!" : "")"
        }
    }

    @Test("a blank line without data that commits another ID is told, with its place among the events")
    func blankLines() throws {
        #expect(try commits("id: 1\n\ndata: a\n\nid: 2\n\n") == ["0:1", "1:2"])
        #expect(try commits("data: a\n\nid: 1\ndata: b\n\n\n\n").isEmpty)
        #expect(try commits("id: 1\ndata: a\n\nid: 1\n\n").isEmpty)
        #expect(try commits("id\n\n", lastEventID: "7") == ["0:"])
        #expect(try commits("id: 7\n\n", lastEventID: "7").isEmpty)
    }

    @Test("a skipped event is told, with the ID it had, also when that is the one before")
    func skipped() throws {
        let limits = EventStreamLimits(maximumEventBytes: 4, policy: .skip)
        let input = "id: 1\ndata: a\n\ndata: too large\n\nid: 2\ndata: too large\n\ndata: b\n\n"
        #expect(try commits(input, limits: limits) == ["1:1!", "1:2!"])
        let truncating = EventStreamLimits(maximumEventBytes: 4, policy: .truncate)
        #expect(try commits(input, limits: truncating).isEmpty)
    }

    @Test("of a flood of IDs without events the last two are told")
    func flood() throws {
        let flood = (1...1000).map { "id: \($0)\n\n" }.joined()
        #expect(try commits("id: 0\ndata: a\n\n" + flood + "data: b\n\nid: x\n\n") == ["1:999", "1:1000", "2:x"])
    }

    @Test("each call tells its own, and a new connection begins with none")
    func calls() throws {
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        try parser.parse(ByteBuffer(string: "data: a\n\nid: 1\n"), into: &events)
        #expect(parser.commits.isEmpty)
        try parser.parse(ByteBuffer(string: "\n"), into: &events)
        #expect(parser.commits == [EventStreamCommit(eventsBefore: 1, lastEventID: ByteBuffer(string: "1"))])
        parser.reset()
        #expect(parser.commits.isEmpty)
        try parser.parse(ByteBuffer(string: "data: b\n\n"), into: &events)
        #expect(parser.commits.isEmpty)
    }

    @Test("a call with several chunks tells the commits of all of them, also of those before an event that it fails at")
    func chunks() throws {
        var parser = EventStreamParser(limits: EventStreamLimits(maximumEventBytes: 4))
        var events: [EventStreamEvent] = []
        let chunks = ["data: a\n\nid: 1\n", "\ndata: b\n", "\nid: 2\n\n"].map { ByteBuffer(string: $0) }
        try parser.parse(chunks, into: &events)
        #expect(events.map(\.dataString) == ["a", "b"])
        #expect(parser.commits.map { "\($0.eventsBefore):\(String(buffer: $0.lastEventID))" } == ["1:1", "2:2"])
        let failing = ["id: 3\n\n", "data: c\n\ndata: too large", "\n\n"].map { ByteBuffer(string: $0) }
        #expect(throws: EventStreamParserError.eventTooLarge(limit: 4)) { try parser.parse(failing, into: &events) }
        #expect(events.map(\.dataString) == ["a", "b", "c"])
        #expect(parser.commits.map { "\($0.eventsBefore):\(String(buffer: $0.lastEventID))" } == ["2:3"])
    }
}
