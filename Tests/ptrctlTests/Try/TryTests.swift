import Foundation
import PtrConfiguration
import Testing

@testable import ptrctl

/// All with a real server on loopback.
@Suite("ptrctl try", .timeLimit(.minutes(1)))
struct TryTests {
    private static let edits = (1...3).map { number in
        """
        id: \(number)
        event: \(number == 2 ? "log" : "edit")
        data: {"$schema":"/change/1","title":"Page \(number)","user":"ann","wiki":"enwiki","meta":{"domain":"a.org"}}


        """
    }.joined()

    @Test("shows the answer, each event with its id, what its data has, and the configuration for it")
    func good() async throws {
        try await withServer({ _ in .stream(": ok\n\nretry: 1500\n" + Self.edits, fields: "Server: feedd/2\r\n") }) {
            server in
            let outcome = await ptrctl(["try", "-n", "3", server.url("/v2/changes")])
            #expect(outcome.status == 0 && outcome.err.isEmpty, "\(outcome)")
            for words in [
                "● trying http://127.0.0.1:\(server.port)/v2/changes\n", "● connected, the request is sent",
                "← 200 OK\n", "             content-type: text/event-stream\n             server: feedd/2\n",
                "← a comment: ok", "← retry: 1.50 s between connections", "← event 1: edit, id 1, ",
                "← event 2: log, id 2, ", "             {\"$schema\":\"/change/1\",\"title\":\"Page 1\"",
                "Connection: connected within ", "    Events: 3, ", "     Types: edit 2, log 1",
                "       Ids: numbers, each event its own: after a break ptrd goes on after the last one",
                "  Comments: 1: signs of life", "      Data: JSON", "{$schema}", "{meta.domain}", "a.org",
                "● it works: 3 events from v2-changes", "for /etc/ptrd/ptrd.d/v2-changes.toml:",
                "    [stream.v2-changes]\n    url = \"http://127.0.0.1:\(server.port)/v2/changes\"",
                "format = \"{@event}: {wiki} {user}: {title}\"", "which prints:\n    edit: enwiki ann: Page 1",
            ] {
                #expect(outcome.out.contains(words), "\(words) in \(outcome.out)")
            }
            let head = try #require(server.requests.first).lowercased()
            #expect(head.contains("accept: text/event-stream") && !head.contains("last-event-id"))
        }
    }

    @Test("goes on for a while without -n, so that there is a rate")
    func rate() async throws {
        let events = (1...7).map { "data: \($0)\n\n" }.joined()
        try await withServer({ _ in .stream(events) }) { server in
            let outcome = await ptrctl(["try", server.url()])
            #expect(outcome.status == 0 && outcome.out.contains("event 5: ") && !outcome.out.contains("event 6: "))
            #expect(outcome.out.contains("Events: 7, too few or too close to tell a rate"), "\(outcome.out)")
            #expect(outcome.out.contains("Ids: none: what is sent while the connection is down is lost"))
            #expect(outcome.out.contains("Data: JSON, single values") && !outcome.out.contains("format ="))
        }
    }

    @Test("follows a redirect, says where to, and leaves out the values of its query")
    func redirected() async throws {
        try await withServer({ head in
            head.hasPrefix("GET /old")
                ? .page("307 Temporary Redirect", fields: "Location: /new?token=12345678abcdefgh\r\n")
                : .stream("data: here\n\n")
        }) { server in
            let outcome = await ptrctl(["try", "-n", "1", server.url("/old")])
            #expect(outcome.status == 0 && outcome.out.contains("← 307 Temporary Redirect"), "\(outcome.out)")
            #expect(outcome.out.contains("→ on to http://127.0.0.1:\(server.port)/new?token=…\n"))
            #expect(outcome.out.contains(", 1 redirect") && !outcome.out.contains("12345678abcdefgh"))
        }
    }

    @Test("looks up a name and says its address")
    func resolved() async throws {
        try await withServer({ _ in .stream("data: x\n\n") }) { server in
            let outcome = await ptrctl(["try", "-n", "1", "http://localhost:\(server.port)/"])
            #expect(outcome.status == 0 && outcome.out.contains("● localhost is "), "\(outcome.out)")
            #expect(outcome.out.contains("● connected to 127.0.0.1, the request is sent"))
        }
    }

    @Test("prints what a format makes of each event, and names the paths that are not there")
    func format() async throws {
        try await withServer({ _ in .stream(Self.edits) }) { server in
            let outcome = await ptrctl([
                "try", "-n", "2", "--format", "{@id} {title} {nobody.here} {@stream}", server.url("/edits"),
            ])
            #expect(outcome.status == 0 && outcome.out.contains("→ 1 Page 1  edits\n"), "\(outcome.out)")
            #expect(outcome.out.contains("● the format's {nobody.here} was in none of the events looked at"))
            #expect(!outcome.out.contains("format ="))
        }
        try await withServer({ _ in .stream("data: plain\n\n") }) { server in
            let outcome = await ptrctl(["try", "-n", "1", "--format", "{title}", server.url()])
            #expect(outcome.out.contains("but the data is no JSON: it is printed as it came"), "\(outcome.out)")
        }
    }

    @Test("sends the headers that are given")
    func headers() async throws {
        try await withServer({ _ in .stream("data: x\n\n") }) { server in
            let outcome = await ptrctl([
                "try", "-n", "1", "--header", "User-Agent: me/1 (me@example.org)", "--header", "X-Kind:a", server.url(),
            ])
            #expect(outcome.status == 0, "\(outcome)")
            let head = try #require(server.requests.first)
            #expect(head.contains("User-Agent: me/1 (me@example.org)") && head.contains("X-Kind: a"))
            #expect(outcome.out.contains(#"headers = { "User-Agent" = "me/1 (me@example.org)", "X-Kind" = "a" }"#))
        }
    }

    @Test("has one document for machines")
    func document() async throws {
        try await withServer({ _ in .stream(Self.edits, ends: true) }) { server in
            let outcome = await ptrctl(["try", "--json", "-n", "2", server.url("/edits")])
            #expect(outcome.status == 0)
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
            #expect(object["works"] as? Bool == true && object["events"] as? Int ?? 0 >= 2, "\(outcome.out)")
            #expect(object["ids"] as? String == "numbers" && object["name"] as? String == "edits")
            let shown = try #require(object["shown"] as? [[String: Any]])
            #expect(shown.map { $0["type"] as? String } == ["edit", "log"] && shown[0]["own_id"] as? Bool == true)
            let connections = try #require(object["connections"] as? [[String: Any]])
            #expect(connections[0]["status"] as? Int == 200)
            #expect((connections[0]["fields"] as? [String: String])?["content-type"] == "text/event-stream")
            let fields = try #require(object["fields"] as? [[String: Any]]).map { $0["path"] as? String }
            #expect(fields == ["$schema", "title", "user", "wiki", "meta.domain"])
            let text = try #require(object["configuration"] as? String)
            #expect(try Configuration.parse(text, file: "x").streams[0].url == server.url("/edits"))
        }
        let bad = await ptrctl(["try", "--json", "http://127.0.0.1:1/"])
        #expect(bad.status == 1 && bad.out.contains(#""works" : false"#), "\(bad.out)")
        #expect(bad.out.contains(#""ended_code" : "connect""#))
    }

    @Test("says what was seen so far when it is interrupted")
    func interrupted() async throws {
        let (interruptions, signal) = AsyncStream<CInt>.makeStream()
        try await withServer({ _ in
            signal.yield(SIGINT)
            return .stream("")
        }) { server in
            let outcome = await ptrctl(["try", server.url()], interruptions: interruptions)
            #expect(outcome.status == 1 && outcome.out.contains("● trying "), "\(outcome.out)")
        }
    }

    @Test("fits the terminal, and obeys nothing that a server writes", arguments: [40, 80])
    func terminal(columns: Int) async throws {
        let evil = "data: {\"a\u{1B}[31m\":\"b\u{1B}]0;x\u{7}\"}\n\n"
        let events =
            "id: \u{1B}[2J1\nevent: \u{1B}[31mred\n\(evil): \u{1B}[2J\n\ndata: \(String(repeating: "日本", count: 300))\n\n"
        try await withServer({ _ in .stream(events, fields: "Server: a b\r\n") }) { server in
            let outcome = await ptrctl(
                ["try", "-n", "2", server.url("/a")], environment: ["TERM": "xterm"], isTerminal: true, columns: columns
            )
            for line in outcome.out.split(separator: "\n") where !line.hasPrefix("    ") || line.hasPrefix("     ") {
                #expect(Text.width(String(line)) <= columns, "\(line)")
            }
            let plain = outcome.out.replacing(/\u{1B}\[[0-9]+m/, with: "")
            #expect(!plain.contains("\u{1B}") && !plain.contains("\u{7}"), "\(plain)")
            #expect(!outcome.out.contains("\u{1B}[31mred"))
        }
    }

    @Test("needs no colours")
    func plain() async throws {
        let outcome = await ptrctl(
            ["try", "--no-color", "http://127.0.0.1:1/"], environment: ["TERM": "xterm"], isTerminal: true)
        #expect(!outcome.out.contains("\u{1B}["))
    }

    @Test(
        "is told how it is called",
        arguments: [
            (["try"], "What to try is missing: ptrctl try URL, or --stream NAME"),
            (["try", "http://a/", "--stream", "b"], "a URL and --stream are two streams"),
            (["try", "--stream", "b", "--header", "A: b"], "--stream has its headers from the configuration"),
            (["try", "--header", "nonsense", "http://a/"], "--header has no value: write 'Name: value'"),
            (["try", "--header-file", "X", "http://a/"], "--header-file has no path"),
            (["try", "-n", "0", "http://a/"], "it must be from 1 to 1000"),
            (["try", "--time", "5", "http://a/"], "did you mean 5s?"),
            (["try", "--time", "0s", "http://a/"], "--time must be more than 0"),
            (["try", "example.org/feed"], "has no scheme"),
            (["try", "http://u:p@a/"], "the URL holds user information"),
            (["try", "--format", "{a", "http://a/"], "--format: "),
            (["try", "--header", "Accept: a", "http://a/"], "ptrd sets this header itself"),
        ])
    func usage(arguments: [String], words: String) async {
        let outcome = await ptrctl(arguments)
        #expect(outcome.status == 2 && outcome.err.contains(words), "\(outcome)")
        #expect(outcome.out.isEmpty)
    }
}
