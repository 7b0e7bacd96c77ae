import Testing

@testable import Templates

@Suite("A survey of a document")
struct FieldSurveyTests {
    private func look(at text: String, atMost most: Int = 100) -> FieldSurvey? {
        FieldSurvey(Array(text.utf8).span, atMost: most)
    }

    @Test("has the paths of its single values, each with its text as it stands")
    func fields() throws {
        let survey = try #require(
            look(
                at: #"""
                     {"a": 1e400, "b":{"c d":"x\n\ud83d\ude00","$e":null},
                    "f":[{"g":true},{"h":2}], "i":[], "j":{}}
                    """#))
        #expect(survey.kind == .object)
        #expect(survey.fields.map(\.path.description) == ["a", #"b."c d""#, "b.$e", "f[0].g"])
        #expect(survey.fields.map(\.text) == ["1e400", "x\n😀", "null", "true"])
        #expect(survey.fields.map(\.kind) == [.number, .string, .null, .boolean])
    }

    @Test(
        "finds what the same paths find", arguments: [#"{"a":{"b":[[1,2],[3]]},"c":"d"}"#, "[[[7]],8]", "3", #""x""#])
    func agrees(text: String) throws {
        let survey = try #require(look(at: text))
        var reader = FieldReader(survey.fields.map(\.path))
        let bytes = Array(text.utf8)
        #expect(reader.read(bytes.span) && !survey.fields.isEmpty)
        for (place, field) in survey.fields.enumerated() {
            var value: [UInt8] = []
            #expect(reader.append(place, of: bytes.span, to: &value) == field.kind)
            #expect(String(decoding: value, as: UTF8.self) == field.text)
        }
    }

    @Test(
        "of what is no JSON there is none", arguments: ["", "{", "{\"a\":}", "[1,]", "x", "{\"a\":1}}", "\u{FEFF}{}"])
    func none(text: String) {
        #expect(look(at: text) == nil)
    }

    @Test("is bounded, whatever the document")
    func bounded() throws {
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(look(at: deep) == nil)
        let nested = String(repeating: "{\"a\":", count: 400) + "1" + String(repeating: "}", count: 400)
        #expect(try #require(look(at: nested)).fields.isEmpty)
        let wide =
            "{" + (0..<1000).map { "\"k\($0)\":\"\(String(repeating: "x", count: 5000))\"" }.joined(separator: ",")
            + "}"
        let fields = try #require(look(at: wide, atMost: 7)).fields
        #expect(fields.count == 7 && fields[6].text.utf8.count == 4096 && fields[6].bytes == 5000)
        #expect(try #require(look(at: #"{"a":"\ud800","a":2}"#)).fields.map(\.text) == ["\u{FFFD}", "2"])
    }
}
