import TestKit
import Testing

@testable import Templates

@Suite("A reader of fields")
struct FieldReaderTests {
    /// The texts of the values at some paths, nil where there is none; nil if the document is no JSON.
    private func values(_ document: String, _ paths: String...) throws -> [String?]? {
        var reader = FieldReader(try paths.map { try FieldPath($0) })
        let bytes = Array(document.utf8)
        guard reader.read(bytes.span) else { return nil }
        return paths.indices.map { place in
            var text: [UInt8] = []
            return reader.append(place, of: bytes.span, to: &text).map { _ in String(decoding: text, as: UTF8.self) }
        }
    }

    @Test("finds all of its paths in one pass, wherever they stand")
    func paths() throws {
        let document = #" { "a" : { "b" : [ 1 , { "c" : "x" } , [ ] ] } , "d" : { } } "#
        #expect(
            try values(document, "d", "a.b[1].c", "a.b", "a.b[2]", "a.b[3]", "a.b[0].c", "e", "a.b.0", "a")
                == ["{}", "x", #"[1,{"c":"x"},[]]"#, "[]", nil, nil, nil, "1", #"{"b":[1,{"c":"x"},[]]}"#])
    }

    @Test("finds elements of any index, in any order of the paths")
    func elements() throws {
        let document = "[" + (0..<100).map(String.init).joined(separator: ",") + "]"
        #expect(try values(document, "99", "0", "50", "7", "100") == ["99", "0", "50", "7", nil])
        #expect(try values("[[1,2],[3,4]]", "1[0]", "0[1]", "1[1]") == ["3", "2", "4"])
    }

    @Test(
        "tells each kind of value",
        arguments: [
            (#""text""#, .string, "text"), ("12", .number, "12"), ("-1.50", .number, "-1.50"), ("1e3", .number, "1e3"),
            ("123456789012345678901234567890", .number, "123456789012345678901234567890"), ("true", .boolean, "true"),
            ("false", .boolean, "false"), ("null", .null, ""), ("[1, 2]", .array, "[1,2]"),
            (#"{"b": 1, "a": "x/y z"}"#, .object, #"{"b":1,"a":"x/y z"}"#), ("\"ümläut 🙂\"", .string, "ümläut 🙂"),
            ("{\n \"a\\\" b\" :\t[ ]\r}", .object, #"{"a\" b":[]}"#),
        ] as [(String, FieldReader.Kind, String)])
    func kinds(json: String, kind: FieldReader.Kind, text: String) throws {
        var reader = FieldReader([try FieldPath("v")])
        let document = Array("{\"v\":\(json)}".utf8)
        let isJSON = reader.read(document.span)
        #expect(isJSON)
        var found: [UInt8] = []
        let foundKind = reader.append(0, of: document.span, to: &found)
        #expect(foundKind == kind)
        #expect(String(decoding: found, as: UTF8.self) == text)
        let alone = Array(json.utf8)
        _ = reader.read(alone.span)
        #expect(reader.kindOfDocument == kind)
    }

    @Test(
        "gives strings without their escapes; a half of a pair is U+FFFD",
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), (#"a\u00e9\u4E2db"#, "aé中b"), (#"\ud83d\ude42!"#, "🙂!"),
            (#"\uDBFF\uDFFF"#, "\u{10FFFF}"), (#"\ud83d"#, "\u{FFFD}"), (#"\ude42x"#, "\u{FFFD}x"),
            (#"\ud83d\ud83d\ude42"#, "\u{FFFD}🙂"), (#"\ud83dx\ude42"#, "\u{FFFD}x\u{FFFD}"),
            (#"\ud83d\n"#, "\u{FFFD}\n"),
            (#"\u0000"#, "\0"), (#"\\u0041"#, #"\u0041"#),
        ])
    func escapes(text: String, plain: String) throws {
        #expect(try values("[\"\(text)\"]", "0") == [plain])
        #expect(try values("{\"\(text)\":1}", "a") == [nil])
        #expect(try values("{\"k\(text)\":1}", FieldPath([.member("k" + plain)]).description) == ["1"])
    }

    @Test("takes the last of several members of one name, with what is in it")
    func twice() throws {
        #expect(try values(#"{"a":1,"a":2}"#, "a") == ["2"])
        #expect(try values(#"{"a":{"b":1},"a":{}}"#, "a.b", "a") == [nil, "{}"])
        #expect(try values(#"{"a":{"b":1},"a":5}"#, "a.b", "a") == [nil, "5"])
        #expect(try values(#"{"a":[{"b":1},2],"a":[{"c":1}]}"#, "a[0].b", "a[1]") == [nil, nil])
        #expect(try values(#"{"a":{"b":1},"\u0061":{"b":3},"x":0}"#, "a.b") == ["3"])
    }

    @Test("keeps nothing of the document before")
    func again() throws {
        var reader = FieldReader([try FieldPath("a.b")])
        for (document, kind) in [
            (#"{"a":{"b":1}}"#, .number), (#"{"a":{}}"#, nil), (#"{"a":{"b":""}}"#, .string), ("[]", nil), ("7", nil),
        ] as [(String, FieldReader.Kind?)] {
            let isJSON = reader.read(Array(document.utf8).span)
            #expect(isJSON && reader.kind(at: 0) == kind)
        }
    }

    @Test(
        "refuses what is no JSON, wherever in the document",
        arguments: [
            "", " ", "[DONE]", "{", "[", "]", "}", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
            "{a:1}",
            "{1:1}", "[1}", "{\"a\":1]", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "1 2", "tru", "True", "nul",
            "nullx",
            "NaN", "\"", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\\"", "\"a\nb\"", "\"\u{1F}\"", "'a'",
            "[1]x", "//\n1",
            "\u{FEFF}1", "{\"a\":1 \"b\":2}", "{\"a\" 1}", "{,}", "[[]",
        ])
    func noJSON(document: String) throws {
        #expect(try values(document, "a") == nil)
        #expect(try values("{\"x\":[\(document)", "a") == nil)
        if !["", " "].contains(document) { #expect(try values("{\"x\":[\(document)],\"a\":1}", "a") == nil) }
    }

    @Test(
        "refuses bytes that are no UTF-8", arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xC3]] as [[UInt8]])
    func noText(bytes: [UInt8]) {
        var reader = FieldReader([])
        let document = [0x22] + bytes + [0x22]
        let isJSON = reader.read(document.span)
        #expect(!isJSON)
    }

    @Test("goes down 512 objects and arrays, and no further")
    func depth() throws {
        let deep = String(repeating: "[", count: 512) + "7" + String(repeating: "]", count: 512)
        #expect(try values(deep, "0" + String(repeating: "[0]", count: 511)) == ["7"])
        #expect(try values("[\(deep)]", "0") == nil)
        #expect(try values(String(repeating: "{\"a\":", count: 100_000), "a") == nil)
    }

    @Test("finds a quote, an escape and a control character wherever they lie")
    func places() throws {
        for length in 0..<40 {
            let text = String(repeating: "x", count: length)
            #expect(try values("[\"\(text)\"]", "0") == [text])
            #expect(try values("[\"\(text)\\n\(text)é\"]", "0") == ["\(text)\n\(text)é"])
            #expect(try values("[\"\(text)\n\(text)\"]", "0") == nil)
            #expect(try values("[\"\(text)", "0") == nil)
        }
    }

    @Test("names the members of an object, and of none in it")
    func names() {
        func names(_ document: String, atMost count: Int = 10) -> [String] {
            FieldReader.names(of: Array(document.utf8).span, atMost: count)
        }
        let document = #"{"b": {"x": 1}, "a\n": [{"y": "z"}], "b": "c:"}"#
        #expect(names(document) == ["b", "a\n", "b"])
        #expect(names(document, atMost: 2) == ["b", "a\n"])
        for document in [#"["a"]"#, #""a""#, "1", "{}", #"[{"a":1}]"#] { #expect(names(document).isEmpty) }
    }

    @Test("any bytes are read or refused, the same each time")
    func anyBytes() throws {
        var generator = SeededGenerator(seed: 11)
        let alphabet = Array(#"{}[]",:\u0dtrueflsn0123456789.-+eE abc"#.utf8) + [0x0A, 0xC3, 0xA9, 0x00, 0xFF]
        let paths = try ["a", "a.b", "0", "0[0]", "a[1].b"].map { try FieldPath($0) }
        var (reader, read) = (FieldReader(paths), 0)
        for _ in 0..<200_000 {
            let document = (0..<Int.random(in: 0..<20, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            let isJSON = reader.read(document.span)
            var fresh = FieldReader(paths)
            let again = fresh.read(document.span)
            #expect(again == isJSON)
            guard isJSON else { continue }
            read += 1
            for place in paths.indices {
                var (text, other): ([UInt8], [UInt8]) = ([], [])
                let kind = reader.append(place, of: document.span, to: &text)
                let otherKind = fresh.append(place, of: document.span, to: &other)
                #expect(kind == otherKind && text == other && text.count <= document.count)
            }
        }
        #expect(read > 1000)
    }
}
