import NIOCore
import Pipeline
import Systemd
import TestKit
import Testing

@testable import Handlers

@Suite("A printed line")
struct PrintTemplateTests {
    private func line(_ template: PrintTemplate, _ data: String) -> String {
        String(decoding: template.line(for: Event(data: ByteBuffer(string: data))), as: UTF8.self)
    }

    @Test("is the data as it came, when there is no format")
    func raw() {
        #expect(line(.rawData, #"{"a": 1}"#) == #"{"a": 1}"#)
        #expect(line(.rawData, "not JSON") == "not JSON")
        #expect(line(.rawData, "") == "")
    }

    @Test("is made of text and of values from the payload")
    func values() {
        let template = PrintTemplate([
            .value([.member("user"), .member("name")]), .text(": "), .value([.member("texts"), .element(1)]),
        ])
        #expect(line(template, #"{"user": {"name": "Ada"}, "texts": ["a", "b"]}"#) == "Ada: b")
    }

    @Test(
        "writes every kind of value",
        arguments: [
            (#""text""#, "text"), ("12", "12"), ("1.5", "1.5"), ("true", "true"), ("false", "false"), ("null", ""),
            ("0", "0"), ("1", "1"), ("[1, 2]", "[1,2]"), (#"{"b": 1, "a": "x/y"}"#, #"{"a":"x/y","b":1}"#),
            ("12345678901234567", "12345678901234567"), (#""ümläut 🙂""#, "ümläut 🙂"),
        ])
    func kinds(_ json: String, _ text: String) {
        #expect(line(PrintTemplate([.value([.member("v")])]), #"{"v": \#(json)}"#) == text)
    }

    @Test("leaves a value out that is not there")
    func missing() {
        let template = PrintTemplate([.text("<"), .value([.member("a"), .member("b")]), .text(">")])
        #expect(line(template, #"{"a": {}}"#) == "<>")
        #expect(line(template, #"{"a": [1]}"#) == "<>")
        #expect(line(PrintTemplate([.value([.element(3)])]), "[1, 2]") == "")
    }

    @Test("is the data as it came when that is not JSON")
    func notJSON() {
        #expect(line(PrintTemplate([.value([.member("a")])]), "[DONE]") == "[DONE]")
        #expect(line(PrintTemplate([.value([.member("a")])]), "") == "")
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
        let event = Event(data: ByteBuffer(bytes: bytes))
        #expect(String(decoding: PrintTemplate.rawData.line(for: event), as: UTF8.self) == text)
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
                let event = Event(data: ByteBuffer(bytes: Array(padding.utf8) + [byte] + Array("0123456789".utf8)))
                let line = String(decoding: PrintTemplate.rawData.line(for: event), as: UTF8.self)
                #expect(line == padding + escape + "0123456789")
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
    func controlCharacters() {
        #expect(line(.rawData, "one\ntwo\r\u{1B}[31mred\u{7F}\ttab") == #"one\ntwo\r\x1b[31mred\x7f"# + "\ttab")
        #expect(line(PrintTemplate([.value([.member("a")])]), #"{"a": "x\ny"}"#) == #"x\ny"#)
        #expect(line(.rawData, "csi \u{9B}31m, \u{A0}no-break, é") == #"csi \x9b31m, "# + "\u{A0}no-break, é")
    }
}
