import EventSource
import NIOCore
import PtrConfiguration
import StreamSettings
import Testing

@testable import ptrctl

@Suite("The configuration that is suggested")
struct SuggestionTests {
    private func settings(_ url: String = "https://a.example.org/feed") throws -> TrialSettings {
        let stream = StreamConfiguration(name: StreamNaming.name(for: url), url: url)
        return TrialSettings(stream: stream, source: .of(stream) { _ in nil })
    }

    private func tally(
        _ events: [(type: String, data: String)], comments: [Int] = [], silence: Duration = .zero
    ) -> TrialTally {
        var tally = TrialTally()
        tally.connections = [.init(url: "", begun: .zero)]
        tally.opened = .zero
        for second in comments {
            tally.read(EventStreamBatch(events: [], bytes: 3, comments: 1), at: .seconds(second))
        }
        for (number, event) in events.enumerated() {
            let parsed = EventStreamEvent(type: ByteBuffer(string: event.type), data: ByteBuffer(string: event.data))
            tally.count(parsed, type: event.type, id: "", passes: true, at: .seconds(number))
            tally.shown.append(
                TrialEvent(
                    number: number + 1, type: event.type, id: "", hasOwnID: false, bytes: event.data.utf8.count,
                    data: event.data, passes: true, line: nil))
        }
        tally.end(.timeUp, at: silence)
        return tally
    }

    @Test(
        "is one that ptrd takes",
        arguments: ["https://a.example.org/feed", "http://127.0.0.1:80/", "https://a.b/x.y?z=1"])
    func isTaken(url: String) throws {
        let tally = tally([("a", "x"), ("b.c", "y")], comments: [0, 15, 30], silence: .seconds(50))
        let text = Suggestion(tally, try settings(url)).lines.joined(separator: "\n")
        let parsed = try Configuration.parse(text, file: "suggestion")
        #expect(parsed.streams.map(\.url) == [url])
        #expect(parsed.handler.print.format?.text == "{@event}: {@data}" || Suggestion.isDeclared("format"))
    }

    @Test("follows the signs of life")
    func idle() throws {
        let settings = try settings()
        // Four of them in idle_timeout, which is the default.
        #expect(!Suggestion(tally([], comments: [0, 15, 30, 45]), settings).lines.contains { $0.contains("idle") })
        let seldom = Suggestion(tally([], comments: [0, 30, 60]), settings).lines
        #expect(seldom.contains(#"idle_timeout = "120s"   # a comment each 30.0 s"#), "\(seldom)")
        let silent = Suggestion(tally([("message", "x")], silence: .seconds(40)), settings).lines
        #expect(
            silent.contains {
                $0.hasPrefix(#"idle_timeout = "165s"   # silent for 40.0 s"#) || $0.hasPrefix("idle_timeout = \"1")
            }, "\(silent)")
    }

    @Test("knows an end that the data has, filters and compression only where ptrd has such keys")
    func declared() throws {
        let settings = try settings()
        var tally = tally([("message", "[DONE]"), ("message_stop", "{}")])
        tally.connections[0].variesByEncoding = true
        let lines = Suggestion(tally, settings).lines
        for (key, line) in [
            ("end", #"end = { data = "[DONE]" }"#), ("compression", "compression = true"),
            ("events", ##"# events = ["message", "message_stop"]"##),
        ] {
            let isThere = lines.contains { $0.hasPrefix(line) }
            #expect(isThere == Suggestion.isDeclared(key), "\(key) in \(lines)")
        }
        #expect(
            Suggestion.isDeclared("url") && Suggestion.isDeclared("reconnect") && !Suggestion.isDeclared("nonsense"))
        for rule in Suggestion.rules {
            #expect(Set(Suggestion.rules.map(\.key)).count == Suggestion.rules.count, "\(rule.key) is there twice")
        }
    }

    @Test(
        "calls a stream by its host and path",
        arguments: [
            ("https://stream.wikimedia.org/v2/stream/recentchange", "wikimedia-recentchange"),
            ("https://mastodon.social/api/v1/streaming/public", "mastodon-public"),
            ("https://api.openai.com/v1/chat/completions", "openai-completions"),
            ("http://127.0.0.1:4000/tweets/1", "tweets-1"), ("http://localhost/", "feed"), ("http://[::1]:80/a", "a"),
            ("https://sse.dev/test", "test"), ("https://example.com/?topic=a", "example"),
            ("https://example.com/%7Bid%7D/-x", "example-x"), ("nonsense", "feed"), ("", "feed"),
        ])
    func names(url: String, name: String) throws {
        #expect(StreamNaming.name(for: url) == name)
    }

    @Test(
        "shows no value of a query that looks secret",
        arguments: [
            ("http://a/?topic=b", "http://a/?topic=b"), ("http://a/?auth=b&c=d", "http://a/?auth=…&c=d"),
            ("http://a/?access_token=b", "http://a/?access_token=…"),
            ("http://a/?x=0123456789abcdefXYZ", "http://a/?x=…"),
            (
                "http://a/?topic=https%3A%2F%2Fexample.com%2Fbooks%2F1",
                "http://a/?topic=https%3A%2F%2Fexample.com%2Fbooks%2F1"
            ),
        ])
    func queries(url: String, shown: String) {
        #expect(StreamNaming.withoutSecrets(url) == shown)
    }

    @Test("has a format by the fields that say most")
    func formats() throws {
        func format(_ paths: [(String, String)], types: [String] = ["message"]) -> String? {
            var tally = tally(types.map { ($0, "x") })
            tally.fields.add(
                paths.map {
                    TrialFields.Field(path: $0.0, kind: "string", example: $0.1, count: 1, longest: $0.1.utf8.count)
                })
            return FormatSuggestion(tally).text
        }
        #expect(
            format([("message.tweet.text", "hi"), ("message.tweet.user.screen_name", "ann")])
                == "{message.tweet.user.screen_name}: {message.tweet.text}")
        #expect(format([("wiki", "en"), ("title", "T"), ("user", "u")]) == "{wiki} {user}: {title}")
        #expect(format([("\"$schema\"", "s"), ("a", "1"), ("b.c", "2"), ("d", "3")]) == "{a} {d}")
        #expect(format([("a", "1")], types: ["x", "y"]) == "{@event}: {a}")
        #expect(format([], types: ["x", "y"]) == "{@event}: {@data}")
        #expect(format([]) == nil)
    }
}

@Suite("The ids of a stream that is tried")
struct TrialIDsTests {
    @Test(
        "are told apart",
        arguments: [
            (["1", "2", "3"], "numbers, each event its own"), ([], "none: "), (["", ""], "none: "),
            (["a", "b"], "texts, each event its own"), (["7", "7", "7"], "numbers, several events to one"),
            (["7", ""], "numbers, but not in every event"), ([#"[{"a":1}]"#, #"{"b":2}"#], "JSON, each event its own"),
            (["1", "a"], "texts, each"),
        ])
    func kinds(ids: [String], words: String) {
        var all = TrialIDs()
        for id in ids { all.note(id, isOwn: true) }
        #expect(all.words.hasPrefix(words), "\(all.words)")
    }
}
