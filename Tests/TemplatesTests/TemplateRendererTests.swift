import TestKit
import Testing

@testable import Templates

@Suite("A filled template")
struct TemplateRendererTests {
    /// The text; nil: the data would have to be JSON.
    private func fill(_ template: String, _ data: String, _ fields: [EventField: String] = [:]) throws -> String? {
        var renderer = TemplateRenderer(try Template(template))
        var text: [UInt8] = []
        let isFilled = renderer.render(Array(data.utf8).span, into: &text) { field, text in
            text.append(contentsOf: (fields[field] ?? "").utf8)
        }
        if !isFilled { #expect(text.isEmpty) }
        return isFilled ? String(decoding: text, as: UTF8.self) : nil
    }

    @Test("has text and values in their order, a value also twice")
    func order() throws {
        #expect(try fill("<{a}{b}-{a}>{{}}", #"{"b":"y","a":"x"}"#) == "<xy-x>{}")
    }

    @Test("has what the event has")
    func event() throws {
        let fields: [EventField: String] = [.type: "edit", .id: "7", .stream: "s", .sequence: "12", .received: "now"]
        #expect(
            try fill("{@event} {@id} {@stream} {@sequence} {@received} {@data} {n}", #"{"n" : 1}"#, fields)
                == #"edit 7 s 12 now {"n" : 1} 1"#)
    }

    @Test("needs no JSON without a path, and cannot be without it with one")
    func noJSON() throws {
        #expect(try fill("{@stream}: {@data}", "[DONE]", [.stream: "s"]) == "s: [DONE]")
        #expect(try fill("tick", "") == "tick")
        #expect(try fill("{@stream}: {a}", "[DONE]", [.stream: "s"]) == nil)
    }

    @Test("has the default where there is no value, or null, and not where it is empty or false")
    func fallbacks() throws {
        #expect(try fill("{a|x}{b|y}{c|z}{d|w}", #"{"b":null,"c":"","d":false}"#) == "xyfalse")
        #expect(try fill("{@id|-}{@event|?}{@data|!}", "", [.type: "t"]) == "-t!")
        #expect(try fill("{a.b}", #"{"a":1}"#) == "")
    }

    @Test("has hashes that others can compute, of values and not of defaults")
    func hashes() throws {
        // FNV-1a, 64 bits: the published values of "" (nothing stands for it), "a" and "foobar".
        #expect(try fill("{a:hash16}", #"{"a":""}"#) == "cbf29ce484222325")
        #expect(try fill("x{a:hash16}y", #"{"a":"a"}"#) == "xaf63dc4c8601ec8cy")
        #expect(try fill("{a:hash16}", #"{"a":"foo\u0062ar"}"#) == "85944171f73967e8")
        #expect(try fill("{a:hash16|none}{b:hash16}", #"{"b":null}"#) == "none")
        #expect(try fill("{@stream:hash16}", "", [.stream: "foobar"]) == "85944171f73967e8")
        #expect(try fill("{n:hash16}", #"{"n":1.0}"#) != fill("{n:hash16}", #"{"n":1}"#))
    }

    @Test("says which paths there were")
    func found() throws {
        var renderer = TemplateRenderer(try Template("{a}{b.c}{d|x}"))
        var text: [UInt8] = []
        _ = renderer.render(Array(#"{"a":null,"b":{}}"#.utf8).span, into: &text) { _, _ in }
        #expect((0..<3).map { renderer.found($0) } == [true, false, false])
        #expect(renderer.kindOfData == .object)
    }

    @Test("is no longer than what it is made of")
    func bounds() throws {
        var generator = SeededGenerator(seed: 2)
        let texts = ["{a}{a}{@data}", "{a:hash16}-{b|default}", "{0}{1[0]}|{@id}", "{a.b}{a}"]
        for _ in 0..<20_000 {
            let template = try Template(texts.randomElement(using: &generator) ?? "")
            let data = (0..<Int.random(in: 0..<30, using: &generator)).map { _ in
                Array(#"{}[]",:ab\u0e1 "#.utf8).randomElement(using: &generator) ?? 0xFF
            }
            var renderer = TemplateRenderer(template)
            var text: [UInt8] = []
            _ = renderer.render(data.span, into: &text) { _, text in text.append(0x40) }
            #expect(text.count <= template.text.utf8.count + 16 + 3 * data.count)
        }
    }

    @Test(
        "has times as RFC 3339 writes them",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1_795_793_617_120_456, "2026-11-27T15:33:37.120456Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func times(time: Int64, text: String) {
        var bytes: [UInt8] = []
        bytes.appendTimestamp(time)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        for extreme in [Int64.min, .max] { bytes.appendTimestamp(extreme) }
    }
}
