import NIOCore
import TestKit
import Testing
import WorkerProtocol

@Suite("What a worker writes")
struct AnswerReaderTests {
    private static let good: [(String, WorkerAnswer)] = [
        (#"{"ready":1}"#, .ready(prefetch: nil, heartbeat: false)),
        (#"{"ready":1,"prefetch":4,"heartbeat":true}"#, .ready(prefetch: 4, heartbeat: true)),
        (#"{"seq":485,"status":"done"}"#, .outcome(.done, of: .message(485))),
        (#" { "status" : "done" , "seq" : 485 } "#, .outcome(.done, of: .message(485))),
        ("{\"seq\":18446744073709551615,\"status\":\"done\"}\r", .outcome(.done, of: .message(.max))),
        (#"{"\u0073eq":1,"status":"d\u006fne"}"#, .outcome(.done, of: .message(1))),
        (#"{"status":"done"}"#, .outcome(.done, of: .oldest)),
        (#"{"frame":9,"status":"done"}"#, .outcome(.done, of: .frame(9))),
        (
            #"{"seq":1,"status":"failed","reason":"gr\u00fc\u00df \ud83d\ude00\n","retry_after":2.5}"#,
            .outcome(.failed("grüß 😀\n", retryAfter: .milliseconds(2500)), of: .message(1))
        ),
        (#"{"status":"failed"}"#, .outcome(.failed("the worker gave no reason"), of: .oldest)),
        (#"{"frame":2,"status":"rejected","reason":"r"}"#, .outcome(.rejected("r"), of: .frame(2))),
        (
            #"{"seq":1,"status":"unavailable","reason":"","retry_after":1e1}"#,
            .outcome(.unavailable("", retryAfter: .seconds(10)), of: .message(1))
        ),
        (
            #"{"frame":9,"status":"partial","failed":[{"seq":1,"reason":"a","retry_after":1},{"seq":2}],"rejected":[],"#
                + #""unavailable":[ {"seq":3,"reason":"c"} ]}"#,
            .partial(
                frame: 9,
                [
                    1: .failed("a", retryAfter: .seconds(1)), 2: .failed("the worker gave no reason"),
                    3: .unavailable("c"),
                ])
        ),
        (#"{"frame":9,"status":"partial"}"#, .partial(frame: 9, [:])),
        (#"{"progress":485}"#, .progress(485)),
        (#"{"log":{"level":"warning","message":"hot"}}"#, .log(.warning, "hot")),
        (#"{"log":{"message":"hot"}}"#, .log(.info, "hot")),
    ]

    @Test("is understood")
    func understood() throws {
        for (text, answer) in Self.good { #expect(try answers(text + "\n") == [answer], "\(text)") }
    }

    @Test(
        "may go on after a fault: what came before that is gone",
        arguments: ["a\nb\n", "0123456789012345678901234567890123"])
    func afterAFault(text: String) throws {
        var reader = AnswerReader(framing: .lines, maximumAnswerBytes: 32)
        reader.take(ByteBuffer(string: text))
        #expect(throws: ProtocolFault.self) { try reader.next() }
        reader.take(ByteBuffer(string: #"{"seq":1,"status":"done"}"# + "\n"))
        #expect(try reader.next() == .outcome(.done, of: .message(1)))
    }

    @Test("is understood however it is cut", arguments: Framing.allCases)
    func cut(framing: Framing) throws {
        let bytes = Self.good.flatMap { framing == .lines ? Array("\($0.0)\n".utf8) : framed($0.0) }
        for size in Array(1...70) + [bytes.count] {
            var (reader, found) = (AnswerReader(framing: framing), [WorkerAnswer]())
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.take(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
                while let answer = try reader.next() { found.append(answer) }
            }
            try reader.finish()
            #expect(found == Self.good.map(\.1), "in pieces of \(size)")
        }
    }

    @Test(
        "is a fault when it is no answer, and the mend is to print elsewhere",
        arguments: [
            "hello", "", " ", "17", "null", "[]", "\"done\"", "{", "{}x", #"{"seq":1,"status":"done"}}"#,
            #"{"seq":1,"status":"done"},"#, #"{"seq":1 "status":"done"}"#, #"{'seq':1,'status':'done'}"#,
            #"{"seq":01,"status":"done"}"#, #"{"seq":+1,"status":"done"}"#, "{\"reason\":\"\u{1}\"}",
            #"{"seq":1,"status":done}"#, #"{"seq":1,"status":"done",}"#, #"{"nonsense":tru}"#, #"{"seq":}"#,
        ])
    func nonsense(text: String) {
        #expect { try answers(text + "\n") } throws: { error in
            let words = "\(error)"
            return words.hasPrefix("it wrote ") && words.contains("print to stderr, or set reply_fd = 3")
        }
    }

    @Test(
        "is a fault when it could be misunderstood",
        arguments: [
            (#"{"seq":1,"status":"ok"}"#, #"unknown status "ok""#),
            (#"{"sequence":1,"status":"done"}"#, "unknown key \"sequence\""),
            (#"{"seq":1,"seq":2,"status":"done"}"#, "seq stands twice"), (#"{"seq":1}"#, "without status"),
            ("{}", "without status"),
            (#"{"seq":"1","status":"done"}"#, "seq in an answer must be a number"),
            (#"{"seq":1.0,"status":"done"}"#, "seq in an answer must be a whole number"),
            (#"{"seq":1e2,"status":"done"}"#, "seq in an answer must be a whole number"),
            (#"{"seq":-1,"status":"done"}"#, "seq in an answer must be a whole number"),
            (#"{"seq":18446744073709551616,"status":"done"}"#, "seq is out of range"),
            (#"{"seq":null,"status":"done"}"#, "seq in an answer must be a number"),
            (#"{"seq":1,"status":null}"#, "status in an answer must be a string"),
            (#"{"seq":1,"status":"Done"}"#, #"unknown status "Done""#),
            (#"{"seq":1,"frame":2,"status":"done"}"#, "both seq and frame"),
            (#"{"seq":1,"status":"done","reason":"x"}"#, "reason makes no sense"),
            (#"{"seq":1,"status":"rejected","retry_after":1}"#, "retry_after makes no sense"),
            (#"{"seq":1,"status":"failed","retry_after":-1}"#, "retry_after is out of range"),
            (#"{"seq":1,"status":"failed","retry_after":1e999}"#, "retry_after is out of range"),
            (#"{"seq":1,"status":"failed","reason":5}"#, "reason in an answer must be a string"),
            (#"{"ready":2}"#, "version 2"), (#"{"ready":true}"#, "ready in an answer must be a number"),
            (#"{"ready":1,"prefetch":0}"#, "prefetch is out of range"),
            (#"{"ready":1,"heartbeat":1}"#, "heartbeat in an answer must be"),
            (#"{"ready":1,"seq":1}"#, "seq makes no sense"),
            (#"{"progress":1,"heartbeat":true}"#, "heartbeat makes no sense"),
            (#"{"log":"x"}"#, "log in an answer must be an object"),
            (#"{"log":{"level":"loud","message":"x"}}"#, "unknown level"),
            (#"{"log":{"level":"info"}}"#, "without message in log"), (#"{"log":{"seq":1}}"#, #"unknown key "seq""#),
            (#"{"level":"info"}"#, #"unknown key "level""#), (#"{"status":"partial"}"#, "without frame"),
            (#"{"frame":1,"status":"partial","failed":[{"reason":"x"}]}"#, "without seq in the list of failed"),
            (#"{"frame":1,"status":"partial","failed":[5]}"#, "failed in an answer must be a list"),
            (#"{"frame":1,"status":"partial","failed":{}}"#, "failed in an answer must be a list"),
            (#"{"frame":1,"status":"partial","failed":[{"seq":1}],"rejected":[{"seq":1}]}"#, "names message 1 twice"),
            (#"{"frame":1,"status":"done","failed":[]}"#, "failed makes no sense"),
            (#"{"specversion":"1.0","seq":1}"#, "it wrote the frame that it was given"),
        ])
    func misunderstanding(text: String, words: String) {
        #expect { try answers(text + "\n") } throws: { error in
            "\(error)".contains(words) && "\(error)".contains(text.prefix(60))
        }
    }

    @Test("is a fault when it has no end", arguments: [#"{"seq":1,"status":"done"}"#, #"{"seq":"#, "x"])
    func half(text: String) {
        #expect { try answers(#"{"status":"done"}"# + "\n" + text) } throws: { "\($0)".contains("half an answer") }
        #expect {
            var reader = AnswerReader(framing: .length)
            reader.take(ByteBuffer(bytes: framed(text).dropLast()))
            #expect(try reader.next() == nil)
            try reader.finish()
        } throws: { "\($0)".contains("half an answer") }
    }

    @Test("is a fault when it is too large, and no more of it is kept than may be")
    func tooLarge() throws {
        let reason = String(repeating: "x", count: 100)
        let text = #"{"status":"failed","reason":"\#(reason)"}"#
        #expect(try answers(text + "\n", maximumAnswerBytes: text.utf8.count).count == 1)
        #expect { try answers(text + "\n", maximumAnswerBytes: text.utf8.count - 1) } throws: {
            "\($0)".contains("an answer of \(text.utf8.count) bytes is too large")
                && "\($0)".contains("max_answer_bytes")
        }
        var (reader, pieces) = (AnswerReader(framing: .lines, maximumAnswerBytes: 1000), 0)
        #expect {
            while pieces < 100 {
                pieces += 1
                reader.take(ByteBuffer(repeating: UInt8(ascii: "y"), count: 64))
                _ = try reader.next()
            }
        } throws: { "\($0)".contains("an answer of more than 1000 bytes is too large") && "\($0)".contains("yyy…") }
        #expect(pieces == 16)
    }

    @Test("is a fault when it should have its length before it, and has not")
    func lengths() {
        for text in [#"{"seq":1,"status":"done"}"#, "\n\n\n\n"] {
            #expect { try answers(text, framing: .length) } throws: {
                "\($0)".contains("too large") && "\($0)".contains("each answer has its length before it")
            }
        }
        #expect { try answers("\0\0\0\0", framing: .length) } throws: { "\($0)".contains("no bytes") }
        #expect { try answers("\0\0\u{10}\u{1}", framing: .length, maximumAnswerBytes: 4096) } throws: {
            "\($0)".contains("an answer of 4097 bytes is too large")
        }
    }

    @Test("has no longer reason or log line than is of use, cut between characters")
    func longReason() throws {
        let text = "a" + String(repeating: "é", count: 5000)
        guard
            case .outcome(.failed(let reason, _), _)? = try answers(#"{"status":"failed","reason":"\#(text)"}"# + "\n")
                .first,
            case .log(_, let line)? = try answers(#"{"log":{"message":"\#(text)"}}"# + "\n").first
        else {
            Issue.record("other answers")
            return
        }
        #expect(reason.utf8.count <= 1024 + 3 && reason.hasSuffix("é…") && text.hasPrefix(reason.dropLast()))
        #expect(line.utf8.count <= 4096 + 3 && line.hasSuffix("é…"))
    }

    @Test("is quoted with 120 bytes at most, and no control character")
    func quotes() throws {
        let fault = #expect(throws: ProtocolFault.self) {
            try answers("\u{1B}[31m\r\t\u{7F}\u{85}" + String(repeating: "é", count: 200) + "\n")
        }
        let quote = try #require(fault?.quote)
        #expect(quote.hasPrefix(#""\e[31m\r\t\u{7f}\u{85}é"#) && quote.hasSuffix("…\""))
        #expect(quote.utf8.count < 160)
        #expect { try answers(#"{"a\u001bb":1}"# + "\n{}") } throws: { !"\($0)".contains("\u{1B}") }
        #expect { try answers("{\"status\":\"\\u0000\u{85}\"}\n") } throws: {
            "\($0)".contains(#"unknown status "\u{0}\u{85}""#)
        }
    }

    @Test("is not understood when it is not UTF-8")
    func illFormed() {
        var bytes = Array(#"{"status":"failed","reason":"_"}"#.utf8) + [0x0A]
        if let place = bytes.firstIndex(of: UInt8(ascii: "_")) { bytes[place] = 0xFF }
        var reader = AnswerReader(framing: .lines)
        reader.take(ByteBuffer(bytes: bytes))
        #expect(throws: ProtocolFault.self) { try reader.next() }
    }
}
