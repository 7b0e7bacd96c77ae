import Testing

@testable import PtrConfiguration

@Suite("The line of a key")
struct KeyLocatorTests {
    private func lines(_ text: String) -> [String: Int] {
        var locator = KeyLocator(text: text)
        locator.locate()
        return Dictionary(
            uniqueKeysWithValues: locator.places.filter { !$0.key.isEmpty }
                .map { ($0.key.joined(separator: "/"), $0.value.line) })
    }

    @Test("is found below headers, in dotted keys and in quotes")
    func headers() {
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
            lines(text) == [
                "top": 1, "a": 7, "a/b.c": 3, "a/b.c/d": 4, "a/b.c/d/e": 4, "a/b.c/f g": 5, "a/b.c/hä\t": 6, "a/z": 8,
            ])
    }

    @Test("is found after strings that look like keys")
    func strings() {
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
        #expect(lines(text) == ["a": 1, "b": 2, "c": 3, "f": 6, "h": 9, "i": 10, "j": 11, "k": 12])
    }

    @Test("is found inside and after arrays and inline tables over many lines")
    func nested() {
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
            lines(text) == [
                "a": 1, "a/[0]": 2, "a/[1]": 2, "a/[2]": 3, "a/[2]/b": 3, "a/[2]/c": 3, "a/[2]/c/[0]": 3, "d": 5,
                "d/e": 5,
                "d/e/f": 5, "d/e/g": 5, "d/h": 5, "d/h/i": 5, "j": 6, "k": 7,
            ])
    }

    @Test("is found in arrays of tables")
    func arraysOfTables() {
        let text = """
            [[a]]
            b = 1
            [[a]]
            b = 2
            [a.c]
            d = 3
            """
        #expect(
            lines(text) == [
                "a": 1, "a/[0]": 1, "a/[0]/b": 2, "a/[1]": 3, "a/[1]/b": 4, "a/[1]/c": 5, "a/[1]/c/d": 6,
            ])
    }

    @Test("counts CR LF as one end, and a byte order mark as nothing")
    func lineEnds() {
        #expect(lines("\u{FEFF}a = 1\r\n\r\n[b]\r\nc = \"x\"\r\n") == ["a": 1, "b": 3, "b/c": 4])
    }

    @Test(
        "is looked for in any text without end",
        arguments: ["[", "a", "a = ", "a = \"", "= 1", "]]", "a = [{", "\"\\u00", "a.b."])
    func ends(text: String) {
        _ = lines(text)
    }
}
