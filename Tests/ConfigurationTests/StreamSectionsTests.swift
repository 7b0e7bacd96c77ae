import Testing

@testable import PtrConfiguration

@Suite("Streams that are not written out one by one")
struct StreamSectionsTests {
    private func configuration(_ text: String) throws -> Configuration {
        try Configuration.parse(text, file: "f")
    }

    /// `LINE: KEY: message; mend` of each problem.
    private func problems(_ files: String...) -> [String] {
        var layers = ConfigurationLayers()
        for (number, text) in files.enumerated() { layers.add(text: text, file: "f\(number)") }
        do throws(ConfigurationError) {
            _ = try layers.configuration()
            return []
        } catch {
            return error.problems.map { "\($0.line ?? 0): \($0.key ?? ""): \($0.message); \($0.mend)" }
        }
    }

    // MARK: Defaults

    @Test(
        "have the values of stream_defaults, unless they have their own; tables are united, headers whatever their case"
    )
    func defaults() throws {
        let streams = try configuration(
            """
            [stream.a]
            url = "http://h/a"
            [stream_defaults]
            idle_timeout = "5m"
            format = "ndjson"
            reconnect = { initial = "1s", max = "2m" }
            headers = { X-One = "1", X-Two = "2" }
            [stream.b]
            url = "http://h/b"
            idle_timeout = "7m"
            reconnect = { max = "3m" }
            [stream.b.headers]
            x-two = "own"
            """
        ).streams
        #expect(streams.map(\.name) == ["a", "b"])
        #expect(streams.map(\.idleTimeout) == [.seconds(300), .seconds(420)])
        #expect(streams.map(\.reconnect.initial) == [.seconds(1), .seconds(1)])
        #expect(streams.map(\.reconnect.max) == [.seconds(120), .seconds(180)])
        #expect(streams.map(\.headers) == [["X-One": "1", "X-Two": "2"], ["X-One": "1", "x-two": "own"]])
        #expect(streams.map(\.format) == [.ndjson, .ndjson])
    }

    @Test("a value of a later file goes before one of an earlier one, in the defaults as in a stream")
    func files() throws {
        var layers = ConfigurationLayers()
        layers.add(text: "[stream.a]\nurl = \"http://h/\"\nidle_timeout = \"1m\"", file: "one")
        layers.add(text: "[stream_defaults]\nidle_timeout = \"2m\"\ndown_after = \"3s\"", file: "two")
        layers.add(text: "[stream_defaults]\ndown_after = \"4s\"", file: "three")
        let stream = try #require(try layers.configuration().streams.first)
        #expect((stream.idleTimeout, stream.downAfter) == (.seconds(60), .seconds(4)))
    }

    @Test("what is wrong with a default is said once, where it stands")
    func wrongDefaults() {
        let streams = "[stream.a]\nurl = \"http://h/a\"\n[stream.b]\nurl = \"http://h/b\"\n[stream_defaults]\n"
        #expect(
            problems(streams + "idle_timeout = \"1us\"\nidel = 1\nheaders = { Host = \"h\" }\nformat = \"{a\"") == [
                #"6: stream_defaults.idle_timeout: "1us" is out of bounds; choose a value from 10ms to 168h"#,
                "7: stream_defaults.idel: unknown key; "
                    + (Schema.knownHere(StreamSections.defaults)),
                "8: stream_defaults.headers.Host: ptrd sets this header itself; remove it",
                "9: stream_defaults.format: the brace at character 1 is not closed; add }, or write {{ for a brace",
            ])
        #expect(
            problems(streams + "url = \"http://h/\"") == [
                "6: stream_defaults.url: unknown key; an address is a stream's own: write it below [stream.NAME]"
            ])
        // A rule between two values: the first stream is named, and no other.
        #expect(
            problems(streams + "reconnect = { initial = \"5m\" }") == [
                "6: stream_defaults.reconnect.initial: stream.a.reconnect.initial (5m) is above stream.a.reconnect.max (1m); "
                    + "lower the one or raise the other"
            ])
        #expect(problems("[stream_defaults]\nidle_timeout = \"1m\"").map { $0.prefix(10) } == ["1: stream:"])
    }

    // MARK: Lists

    @Test("are made of a list, each with its value in url, headers and the id to begin after")
    func lists() throws {
        let streams = try configuration(
            """
            [stream.first]
            url = "http://h/first"
            [streams.wiki]
            url = "https://example.org/{lang}/events?of={lang}"
            each = { lang = ["en", "de", 7] }
            initial_event_id = "{lang}-0"
            headers = { X-Lang = "is {lang}", X-JSON = '{"a":{}}' }
            format = "{lang}"
            idle_timeout = "7m"
            [stream.last]
            url = "http://h/last"
            """
        ).streams
        #expect(streams.map(\.name) == ["first", "wiki-en", "wiki-de", "wiki-7", "last"])
        let german = try #require(streams.first { $0.name == "wiki-de" })
        #expect(german.url == "https://example.org/de/events?of=de")
        #expect(german.initialEventID == "de-0" && german.idleTimeout == .seconds(420))
        #expect(german.headers == ["X-Lang": "is de", "X-JSON": #"{"a":{}}"#])
        // It is a field of the data there.
        #expect(german.format?.text == "{lang}")
    }

    @Test("are made of each pair of two lists, the last one running fastest")
    func pairs() throws {
        let streams = try configuration(
            "[streams.s]\nurl = \"https://{region}.example.org/{topic}\"\n"
                + "each = { topic = [\"a\", \"b\"], region = [\"eu\", \"us\"] }"
        ).streams
        #expect(streams.map(\.name) == ["s-a-eu", "s-a-us", "s-b-eu", "s-b-us"])
        #expect(streams[2].url == "https://eu.example.org/b")
    }

    @Test(
        "a first placeholder may bring all that stands before the next; behind the host each value is encoded",
        arguments: [
            ("{server}/{topic}", "https://h", "https://h/a%2Fb%3Fc"),
            ("{server}{topic}", "https://h/base/", "https://h/base/a%2Fb%3Fc"),
            ("{server}:8080?t={topic}", "http://h", "http://h:8080?t=a%2Fb%3Fc"),
            ("{server}.example.org/x/{topic}/y", "https://eu", "https://eu.example.org/x/a%2Fb%3Fc/y"),
            ("{server}://h/{topic}", "https", "https://h/a%2Fb%3Fc"),
            ("https://{server}/{topic}", "h:8443", "https://h:8443/a%2Fb%3Fc"),
            ("https://{server}?of={topic}", "h", "https://h?of=a%2Fb%3Fc"),
            ("{server}/?at=https://{topic}", "http://h/x", "http://h/x/?at=https://a%2Fb%3Fc"),
            ("http+unix://{server}/{topic}", "%2Frun%2Fs", "http+unix://%2Frun%2Fs/a%2Fb%3Fc"),
        ])
    func addresses(url: String, server: String, expected: String) throws {
        let streams = try configuration(
            """
            [streams.s]
            url = "\(url)"
            each = { server = { a = "\(server)" }, topic = { b = "a/b?c" } }
            """
        ).streams
        #expect(streams.map(\.url) == [expected])
    }

    @Test("are called by the keys of a table, whose values are encoded in paths and queries, and not in hosts")
    func tables() throws {
        let streams = try configuration(
            """
            [streams.s]
            url = "https://{host}/hub?topic={topic}"
            [streams.s.each]
            host = { one = "a.example.org:8443" }
            topic = { books = "https://example.org/b/{id} ä", all = "*" }
            """
        ).streams
        #expect(streams.map(\.name) == ["s-one-books", "s-one-all"])
        #expect(
            streams.map(\.url) == [
                "https://a.example.org:8443/hub?topic=https%3A%2F%2Fexample.org%2Fb%2F%7Bid%7D%20%C3%A4",
                "https://a.example.org:8443/hub?topic=%2A",
            ])
    }

    @Test("have the defaults of all streams, and what a later file says of their section")
    func laid() throws {
        var layers = ConfigurationLayers()
        layers.add(
            text: "[streams.s]\nurl = \"http://h/{n}\"\neach = { n = [1, 2] }\n[stream_defaults]\ndown_after = \"9s\"",
            file: "one")
        layers.add(text: "[streams.s]\nidle_timeout = \"9m\"\neach = { n = [3] }", file: "two")
        let streams = try layers.configuration().streams
        #expect(streams.map(\.name) == ["s-3"])
        #expect((streams[0].idleTimeout, streams[0].downAfter) == (.seconds(540), .seconds(9)))
    }

    private static let url = "[streams.s]\nurl = \"http://h/{n}\"\n"

    static let wrong: [(String, String)] = [
        ("[streams.s]\nurl = \"http://h/\"", "1: streams.s.each: there is no list to make streams of; add each ="),
        (url + "each = [1]", "3: streams.s.each: is an array, but should be a table of lists; write lists as"),
        (url + "each = {}", "3: streams.s.each: is empty; write lists as"),
        (url + "each = { n = [] }", "3: streams.s.each.n: is empty: it makes no stream; write a value"),
        (url + "each = { n = \"a\" }", "3: streams.s.each.n: is a string, but should be a list; write [\"a\", \"b\"]"),
        (url + "each = { n = [1.5] }", "3: streams.s.each.n: holds a decimal number; write texts"),
        (url + "each = { n = [\n\"a\",\n\"a\"] }", "5: streams.s.each.n: \"a\" is in the list twice; remove one"),
        (url + "each = { n = [\"\"] }", "3: streams.s.each.n: \"s-\" cannot be the name of a stream; use 1 to 64"),
        (
            url + "each = { n = [\"a/b\"] }",
            "3: streams.s.each.n: \"s-a/b\" cannot be the name of a stream; use 1 to 64 letters, digits, \"_\", \".\" and "
                + "\"-\", with a letter or a digit first; a value with others is written { name = \"a/b\" }"
        ),
        (
            url + "each = { n = [\"a\"], m = [\"b\"] }",
            "3: streams.s.each.m: the list is not used: its streams would be the same; write {m} where"
        ),
        (
            "[streams.s]\nurl = \"http://h/{topik}\"\neach = { topic = [1] }",
            "2: streams.s.url: no list of each is called \"topik\"; did you mean {topic}?"
        ),
        (
            url + "headers = { X = \"{m}{k}\" }\neach = { n = [1] }",
            "3: streams.s.headers.X: no list of each is called \"m\"; did you mean {n}?"
        ),
        ("[streams.s]\neach = { n = [1] }", "1: streams.s.url: the streams have no url; add url = \"https://…/{n}\""),
        (url + "each = { \"n n\" = [1] }", "3: streams.s.each.\"n n\": is not a name that can stand in braces"),
        (url + "each = { n = [1] }\nidle_timeout = 5", "4: streams.s.idle_timeout: 5 has no unit"),
        (url + "each = { n = [1, 2] }\nidel_timeout = \"1s\"", "4: streams.s.idel_timeout: unknown key; did you mean"),
        (
            "[streams.s]\nurl = \"ftp://h/{n}\"\neach = { n = [1, 2] }",
            "2: streams.s.url: \"ftp\" is not a scheme of streams"
        ),
        (
            "[streams.s]\nurl = \"http://{n}/\"\neach = { n = { a = \"u:p@h\" } }",
            "2: streams.s.url: the URL holds user information"
        ),
        (
            "[streams.s]\nurl = \"https://{n}.example.org/x\"\neach = { n = { a = \"b\", c = \"evil.example/\" } }",
            "3: streams.s.each.n: \"evil.example/\" cannot stand in the host of an address, where url has {n}; give the name of a "
                + "server alone"
        ),
        (
            "[streams.s]\nurl = \"http://h{n}/\"\neach = { n = { a = \"?b\" } }",
            "3: streams.s.each.n: \"?b\" cannot stand"
        ),
        (
            "[streams.s]\nurl = \"{n}://h/\"\neach = { n = { a = \"http://g/\" } }",
            "3: streams.s.each.n: \"http://g/\" cannot"
        ),
        (
            "[streams.s]\nurl = \"{n}{m}/\"\neach = { n = { a = \"http://g\" }, m = { b = \"/h\" } }",
            "3: streams.s.each.m: \"/h\" cannot stand"
        ),
        ("[streams.\"s s\"]\nurl = \"http://h/\"", "1: streams.\"s s\": the stream's name holds a character"),
        ("streams = 1\n[stream.a]\nurl = \"http://h/\"", "1: streams: is an integer, but should be a table"),
        ("[streams]\ns = 1", "2: streams.s: is an integer, but should be a table"),
        (
            "[stream.s-1]\nurl = \"http://h/\"\n" + url + "each = { n = [1] }",
            "1: stream.s-1: streams.s makes a stream of this name, too; let one of them have another name; a stream that is"
        ),
        (
            url + "each = { n = [\"a-b\"] }\n[streams.s-a]\nurl = \"http://h/{n}\"\neach = { n = [\"b\"] }",
            "6: streams.s-a.each: makes the stream \"s-a-b\", which streams.s makes already; let one"
        ),
        (
            "[streams.s]\nurl = \"http://h/{n}/{m}\"\neach = { n = [\"a-b\", \"a\"], m = [\"c\", \"b-c\"] }",
            "3: streams.s.each: makes the stream \"s-a-b-c\", which it makes already; let one"
        ),
        (
            "[streams.s]\nurl = \"http://h/{n}/{m}\"\neach = { n = [\"\(String(repeating: "x", count: 40))\"], "
                + "m = [\"\(String(repeating: "y", count: 40))\"] }",
            "3: streams.s.each: \"s-\(String(repeating: "x", count: 40))-\(String(repeating: "y", count: 40))\": "
                + "the stream's name is longer than 64 bytes"
        ),
        (
            "[streams.s]\nurl = \"http://h/{n}/{m}\"\neach = { n = \(Array(0..<101)), m = \(Array(0..<100)) }",
            "3: streams.s.each: makes more than 10000 streams; write shorter lists"
        ),
    ]

    @Test("are refused with the place and a mend, once", arguments: wrong)
    func refused(text: String, first: String) {
        let problems = problems(text)
        #expect(problems.first?.hasPrefix(first) == true, "\(problems)")
        #expect(problems.count == 1 || text.contains("{k}") && problems.count == 2, "\(problems)")
    }

    @Test("that are shortened in a reload lose the streams that are gone, and renew no other")
    func reload() throws {
        func text(_ count: Int) -> String { Self.url + "each = { n = \(Array(0..<count)) }" }
        let (old, new) = (try configuration(text(1000)), try configuration(text(900)))
        #expect(old.streams.count == 1000)
        let plan = old.plan(toReload: new)
        #expect(plan.renewedStreams.isEmpty && plan.next.streams == new.streams)
        // The window follows from the streams.
        #expect(
            plan.changes.map(\.key) == (900..<1000).map { "stream.s-\($0)" } + ["flow.max_in_flight_bytes"])
        let other = try configuration(text(1000) + "\nidle_timeout = \"9m\"")
        #expect(old.plan(toReload: other).renewedStreams.count == 1000)
    }

    @Test("a thousand that are to hold their largest events in a small window are told what size has room")
    func window() {
        let text = Self.url + "each = { n = \(Array(0..<1000)) }\n[flow]\nmax_in_flight_bytes = \"256MiB\"\n"
        #expect(
            problems(text).map { String($0) } == [
                """
                5: flow.max_in_flight_bytes: the streams' max_event_bytes sum up to 16000MiB, above \
                flow.max_in_flight_bytes (256MiB): each stream must be able to hold its largest event; raise \
                flow.max_in_flight_bytes to "16000MiB" or more, or lower a stream's max_event_bytes (of all in \
                [stream_defaults]: "256KiB" each is room for 1000); without flow.max_in_flight_bytes there is room for all \
                of them
                """
            ])
        #expect(problems(text + "[stream_defaults]\nmax_event_bytes = \"256KiB\"").isEmpty)
    }

    @Test("whose largest events are more than the memory there is are a reason for a word")
    func memory() throws {
        let configuration = try configuration(Self.url + "each = { n = \(Array(0..<1000)) }")
        let warnings = configuration.warnings(memory: 1 << 30)
        #expect(warnings.count == 1 && warnings[0].contains("1000 streams' max_event_bytes come to 16000MiB"))
        #expect(configuration.warnings(memory: 1 << 40).isEmpty && configuration.warnings(memory: nil).isEmpty)
    }

    // MARK: Formats

    @Test("a format is a template or has a name, and what is nearly a name is asked about")
    func formats() throws {
        func format(_ text: String) throws -> PrintFormat? {
            try configuration("[stream.a]\nurl = \"http://h/\"\nformat = '\(text)'").streams[0].format
        }
        #expect(try format("ndjson") == .ndjson && format("cloudevents") == .cloudEvents)
        #expect(try format("{a}: x")?.text == "{a}: x")
        #expect(try format("tick")?.text == "tick")
        for (text, mend) in [
            ("ndjosn", "did you mean \"ndjson\"?"), ("NDJSON", "did you mean \"ndjson\"?"),
            ("cloudevent", "did you mean \"cloudevents\"?"), ("json", "write \"ndjson\" for a line of JSON"),
            ("raw", "write \"{@data}\" for the data as it came"),
        ] {
            let problems = problems("[stream.a]\nurl = \"http://h/\"\nformat = \"\(text)\"")
            #expect(problems.count == 1 && problems[0].contains("would be printed of every message"))
            #expect(problems.first?.contains(mend) == true, "\(problems)")
        }
    }
}

extension Schema {
    /// What is known in a table that a key is not near to.
    fileprivate static func knownHere(_ section: String) -> String {
        let names = Set(StreamSections.keys.filter { $0.components[0] == section }.map { $0.components[1] }).sorted()
        return "known here: \(names.joined(separator: ", "))"
    }
}
