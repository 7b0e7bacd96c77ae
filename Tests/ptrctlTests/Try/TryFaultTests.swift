import Foundation
import Testing

@testable import RogueFeed
@testable import ptrctl

/// What is wrong with a stream, each kind done by a real server.
@Suite("ptrctl try explains", .timeLimit(.minutes(1)))
struct TryFaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let answer: TrialServer.Answer
        let words: [String]
        var options: [String] = []
        var status: Int32 = 1

        var testDescription: String { words[0] }
    }

    static let faults = [
        Fault(
            answer: .page("503 Service Unavailable", "<h1>down for repair</h1>", fields: "Retry-After: 120\r\n"),
            words: [
                "← 503 Service Unavailable", "retry-after: 120", "down for repair",
                "✗ the server refuses; ptrd would try again",
            ]),
        Fault(
            answer: .page("401 Unauthorized", "who are you", fields: "WWW-Authenticate: Bearer realm=\"a\"\r\n"),
            words: [
                "www-authenticate: Bearer realm=\"a\"", "who are you", "it wants a credential: --bearer-file PATH",
            ]),
        Fault(answer: .page("404 Not Found", "no such feed"), words: ["no such feed", "is the path right?"]),
        Fault(answer: .page("405 Method Not Allowed", fields: "Allow: POST\r\n"), words: ["it wants another method"]),
        Fault(answer: .page("429 Too Many Requests"), words: ["too many requests: wait"]),
        Fault(
            answer: .page("204 No Content"),
            words: ["the server has nothing to stream; for ptrd the stream would be over"]),
        Fault(
            answer: .page("200 OK", "<html>hello</html>", fields: "Content-Type: text/html\r\n"),
            words: ["the media type text/html", "<html>hello</html>", "is that the address of the stream itself"]),
        Fault(answer: .page("302 Found"), words: ["the redirect leads nowhere"]),
        Fault(
            answer: .page("302 Found", fields: "Location: /events\r\n"),
            words: ["the redirect leads nowhere; for ptrd the stream would be over"]),
        Fault(answer: .stream("", ends: true), words: ["✗ the server ended the stream without an event"]),
        Fault(
            answer: .stream("data: x\n\n", ends: true),
            words: ["● the server ends the stream by itself; ptrd would try again", "● it works: 1 event"],
            options: ["-n", "2"], status: 0),
        Fault(answer: TrialServer.Answer(text: "SSH-2.0-x\r\n"), words: ["✗ the connection broke"]),
        Fault(
            answer: .stream(""),
            words: ["✗ the stream is open, but nothing came within 300 ms; wait longer with --time"],
            options: ["--time", "300ms"]),
        Fault(
            answer: .stream(": hi\n"), words: ["the stream is open, but comments, but no event came within 300 ms"],
            options: ["--time", "300ms"]),
        Fault(
            answer: .stream("id: a\u{1}b\ndata: x\n\n"),
            words: ["✗ 1 id with control characters, which cannot be sent back"],
            options: ["-n", "1"]),
        Fault(
            answer: .stream("id: \(String(repeating: "9", count: 9000))\ndata: x\n\n"),
            words: ["an id of 8.8 KiB is longer than max_id_bytes (8.0 KiB)", "max_id_bytes = \"9KiB\""],
            options: ["-n", "1"]),
        Fault(
            answer: .stream("id: {\"p\":1}\ndata: x\n\n: b\n\nevent: ping\ndata\n\n"),
            words: ["Ids: JSON, several events to one: after a break ptrd goes on there", "still id {", "no data"],
            options: ["-n", "2"], status: 0),
        Fault(
            answer: .stream("data: x\n\n", fields: "Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n"),
            words: ["● the server sets cookies, which are not shown"], options: ["-n", "1"], status: 0),
    ]

    @Test("what is wrong, in words and with a mend", arguments: faults)
    func fault(fault: Fault) async throws {
        try await withServer({ _ in fault.answer }) { server in
            let outcome = await ptrctl(["try"] + fault.options + [server.url()])
            #expect(outcome.status == fault.status, "\(outcome)")
            for words in fault.words { #expect(outcome.out.contains(words), "\(words) in \(outcome.out)") }
            #expect(outcome.out.contains("● it works") == (fault.status == 0))
        }
    }

    @Test("that nothing listens, or that a name is not known")
    func unreachable() async throws {
        let refused = await ptrctl(["try", "http://127.0.0.1:1/"])
        #expect(refused.status == 1 && refused.out.contains("cannot connect to 127.0.0.1:1: connection refused"))
        #expect(refused.out.contains("✗ there is no connection; ptrd would try again; does something listen"))
        #expect(!refused.out.contains("ptrd.d"))
        let unknown = await ptrctl(["try", "http://no-such-host.invalid/"])
        #expect(unknown.status == 1 && unknown.out.contains("✗ the name has no address"), "\(unknown.out)")
    }

    @Test("what TLS fails at")
    func tls() async throws {
        let rogue = RogueServer()
        try await rogue.start(rate: 0)
        let untrusted = await ptrctl(["try", rogue.url("/unique/a", .tls)])
        #expect(untrusted.status == 1 && untrusted.out.contains("● TLS failed: "), "\(untrusted.out)")
        #expect(untrusted.out.contains("✗ TLS failed; ptrd would try again"), "\(untrusted.out)")
        let encrypted = await ptrctl(["try", rogue.url("/unique/a", .tls).replacing("https:", with: "http:")])
        #expect(encrypted.status == 1 && encrypted.out.contains("✗ the connection broke"), "\(encrypted.out)")
        try await rogue.stop()
    }

    @Test("nothing, where nothing is wrong", arguments: ["unique", "group", "first", "resets"])
    func shapes(shape: String) async throws {
        let rogue = RogueServer()
        try await rogue.start(rate: 200)
        let outcome = await ptrctl(["try", "-n", "20", rogue.url("/\(shape)/a")])
        #expect(outcome.status == 0 && outcome.out.contains("● it works: 20 events from \(shape)-a"), "\(outcome.out)")
        #expect(
            outcome.out.contains(
                shape == "unique" ? "each event its own" : shape == "resets" ? "not in every" : "several"))
        try await rogue.stop()
    }

    @Test("events that are larger than they may be, by the limit of the configuration")
    func tooLarge() async throws {
        let large = "data: \(String(repeating: "x", count: 200))\n\ndata: small\n\n"
        try await withServer({ _ in .stream(large) }) { server in
            try await withConfiguration("[stream.a]\nurl = \"\(server.url())\"\nmax_event_bytes = 128") { path in
                let outcome = await ptrctl(["try", "--stream", "a", "--config", path, "-n", "1"])
                #expect(outcome.status == 1, "\(outcome)")
                #expect(outcome.out.contains("✗ an event of more than 128 B, which is left out"), "\(outcome.out)")
                #expect(outcome.out.contains("✗ 1 event over max_event_bytes (128 B), left out"))
                #expect(outcome.out.contains("better, in ptrd.toml:\n    [stream.a]\n    max_event_bytes = \"1MiB\""))
            }
        }
    }

    @Test("silence beyond idle_timeout, and a server that answers late")
    func idle() async throws {
        try await withServer({ head in
            head.hasPrefix("GET /late") ? TrialServer.Answer(text: "") : .stream("data: x\n\n")
        }) { server in
            let text = """
                [stream.a]
                url = "\(server.url())"
                idle_timeout = "200ms"
                [stream.b]
                url = "\(server.url("/late"))"
                response_timeout = "100ms"
                """
            try await withConfiguration(text) { path in
                let idle = await ptrctl(["try", "--stream", "a", "--config", path, "-n", "2"])
                #expect(
                    idle.status == 1 && idle.out.contains("✗ the stream fell silent, and counts as dead"), "\(idle)")
                let late = await ptrctl(["try", "--stream", "b", "--config", path])
                #expect(late.status == 1 && late.out.contains("the server did not answer"), "\(late)")
                #expect(late.out.contains("response_timeout = \"off\""))
            }
        }
    }
}

/// A configuration in a file while `body` works with it.
func withConfiguration(_ text: String, _ body: (_ path: String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "ptrd.toml")
    try Data(text.utf8).write(to: path)
    try await body(path.path)
}
