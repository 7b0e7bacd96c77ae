import Testing

@testable import PtrConfiguration

@Suite("The line of a key")
struct KeyLineTests {
    private func lines(_ text: String) throws -> [String: Int] {
        var lines: [String: Int] = [:]
        func visit(_ node: TOMLNode, at path: String) {
            if !path.isEmpty { lines[path] = node.origin.line }
            let below = path.isEmpty ? "" : path + "/"
            switch node.kind {
            case .table(let table): for (key, inner) in table { visit(inner, at: below + key) }
            case .array(let array): for (index, inner) in array.enumerated() { visit(inner, at: "\(below)[\(index)]") }
            default: break
            }
        }
        visit(try TOMLDocument.parse(text, file: 0), at: "")
        return lines
    }

    @Test("is found below headers, in dotted keys and in quotes")
    func headers() throws {
        let text = """
            top = 1

            [ a . "b.c" ] # [x]
            d.e = 2
            'f g' = 3
            "h\\u00e4\\t" = 4
            [a]
            z = 5
            """
        #expect(
            try lines(text) == [
                "top": 1, "a": 7, "a/b.c": 3, "a/b.c/d": 4, "a/b.c/d/e": 4, "a/b.c/f g": 5, "a/b.c/hä\t": 6, "a/z": 8,
            ])
    }

    @Test("is found after strings that look like keys")
    func strings() throws {
        let text = #"""
            a = "[x] # = \" y"
            b = '[x] # \'
            c = """
            d = 1 \""" ""
            e = 2"""""
            f = '''
            g = 1
            '''''
            h = ""
            i = ''
            j = """"""
            k = 1
            """#
        #expect(try lines(text) == ["a": 1, "b": 2, "c": 3, "f": 6, "h": 9, "i": 10, "j": 11, "k": 12])
    }

    @Test("is found inside and after arrays and inline tables over many lines")
    func nested() throws {
        let text = """
            a = [ # ]
              1, "]", # ]
              { b = 2, c = [ 3 ] },
            ]
            d = { e = { f = 1, "g" = "}" }, h.i = 2 }
            j = 1979-05-27 07:32:00 # x = 1
            k = 1
            """
        #expect(
            try lines(text) == [
                "a": 1, "a/[0]": 2, "a/[1]": 2, "a/[2]": 3, "a/[2]/b": 3, "a/[2]/c": 3, "a/[2]/c/[0]": 3, "d": 5,
                "d/e": 5,
                "d/e/f": 5, "d/e/g": 5, "d/h": 5, "d/h/i": 5, "j": 6, "k": 7,
            ])
    }

    @Test("is found in arrays of tables")
    func arraysOfTables() throws {
        let text = """
            [[a]]
            b = 1
            [[a]]
            b = 2
            [a.c]
            d = 3
            """
        #expect(
            try lines(text) == [
                "a": 1, "a/[0]": 1, "a/[0]/b": 2, "a/[1]": 3, "a/[1]/b": 4, "a/[1]/c": 5, "a/[1]/c/d": 6,
            ])
    }

    @Test("counts CR LF as one end, and a byte order mark as nothing")
    func lineEnds() throws {
        #expect(try lines("\u{FEFF}a = 1\r\n\r\n[b]\r\nc = \"x\"\r\n") == ["a": 1, "b": 3, "b/c": 4])
    }

    @Test("in the order of the files: a table's is that of its first mention")
    func order() throws {
        let root = try TOMLDocument.parse("[a.x]\nb = 1\n[c]\n[a]\n", file: 0)
        #expect(root.entries.map(\.key) == ["a", "c"])
        #expect(root.entries.map(\.node.origin.line) == [4, 3])
    }
}

@Suite("TOML 1.0")
struct TOMLTests {
    private func parse(_ text: String) throws -> String { Self.text(try TOMLDocument.parse(text, file: 0)) }

    /// The tree in one line.
    private static func text(_ node: TOMLNode) -> String {
        switch node.kind {
        case .table(let table):
            "{" + table.sorted { $0.key < $1.key }.map { "\($0.key):\(text($0.value))" }.joined(separator: ",") + "}"
        case .array(let array): "[" + array.map(text).joined(separator: ",") + "]"
        default: node.kind.text
        }
    }

    @Test(
        "values are read as they are written",
        arguments: [
            ("a = +1_000", "{a:1000}"), ("a = -0", "{a:0}"), ("a = 0xdead_BEEF", "{a:3735928559}"),
            ("a = 0o17", "{a:15}"),
            ("a = 0b101", "{a:5}"), ("a = 9223372036854775807", "{a:9223372036854775807}"),
            ("a = -9223372036854775808", "{a:-9223372036854775808}"), ("a = 1.5e-1_0", "{a:1.5e-10}"),
            ("a = 1e3", "{a:1000.0}"),
            ("a = -inf", "{a:-inf}"), ("a = +nan", "{a:nan}"), ("a = true", "{a:true}"),
            ("a = 1979-05-27", "{a:a date or time}"), ("a = 07:32:00.9", "{a:a date or time}"),
            ("a = 1979-05-27 07:32:00+01:00", "{a:a date or time}"),
            ("a = 1979-05-27t07:32:00z", "{a:a date or time}"), ("a = 2024-02-29 # leap", "{a:a date or time}"),
            ("a = \"\\u00e9\\U0001F600\\\\\"", "{a:\"é😀\\\\\"}"), ("a = 'C:\\n'", "{a:\"C:\\\\n\"}"),
            ("a = \"\"\"\n x \\\n\n  y\"\"\"\"\"", "{a:' x y\"\"'}"), ("a = '''\r\nx\r\ny'''", "{a:\"x\\ny\"}"),
            ("a = [1, [\"]\"], {b.c = 2},]", "{a:[1,[\"]\"],{b:{c:2}}]}"),
            ("a.b.c = 1\na.b.d = 2\n[a.e]\nf = 3", "{a:{b:{c:1,d:2},e:{f:3}}}"),
            ("[a.b]\n[a]\nc = 1", "{a:{b:{},c:1}}"), ("[[a]]\nb=1\n[[a]]\n[a.c]\nd=2", "{a:[{b:1},{c:{d:2}}]}"),
            ("\"\" = 1\n'x y'.z = 2\n1.2 = 3", "{:1,1:{2:3},x y:{z:2}}"), ("", "{}"), ("# é\r\n", "{}"),
        ])
    func values(text: String, tree: String) throws {
        #expect(try parse(text) == tree)
    }

    @Test(
        "what is broken is refused with its place, and a mend",
        arguments: [
            ("[$X]", "1:2", "\"$\" stands"), ("[=x]", "1:2", "table's name"), ("[.x]", "1:2", "\".\" stands"),
            ("[[[x", "1:3", "\"[\" stands"), ("[{{x}}]", "1:2", "\"{\" stands"), ("[é]", "1:2", "\"é\" stands"),
            ("[]", "1:2", "\"]\" stands"), ("[a.]", "1:4", "table's name"), ("[a", "1:3", "the file ends"),
            ("[[a]", "1:5", "the file ends"), ("[a] b = 1", "1:5", "the line should end"), ("= 1", "1:1", "a key"),
            ("é = 1", "1:1", "\"é\" stands"), ("a", "1:2", "\"=\""), ("a = ", "1:5", "the file ends where a value"),
            ("\na = \n", "2:5", "the line ends where a value"),
            ("a = é", "1:5", "is no value"), ("a = 1 2", "1:7", "the line should end"),
            ("a = 01", "1:5", "is no value"),
            ("a = 1__0", "1:5", "is no value"), ("a = .5", "1:5", "is no value"), ("a = 5.", "1:5", "is no value"),
            ("a = 0x", "1:5", "is no value"), ("a = +0x1", "1:5", "is no value"),
            ("a = 9223372036854775808", "1:5", "too large"),
            ("a = 2020-01-01 1\n", "1:5", "is no value"), ("a = 2023-02-29", "1:5", "is no value"),
            ("a = 25:00:00", "1:5", "is no value"), ("a = \"x", "1:5", "no end"), ("a = 'x\n'", "1:5", "no end"),
            ("a = '''\n\n", "1:5", "no end"), ("a = \"é\\q\"", "1:7", "means nothing"),
            ("a = \"\\uD800\"", "1:6", "no character"), ("a = \"\\u12g4\"", "1:10", "hexadecimal"),
            ("a = \"\\u0000\"", "1:6", "NUL"), ("a = \"\u{0}\"", "1:6", "NUL"), ("# \u{0}", "1:3", "NUL"),
            ("a = \"\u{1}\"", "1:6", "control"), ("# \u{7F}", "1:3", "control"),
            ("a = 1\rb = 2", "1:6", "line should end"),
            ("a = \"x\ry\"", "1:7", "carriage return"),
            ("a = [1 2]", "1:8", "in an array"), ("a = [,]", "1:6", "a value"), ("a = {b = 1,}", "1:12", "comma"),
            ("a = {b = 1\n}", "1:11", "braces"), ("\"\"\"a\"\"\" = 1", "1:1", "three quotes"),
            ("a = 1\na = 2", "2:1", "set already in line 1"), ("a = 1\n[a]", "2:2", "set already in line 1"),
            ("[a]\n[a]", "2:2", "set already"), ("a = {b = 1}\na.c = 2", "2:1", "set already"),
            ("a = {}\n[a.b]", "2:2", "set already"), ("a.b = 1\n[a]", "2:2", "set already"),
            ("[a.b]\n[a]\nb.c = 1", "3:1", "set already"), ("[[a]]\n[a]", "2:2", "set already"),
            ("a = []\n[[a]]", "2:3", "set already"), ("a = 1\n[a.b]", "2:2", "set already"),
            ("a = {b.c = 1, b = 2}", "1:15", "set already"),
        ])
    func faults(text: String, place: String, words: String) throws {
        let error = #expect(throws: TOMLDocument.SyntaxError.self) { try TOMLDocument.parse(text, file: 0) }
        #expect(error.map { "\($0.line):\($0.column)" } == place)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.mend.isEmpty == false)
    }

    @Test(
        "what goes down without end is refused",
        arguments: [
            "a = " + String(repeating: "[", count: 100_000), "a = " + String(repeating: "{b = ", count: 100_000),
            String(repeating: "a.", count: 100_000) + "a = 1",
            "[" + String(repeating: "a.", count: 100_000) + "a]",
            "[" + String(repeating: "a.", count: 40) + "a]\n" + String(repeating: "a.", count: 40) + "a = 1",
        ])
    func depth(text: String) throws {
        let error = #expect(throws: TOMLDocument.SyntaxError.self) { try TOMLDocument.parse(text, file: 0) }
        #expect(error?.message.contains("deep in each other") == true)
    }

    @Test("a table's header that begins with no key character is an error of the configuration, with its place")
    func headerInConfiguration() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration.parse("stream.a.url = \"http://h/\"\n [$X]\n", file: "f")
        }
        #expect(
            error?.description
                == "f:2:3: this is not TOML: \"$\" stands where a table's name should be; write [NAME] with letters, digits, \"_\" and \"-\"; put any other name in quotes"
        )
    }
}
