import NIOCore
import Templates
import TestKit
import Testing
import Writing

@testable import Flow
@testable import Handlers
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

extension Message {
    /// A message for whoever prints it.
    init(_ data: String, type: String? = nil, id: String = "") {
        self.init(ByteBuffer(string: data), type: type, id: id)
    }

    init(_ data: ByteBuffer, type: String? = nil, id: String = "") {
        self.init(
            sequence: 7, stream: StreamName(name: "wiki", index: 0), ordinal: 1,
            event: Event(id: ByteBuffer(string: id), type: type.map { ByteBuffer(string: $0) }, data: data),
            receivedAt: .seconds(90))
    }
}

@Suite("A printed line")
struct LineFormatTests {
    private func line(_ format: LineFormat, _ message: Message) -> String {
        var (renderer, findings, line) = (LineRenderer(format), FormatFindings(format), [UInt8]())
        renderer.append(message, to: &line, &findings)
        return String(decoding: line, as: UTF8.self)
    }

    private func line(_ format: LineFormat, _ data: String) -> String { line(format, Message(data)) }

    private func line(_ template: String, _ message: Message) throws -> String {
        line(LineFormat(try Template(template)) { Int64($0 / .microseconds(1)) }, message)
    }

    private func line(_ template: String, _ data: String) throws -> String { try line(template, Message(data)) }

    @Test("is the data as it came, when there is no format")
    func raw() {
        #expect(line(.rawData, #"{"a": 1}"#) == #"{"a": 1}"#)
        #expect(line(.rawData, "not JSON") == "not JSON")
        #expect(line(.rawData, "") == "")
    }

    @Test("is made of text and of values from the payload")
    func values() throws {
        #expect(
            try line("{user.name}: {texts[1]}", #"{"user": {"name": "Ada"}, "texts": ["a", "b"]}"#) == "Ada: b")
    }

    @Test("has what the event has beside its data")
    func event() throws {
        let template = "{@stream} {@sequence} {@received} {@event} {@id|none}: {@data}"
        #expect(
            try line(template, Message("x\ny", type: "edit", id: "4"))
                == #"wiki 7 1970-01-01T00:01:30.000000Z edit 4: x\ny"#)
        #expect(try line("{@event} {@id|none}", "") == "message none")
    }

    @Test(
        "writes every kind of value",
        arguments: [
            (#""text""#, "text"), ("12", "12"), ("1.5", "1.5"), ("true", "true"), ("false", "false"), ("null", ""),
            ("0", "0"), ("1", "1"), ("[1, 2]", "[1,2]"), (#"{"a": "x/y", "b": 1}"#, #"{"a":"x/y","b":1}"#),
            ("12345678901234567", "12345678901234567"), (#""ümläut 🙂""#, "ümläut 🙂"),
        ])
    func kinds(_ json: String, _ text: String) throws {
        #expect(try line("{v}", #"{"v": \#(json)}"#) == text)
    }

    @Test("leaves a value out that is not there")
    func missing() throws {
        #expect(try line("<{a.b}>", #"{"a": {}}"#) == "<>")
        #expect(try line("<{a.b}>", #"{"a": [1]}"#) == "<>")
        #expect(try line("{3}", "[1, 2]") == "")
    }

    @Test("is the data as it came when that is not JSON, and would have to be")
    func notJSON() throws {
        #expect(try line("{a}", "[DONE]") == "[DONE]")
        #expect(try line("{@stream} {a|x}", "") == "")
        #expect(try line("{@stream} {@data}", "[DONE]") == "wiki [DONE]")
    }

    @Test(
        "is text to the journal and to a terminal, whatever bytes come",
        arguments: [
            ([0x61, 0x9B, 0x33, 0x31, 0x6D], #"a\x9b31m"#), ([0xFF], #"\xff"#), ([0xFE, 0x80], #"\xfe\x80"#),
            // Longer than it takes, halves of a pair, beyond the last character.
            ([0xC0, 0xAF], #"\xc0\xaf"#), ([0xE0, 0x80, 0xAF], #"\xe0\x80\xaf"#),
            ([0xF0, 0x80, 0x80, 0xAF], #"\xf0\x80\x80\xaf"#), ([0xED, 0xA0, 0x80], #"\xed\xa0\x80"#),
            ([0xF4, 0x90, 0x80, 0x80], #"\xf4\x90\x80\x80"#),
            // Torn, at the end and in the middle.
            ([0xC3], #"\xc3"#), ([0xE2, 0x82], #"\xe2\x82"#), ([0xF0, 0x9F, 0x99, 0x61], #"\xf0\x9f\x99a"#),
            ([0xE2, 0x82, 0xC3, 0xA9], #"\xe2\x82é"#),
            (Array("\u{2028}\u{2029}\u{85}".utf8), #"\u{2028}\u{2029}\x85"#),
            (Array("user\u{202E}gpj.exe\u{2066}".utf8), #"user\u{202e}gpj.exe\u{2066}"#),
            ([0xEF, 0xB7, 0x90, 0xEF, 0xBF, 0xBF, 0xF0, 0x9F, 0xBF, 0xBE], #"\u{fdd0}\u{ffff}\u{1fffe}"#),
        ] as [([UInt8], String)])
    func bytes(_ bytes: [UInt8], _ text: String) {
        #expect(line(.rawData, Message(ByteBuffer(bytes: bytes))) == text)
    }

    @Test("well-formed text is untouched wherever it lies, and what is not is found wherever it lies")
    func places() {
        let text = "plain ASCII of some length\t, ümläut, 語, עברית\u{200F}, \u{FEFF}, 🙂🏽\u{200D}🚀, \u{A0}\u{FFFD}, ~"
        for prefix in 0..<17 {
            let padding = String(repeating: "x", count: prefix)
            #expect(line(.rawData, padding + text) == padding + text)
            for (byte, escape) in [(0x1F, #"\x1f"#), (0x7F, #"\x7f"#), (0x80, #"\x80"#), (0x00, #"\x00"#)]
                as [(UInt8, String)]
            {
                let data = ByteBuffer(bytes: Array(padding.utf8) + [byte] + Array("0123456789".utf8))
                #expect(line(.rawData, Message(data)) == padding + escape + "0123456789")
            }
        }
    }

    @Test("any bytes give a text that is printable, and that printing once more does not change")
    func anyBytes() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? UInt8.random(in: 0...255, using: &generator)
                    : [0xE2, 0x80, 0xA8, 0xC2, 0xED, 0xF4, 0x90, 0x61].randomElement(using: &generator) ?? 0
            }
            var line: [UInt8] = []
            line.appendPrintable(bytes)
            #expect(String(validating: line, as: UTF8.self) != nil)
            #expect(!line.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F })
            var again: [UInt8] = []
            again.appendPrintable(line)
            #expect(again == line)
        }
    }

    @Test("stays one line, and cannot steer a terminal")
    func controlCharacters() throws {
        #expect(line(.rawData, "one\ntwo\r\u{1B}[31mred\u{7F}\ttab") == #"one\ntwo\r\x1b[31mred\x7f"# + "\ttab")
        #expect(try line("{a}", #"{"a": "x\ny"}"#) == #"x\ny"#)
        #expect(try line("{a}\n{@id}", Message(#"{"a": "\u0000"}"#, id: "\u{1B}")) == #"\x00\n\x1b"#)
        #expect(line(.rawData, "csi \u{9B}31m, \u{A0}no-break, é") == #"csi \x9b31m, "# + "\u{A0}no-break, é")
    }
}
