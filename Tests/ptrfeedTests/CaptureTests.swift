import NIOCore
import Testing

@testable import ptrfeed

@Suite("A capture")
struct CaptureTests {
    private func events(_ text: String, _ count: Int? = nil) throws -> [String] {
        let capture = try #require(Capture(ByteBuffer(string: text)))
        return (1...(count ?? capture.count)).map { position in
            var buffer = ByteBuffer()
            capture.write(position: position, to: &buffer)
            return String(buffer: buffer)
        }
    }

    @Test("is cut behind the blank line of each event, whatever ends its lines")
    func lineEnds() throws {
        #expect(try events("data: a\n\ndata: b\n\n") == ["data: a\n\n", "data: b\n\n"])
        #expect(try events("data: a\r\n\r\ndata: b\r\n\r\n") == ["data: a\r\n\r\n", "data: b\r\n\r\n"])
        #expect(try events("data: a\r\rdata\r\r") == ["data: a\r\r", "data\r\r"])
        #expect(try events("data: a\n\r\ndata: b\r\n\n") == ["data: a\n\r\n", "data: b\r\n\n"])
    }

    @Test("a block without data goes with the event after it, or with the last one")
    func withoutData() throws {
        let course = "event: \"message\"\n\ndata: {}\n\n"
        #expect(try events(course + course) == [course, course])
        #expect(
            try events(":ok\n\ndata: a\n\n\n\ndata: b\n\n: end\n\n") == [
                ":ok\n\ndata: a\n\n", "\n\ndata: b\n\n: end\n\n",
            ])
        #expect(try events("dataset: no field of ours\n\ndata: a\n\n").count == 1)
    }

    @Test(
        "keeps every byte",
        arguments: [
            "data: a", "data: a\n", "\r\r\n\n", ":", "\u{FEFF}data: é\n\nid: 4\n\ndata: b\n\nev",
            "event: x\ndata: 1\ndata: 2\n\n",
        ])
    func identity(text: String) throws {
        #expect(Array(try events(text).joined().utf8) == Array(text.utf8))
    }

    @Test("of no bytes is none")
    func empty() {
        #expect(Capture(ByteBuffer()) == nil)
    }

    @Test("a second pass reads as the first one did")
    func secondPass() throws {
        #expect(try events("data: a\n\ndata: b\n\n", 3)[2] == "data: a\n\n")
        #expect(try events("data: a\n\ndata: b", 3) == ["data: a\n\n", "data: b", "\n\ndata: a\n\n"])
        #expect(try events("\u{FEFF}data: a\n\n", 2) == ["\u{FEFF}data: a\n\n", "data: a\n\n"])
    }
}
