import Testing

@testable import Templates

@Suite("The text of a filter")
struct FilterParserTests {
    @Test(
        "is read",
        arguments: [
            #"message.lang == "en""#, #"message.lang=="en"&&message.n>=3&&exists(message.id)"#,
            " ( a == 1 ) ", "!(a == 1) || !exists(b) && ! ! exists( c )", "((((a<1))))", "a.b[0].'c d'.\"e\" != null",
            "'a b'.c == 1", "'$schema' == 2", "[0].a == -1.5e+3", "[0][1][2].x == 0", "[7] == 1", "true.a == 1",
            "null[0] == 1", "existsa == 1", "exists == 1", "'exists' == 1", "containsx contains \"x\"",
            "tags contains true", "tags contains null", "tags contains -0.5", "@data contains \"x\"",
            #"@event == "update" && @id != "" && @stream startswith "a""#, "1 < a.b", "\"x\" == a", "a == b",
            "a == 'b'.c", "\"a\" == 'b'.c", "a startswith b", "\n\ta\r\n==\n1", "größe == 1", "a-b == 1",
            #"a == "\"\\\/\b\f\n\r\t\u00e9\ud83d""#, "a == \"line\nbreak\"", "a == \"\"",
        ])
    func right(text: String) throws {
        let filter = try Filter(text)
        #expect(filter.text == text)
        for path in filter.paths { #expect(try FieldPath("\(path)") == path) }
    }

    @Test(
        "is refused where it is wrong, with a mend",
        arguments: [
            ("", nil), ("  ", nil), ("a", 2), ("a ==", 5), ("a = 1", 3), ("a == 1 =", 8), ("a == 1 b", 8),
            ("a === 1", 5),
            ("a == 1 & b == 2", 8), ("a == 1 | b == 2", 8), ("a == 1 &&", 10), ("a == 1 ||| b == 1", 10),
            ("a == 1 and b == 2", 8), ("(a == 1", 1), ("a == 1)", 7), ("()", 2), ("((a == 1) && b == 2", 1),
            ("(a == 1 b", 9), ("!a == 1", 2), ("not a == 1", 5), ("! ", 3), ("exists()", 8), ("exists(a", 7),
            ("exists(a b)", 10), ("exists(\"a\")", 8), ("exists(1)", 8), ("exists a", 8), ("a == 'b'", 6),
            ("a == \"b", 6), (#"a == "\x""#, 7), (#"a == "\u12""#, 7), (#"a == "\u12g4""#, 7), ("a == 01", 6),
            ("a == 1.", 6), ("a == .5", 6), ("a == +1", 6), ("a == 1e", 6), ("a == 0x1", 6), ("a == - 1", 6),
            ("1a == 2", 1), ("a. == 1", 3), ("a..b == 1", 3), (".a == 1", 1), ("a[x] == 1", 2), ("a[ == 1", 2),
            ("a[99999999999] == 1", 3), ("[] == 1", 1), ("[0]a == 1", 4), ("[0]. == 1", 5), ("a.\"b == 1", 3),
            ("'a == 1", 1), ("\"a\".b == 1", 4), ("\"a\" == \"b\"", 5), ("1 == 1", 3), ("a < true", 3),
            ("null >= a", 6), ("@event == 1", 8), ("@id == null", 5), ("2 < @id", 3), ("@event contains 1", 8),
            ("a startswith 1", 3), ("a startswith null", 3), ("1 contains a", 3), ("a contains b", 3),
            ("true contains \"x\"", 6), ("@sequence == 1", 1), ("@received > \"2\"", 1), ("@nothing == 1", 1),
            ("@ == 1", 1), ("a == @", 6), ("a like \"x\"", 3), ("a == b == c", 8), ("a ?? 1", 3), ("a {b} == 1", 3),
            ("größe = 1", 7), ("\"🙂🙂\" = a", 6),
        ] as [(String, Int?)])
    func wrong(text: String, character: Int?) {
        do throws(TemplateError) {
            _ = try Filter(text)
            Issue.record("\(text) is read")
        } catch {
            let place = error.message.firstMatch(of: /at character (\d+)/).flatMap { Int($0.output.1) }
            #expect(place == character, "\(text): \(error)")
            #expect(!error.mend.isEmpty && !error.mend.contains("{{"), "\(text): \(error)")
        }
    }

    @Test("has bounds: bytes, comparisons, and parentheses in each other")
    func bounds() throws {
        func refusal(_ text: String) -> String? {
            do throws(TemplateError) {
                _ = try Filter(text)
                return nil
            } catch { return "\(error)" }
        }
        let many = Array(repeating: "a == 1", count: Filter.maximumComparisons)
        #expect(refusal(many.joined(separator: " || ")) == nil)
        #expect(refusal((many + ["exists(a)"]).joined(separator: " && "))?.contains("256") == true)
        func nested(_ sign: String, _ depth: Int) -> String {
            String(repeating: sign, count: depth) + "(a == 1)" + String(repeating: ")", count: sign == "(" ? depth : 0)
        }
        for sign in ["(", "!"] {
            #expect(refusal(nested(sign, Filter.maximumDepth - 1)) == nil)
            #expect(refusal(nested(sign, Filter.maximumDepth))?.contains("64") == true)
            #expect(refusal(nested(sign, 4000))?.contains("64") == true)
        }
        let length = Filter.maximumBytes - #"a == """#.utf8.count
        #expect(refusal("a == \"\(String(repeating: "x", count: length))\"") == nil)
        #expect(refusal("a == \"\(String(repeating: "x", count: length + 1))\"")?.contains("8192 bytes") == true)
        #expect(refusal(String(repeating: "(", count: 100_000)) != nil)
    }

    @Test("is a value: the text says all")
    func value() throws {
        #expect(try Filter("a == 1") == Filter("a == 1"))
        #expect(try Filter("a == 1") != Filter("a  == 1"))
        #expect(try Filter("a == 1 && b.c < 2 && a > 0").paths.map(\.description) == ["a", "b.c"])
    }
}
