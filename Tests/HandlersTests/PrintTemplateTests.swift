import EventSource
import NIOCore
import Testing

@testable import Handlers

@Suite("A printed line")
struct PrintTemplateTests {
    private func line(_ template: PrintTemplate, _ data: String) -> String {
        String(decoding: template.line(for: EventStreamEvent(data: ByteBuffer(string: data))), as: UTF8.self)
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

    @Test("stays one line, and cannot steer a terminal")
    func controlCharacters() {
        #expect(line(.rawData, "one\ntwo\r\u{1B}[31mred\u{7F}\ttab") == #"one\ntwo\r\x1b[31mred\x7f"# + "\ttab")
        #expect(line(PrintTemplate([.value([.member("a")])]), #"{"a": "x\ny"}"#) == #"x\ny"#)
        #expect(line(.rawData, "csi \u{9B}31m, \u{A0}no-break, é") == #"csi \x9b31m, "# + "\u{A0}no-break, é")
    }
}
