import TestKit
import Testing

@testable import Templates

@Suite("A filter")
struct FilterTests {
    private static let document = #"""
        {"message": {"lang": "en", "n": 3, "id": null, "ok": true, "no": false, "empty": "", "tags": ["a", "b\n", 7, null,
         true, {"x": ["deep"]}, ["inner"], "\u00e9"], "text": "na\u00efve \"q\" \ud83d\ude42", "o": {"a b": 1}}, "0": "zero"}
        """#

    @Test(
        "lets pass what it is true of",
        arguments: [
            (#"message.lang == "en""#, true), (#"message.lang == "de""#, false), (#"message.lang != "de""#, true),
            ("message.n >= 3", true), ("message.n > 3", false), ("message.n <= 3.0", true),
            ("message.n < 3.0001", true),
            ("message.n == 3e0", true), ("3 == message.n", true), ("2 < message.n", true), ("4 < message.n", false),
            // Of two kinds nothing is equal, and there is no order.
            (#"message.n == "3""#, false), (#"message.n != "3""#, true), (#"message.n < "4""#, false),
            (#"message.n >= "2""#, false), ("message.lang < 5", false), ("message.lang > 5", false),
            ("message.ok == true", true), ("message.ok == false", false), ("message.ok != false", true),
            ("message.no == false", true), (#"message.ok == "true""#, false), ("message.ok == 1", false),
            ("message.ok > 0", false),
            // What is not there is null.
            ("message.id == null", true), ("message.id != null", false), ("message.gone == null", true),
            ("message.gone != null", false), ("message.lang != null", true), (#"message.gone != "x""#, true),
            (#"message.gone == "x""#, false), ("message.gone < 1", false), ("message.gone == message.id", true),
            ("exists(message.id)", true), ("exists(message.gone)", false), ("exists(message.o.'a b')", true),
            ("exists(message.lang.x)", false), ("exists(message.tags[7])", true), ("exists(message.tags[8])", false),
            ("exists(message.o)", true), ("exists('0')", true), ("exists([0])", false),
            // Texts, with and without escapes.
            (#"message.lang < "fr""#, true), (#"message.lang < "e""#, false), (#"message.lang >= "en""#, true),
            (#"message.lang > "EN""#, true), (#"message.empty == """#, true), (#"message.empty < "a""#, true),
            (#"message.text == "naïve \"q\" 🙂""#, true), (#"message.text == "na\u00efve \"q\" \ud83d\ude42""#, true),
            (#"message.text contains "\"q\"""#, true), (#"message.text contains "🙂""#, true),
            (#"message.text contains "x""#, false), (#"message.text contains """#, true),
            (#"message.empty contains """#, true), (#"message.empty contains "a""#, false),
            (#"message.text startswith "naï""#, true), (#"message.text startswith "aï""#, false),
            (#"message.lang startswith "english""#, false), (#"message.lang startswith """#, true),
            ("message.lang startswith message.empty", true), ("message.text startswith message.text", true),
            (#"message.n startswith "3""#, false), (#"message.n contains "3""#, false),
            // Arrays have elements, of any kind; what is in them is another matter.
            (#"message.tags contains "a""#, true), (#"message.tags contains "b\n""#, true),
            (#"message.tags contains "b""#, false), (#"message.tags contains "é""#, true),
            ("message.tags contains 7.0", true), (#"message.tags contains "7""#, false),
            ("message.tags contains null", true), ("message.tags contains true", true),
            ("message.tags contains false", false), (#"message.tags contains "deep""#, false),
            (#"message.tags contains "inner""#, false), (#"message.tags[5].x contains "deep""#, true),
            (#"message.o contains "a b""#, false), ("message.o contains 1", false),
            ("message.gone contains null", false),
            // Objects and arrays are equal to nothing.
            ("message.o == message.o", false), ("message.tags != message.tags", true), ("message.o != null", true),
            // Joined.
            (#"message.lang == "en" && message.n >= 3 && exists(message.id)"#, true),
            (#"message.lang == "de" || message.n == 3"#, true), (#"message.lang == "de" && message.n == 3"#, false),
            (#"message.n == 3 || message.n == 4 && message.lang == "de""#, true),
            (#"(message.n == 3 || message.n == 4) && message.lang == "de""#, false),
            ("!(message.n == 3)", false), ("!exists(message.gone)", true), ("!!exists(message.gone)", false),
            ("!(message.n == 3 && message.ok == false)", true),
            // The event.
            (#"@event == "message""#, true), (#"@event startswith "mess""#, true), (#"@stream == "s""#, true),
            (#"@id == """#, true), ("exists(@id)", false), ("exists(@event)", true),
            (#"@data contains "\"lang\"""#, true), (#"@data startswith "{\"m""#, true),
            ("message.lang == @event", false),
        ])
    func semantics(text: String, passes: Bool) throws {
        #expect(try Filter(text).verdict(Self.document) == (passes ? .passes : .fails))
    }

    @Test(
        "compares numbers as the decimals that they are written as",
        arguments: [
            ("9007199254740993", "!=", "9007199254740992"), ("9007199254740993", ">", "9007199254740992"),
            ("1.0", "==", "1"), ("1e2", "==", "100"), ("100", "==", "1E+2"), ("0.01", "==", "1e-2"), ("-0", "==", "0"),
            ("0e5", "==", "-0.00e-3"), ("0", "<", "1e-999999"), ("-1e-999999", "<", "0"), ("1e400", ">", "1e399"),
            ("0.1", "!=", "0.10000000000000000000000001"), ("0.1", "<", "0.10000000000000000000000001"),
            ("123456789012345678901234567890", "==", "1.2345678901234567890123456789e29"), ("-2", "<", "-1"),
            ("-10", "<", "-9"), ("-1", "<", "1"), ("10", ">", "9"), ("0.5", "<", "5"), ("50.5", ">", "50.49999"),
            ("1.5e1", "==", "15.00"), ("12.34e2", "==", "1234"), ("0.00120", "==", "1.2e-3"), ("99", "<", "100"),
            ("1e18", "==", "1000000000000000000"), ("1e999999999999999999", ">", "1e999999999999999998"),
            // Beyond what is counted with: only what is written alike is equal.
            ("1e1000000000000000000", "==", "1e1000000000000000000"), ("1e1000000000000000000", "!=", "2"),
            ("0e1000000000000000000", "==", "0"), ("1e0000000000000000000002", "==", "100"),
        ])
    func numbers(left: String, sign: String, right: String) throws {
        for text in ["a \(sign) b", "a \(sign) \(right)", "\(left) \(sign) b", "!(b \(sign) a) || b == a"]
        where
            text.hasPrefix("!") == false || sign != "!="
        {
            #expect(try Filter(text).verdict("{\"a\":\(left),\"b\":\(right)}") == .passes, "\(text)")
        }
        if sign != "==" { #expect(try Filter("a == b").verdict("{\"a\":\(left),\"b\":\(right)}") == .fails) }
        // A number beside a text is neither equal nor in an order.
        #expect(try Filter("a == b || a < b || a > b").verdict("{\"a\":\(left),\"b\":\"\(left)\"}") == .fails)
    }

    @Test("nothing has an order with a number beyond counting")
    func beyond() throws {
        for sign in ["<", "<=", ">", ">=", "=="] {
            #expect(try Filter("a \(sign) 2").verdict(#"{"a":1e1000000000000000000}"#) == .fails)
        }
    }

    @Test("says where it cannot tell, and only there")
    func notJSON() throws {
        for data in ["[DONE]", "", "{\"a\":1", "{\"a\":1}}", "nul", "{\"a\":01}", "{\"b\":1,}"] {
            #expect(try Filter("a == 1").verdict(data) == .notJSON, "\(data)")
            #expect(try Filter("!(a == 1)").verdict(data) == .notJSON)
            // What the event alone decides.
            #expect(try Filter(#"@event == "message" || a == 1"#).verdict(data) == .passes)
            #expect(try Filter(#"a == 1 || @event == "message""#).verdict(data) == .passes)
            #expect(try Filter(#"a == 1 && @event == "ping""#).verdict(data) == .fails)
            #expect(try Filter(#"!(a == 1 && @event == "ping")"#).verdict(data) == .passes)
            #expect(try Filter(#"a == 1 && @event == "message""#).verdict(data) == .notJSON)
            #expect(try Filter(#"@event != "ping""#).verdict(data) == .passes)
            #expect(try Filter(#"@data != "x""#).verdict(data) == .passes)
        }
        #expect(try Filter("a == null").verdict("5") == .passes)
        var invalid = FilterEvaluator(try Filter("a == 1"))
        #expect(invalid.judge([0x22, 0xFF, 0x22]) == .notJSON)
    }

    @Test("sees of a name that is there twice its last value, wherever it stands, as what is printed")
    func twice() throws {
        #expect(try Filter("a == 2").verdict(#"{"a":1,"b":0,"a":2}"#) == .passes)
        #expect(try Filter("a == 1").verdict(#"{"a":1,"b":0,"\u0061":2}"#) == .fails)
        #expect(try Filter("exists(a.b)").verdict(#"{"a":{"b":1},"a":{}}"#) == .fails)
        #expect(try Filter("a.b == 1").verdict(#"{"a":5,"a":{"b":1}}"#) == .passes)
    }

    @Test("a half of a surrogate pair is U+FFFD, in the data and in the filter")
    func halves() throws {
        for text in [#"a == "\ud83d""#, #"a == "\ufffd""#, "a == \"\u{FFFD}\"", #"a == "\ude42""#] {
            #expect(try Filter(text).verdict(#"{"a":"\ud83d"}"#) == .passes)
        }
        #expect(try Filter(#"'\ud83d' == 1"#).verdict(#"{"\ud83d":1}"#) == .fails)
        #expect(try Filter("'\u{FFFD}' == 1").verdict(#"{"\ud83d":1}"#) == .passes)
    }

    @Test("finds a text in another one wherever it is", arguments: ["aab", "ab", "aaab", "abab", "b", "aabaaab"])
    func search(sought: String) throws {
        var generator = SeededGenerator(seed: UInt64(sought.utf8.count))
        var evaluator = FilterEvaluator(try Filter("@data contains \"\(sought)\""))
        for _ in 0..<500 {
            let text = String((0..<generator.below(24)).map { _ in generator.chance(65) ? "a" : "b" })
            let isThere = text.indices.contains { text[$0...].hasPrefix(sought) }
            #expect(evaluator.judge(Array(text.utf8)) == (isThere ? .passes : .fails), "\(sought) in \(text)")
        }
    }

    @Test("keeps nothing of the event before")
    func again() throws {
        var evaluator = FilterEvaluator(try Filter(#"a.b == "x" && @id != "7""#))
        for (data, id, verdict) in [
            (#"{"a":{"b":"x"}}"#, "", .passes), (#"{"a":{}}"#, "", .fails), ("[]", "", .fails), ("[", "", .notJSON),
            (#"{"a":{"b":"\u0078"}}"#, "", .passes), (#"{"a":{"b":"x"}}"#, "7", .fails), ("[", "7", .fails),
            (#"{"a":{"b":"x"}}"#, "8", .passes),
        ] as [(String, String, FilterEvaluator.Verdict)] {
            #expect(evaluator.judge(Array(data.utf8), id: id) == verdict, "\(data) \(id)")
        }
    }
}

@Suite("A filter and large data")
struct LargeDataTests {
    @Test("10,000 objects and arrays in each other are no JSON to it, 512 are")
    func depth() throws {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            for (depth, verdict) in [(512, .fails), (513, .notJSON), (10_000, .notJSON), (100_000, .notJSON)]
                as [(Int, FilterEvaluator.Verdict)]
            {
                let text = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
                #expect(try Filter("a == 1").verdict(text) == verdict, "\(depth)")
                #expect(try Filter("a == 1").verdict(String(text.dropLast())) == .notJSON)
            }
        }
    }

    @Test("100 MB are read once, whatever they are made of")
    func size() throws {
        let size = 100 << 20
        let member = Array(#""k\u0041y":{"list":[1,2.5e3,"text",true,null,[]],"s":"long enough to be skipped"},"#.utf8)
        var document = Array("{".utf8)
        document.reserveCapacity(size + 100)
        while document.count < size { document += member }
        document += Array(#""last":{"n":9007199254740993}}"#.utf8)
        var evaluator = FilterEvaluator(try Filter("last.n == 9007199254740993 && kAy.list contains 2500"))
        #expect(evaluator.judge(document) == .passes)
        document.removeLast()
        #expect(evaluator.judge(document) == .notJSON)
    }

    @Test("a text of 20 MB is searched in linear time, whatever is sought")
    func search() throws {
        let sought = String(repeating: "a", count: 7000)
        let text = Array("\"".utf8) + Array(repeating: UInt8(ascii: "a"), count: 6999)
        var document = Array(#"{"a":"#.utf8) + text
        while document.count < 20 << 20 { document += Array("b".utf8) + text[1...] }
        document += Array("\"}".utf8)
        var evaluator = FilterEvaluator(try Filter("a contains \"\(sought)\""))
        #expect(evaluator.judge(document) == .fails)
    }

    @Test("a number of a million digits is compared to its last one")
    func number() throws {
        let digits = String(repeating: "7", count: 1_000_000)
        #expect(try Filter("a < b && a != b").verdict(#"{"a":\#(digits)1,"b":\#(digits)2}"#) == .passes)
        #expect(try Filter("a == b").verdict(#"{"a":\#(digits)1,"b":\#(digits).1e1}"#) == .passes)
    }
}
