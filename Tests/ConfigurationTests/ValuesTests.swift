import Testing

@testable import PtrConfiguration

@Suite("Values")
struct ValuesTests {
    /// A configuration with one stream and these lines.
    private func parse(_ lines: String) throws(ConfigurationError) -> Configuration {
        try Configuration.parse("stream.a.url = \"http://h/\"\n\(lines)", file: "f")
    }

    @Test(
        "a duration has a number and one of five units",
        arguments: [
            ("100us", Duration.microseconds(100)), ("250ms", .milliseconds(250)), ("25s", .seconds(25)),
            ("5m", .seconds(300)), ("1h", .seconds(3600)), ("1.5s", .milliseconds(1500)),
            ("0.25ms", .microseconds(250)),
            ("0s", .zero), ("007s", .seconds(7)), ("1.000000001s", .nanoseconds(1_000_000_001)),
        ])
    func duration(text: String, value: Duration) throws {
        #expect(try DurationText.parse(text) == value)
    }

    @Test(
        "anything else is no duration",
        arguments: [
            "", "s", "5", "5 s", "-5s", "+5s", "5.s", ".5s", "5s ", "1m30s", "5S", "5sec", "1,5s", "1.2.3s", "1e3s",
            "٥s",
            "1234567890123456789s", "0.0000000000000000001s", "infinity",
        ])
    func noDuration(text: String) {
        #expect(throws: Faults.self) { try DurationText.parse(text) }
    }

    @Test(
        "a duration is written the shortest way",
        arguments: [
            (Duration.zero, "0s"), (.seconds(7200), "2h"), (.seconds(90), "90s"), (.milliseconds(1500), "1500ms"),
            (.microseconds(5), "5us"), (.seconds(60), "1m"),
        ])
    func durationText(value: Duration, text: String) {
        #expect(DurationText.format(value) == text)
    }

    @Test(
        "a size has a number and a unit",
        arguments: [
            ("1B", 1), ("64KiB", 65536), ("256MiB", 268_435_456), ("1GiB", 1_073_741_824), ("1TiB", 1_099_511_627_776),
            ("10MB", 10_000_000), ("2kB", 2000), ("2KB", 2000), ("3GB", 3_000_000_000), ("1TB", 1_000_000_000_000),
            ("1.5KiB", 1536), ("999999999999TiB", Int.max),
        ])
    func size(text: String, value: Int) throws {
        #expect(try SizeText.parse(text) == value)
    }

    @Test(
        "anything else is no size",
        arguments: ["", "MiB", "5", "-1B", "1 MiB", "1mib", "1M", "1.1B", "1.B", "0x10B", "1MiB "])
    func noSize(text: String) {
        #expect(throws: Faults.self) { try SizeText.parse(text) }
    }

    @Test("a size without quotes is bytes")
    func plainSize() throws {
        #expect(try parse("flow.max_in_flight_bytes = 300_000_000").flow.maxInFlightBytes == 300_000_000)
    }

    @Test("an idle timeout of nought, or off, is none", arguments: ["0s", "0ms", "off"])
    func idleTimeoutOff(text: String) throws {
        #expect(try parse("stream.a.idle_timeout = \"\(text)\"").streams[0].idleTimeout == nil)
    }

    @Test("where nobody has set the window, it has room for the largest event of each of any number of streams")
    func manyStreams() throws {
        func bytes(_ count: Int, _ more: String = "") throws -> Int {
            let streams = (1...count).map { "[stream.s\($0)]\nurl = \"http://h/\"\n" }.joined()
            return try Configuration.parse(more + streams, file: "f").flow.maxInFlightBytes
        }
        #expect(try bytes(1) == 256 << 20)
        #expect(try bytes(16) == 256 << 20)
        #expect(try bytes(17) == 272 << 20)
        #expect(try bytes(1000) == 16_000 << 20)
        #expect(try bytes(17, "flow.max_in_flight_bytes = \"1GiB\"\n") == 1 << 30)
        #expect(throws: ConfigurationError.self) { try bytes(17, "flow.max_in_flight_bytes = \"256MiB\"\n") }
    }

    @Test("damaged state is moved aside only where that is said", arguments: DamageResponse.allCases)
    func onDamage(response: DamageResponse) throws {
        #expect(try parse("state.on_damage = \"\(response.rawValue)\"").state.onDamage == response)
        #expect(throws: ConfigurationError.self) { try parse("state.on_damage = \"delete\"") }
    }

    @Test("an empty kill message is none")
    func noKillMessage() throws {
        #expect(try parse("workers.kill_message = \"\"").workers.killMessage == nil)
    }

    @Test("the breaker is set by its section, its backoff in a line or by itself")
    func breaker() throws {
        var expected = Configuration(streams: [StreamConfiguration(name: "a", url: "http://h/")])
        expected.breaker.enabled = false
        expected.breaker.threshold = 0.9
        expected.breaker.window = .seconds(60)
        expected.breaker.minimum = 5
        expected.breaker.backoff.initial = .milliseconds(200)
        expected.breaker.backoff.max = .seconds(2)
        let head = "[breaker]\nenabled = false\nthreshold = 0.9\nwindow = \"1m\"\nminimum = 5\n"
        let line = "backoff = { initial = \"200ms\", max = \"2s\" }"
        let table = "[breaker.backoff]\ninitial = \"200ms\"\nmax = \"2s\""
        #expect(try parse(head + line) == expected)
        #expect(try parse(head + table) == expected)
    }

    @Test("a factor may be an integer")
    func integerFactor() throws {
        #expect(try parse("scaling.beta = 2").scaling.beta == 2)
    }

    @Test("messages go to the standard output, the journal or a file")
    func destinations() throws {
        let line = "handler.print.to = "
        #expect(try parse(line + "\"stdout\"").handler.print.to == .stdout)
        #expect(try parse(line + "\"journal\"").handler.print.to == .journal)
        #expect(try parse(line + "\"/tmp/out\"").handler.print.to == .file("/tmp/out"))
    }

    @Test("every level of the log has its name", arguments: LogLevel.allCases)
    func levels(level: LogLevel) throws {
        #expect(try parse("log.level = \"\(level.rawValue)\"").log.level == level)
    }

    @Test("headers are taken as they are")
    func headers() throws {
        let stream = try parse("stream.a.headers = { X-Team = \"tweets\", \"Accept-Language\" = \"en\" }").streams[0]
        #expect(stream.headers == ["X-Team": "tweets", "Accept-Language": "en"])
    }

    @Test("where a stream begins, and what its position belongs to")
    func positions() throws {
        let stream = try parse(
            """
            stream.a.initial_event_id = '[{"offset": 7}]'
            stream.a.max_id_bytes = "1KiB"
            stream.a.position_ignores_query = ["token", "key"]
            """
        ).streams[0]
        #expect(stream.initialEventID == "[{\"offset\": 7}]" && stream.maxIDBytes == 1024)
        #expect(stream.positionIgnoresQuery == ["token", "key"])
    }

    @Test("a value at its bound is within it")
    func bounds() throws {
        let configuration = try parse(
            "flow.max_in_flight = 1_000_000\nscaling.min = 64\nworkers.max_attempts = 1\nscaling.beta = 0")
        #expect(configuration.flow.maxInFlight == 1_000_000)
        #expect(configuration.scaling.min == 64)
    }

    @Test(
        "a good address is taken as it was given",
        arguments: [
            "http://h", "https://h/", "HTTP://Example.COM:8080/a?b=c&d=%20", "http://[::1]:4000/tweets/1",
            "http://10.0.0.1",
            "https://h?x=@", "https://h/a:b@c",
        ])
    func goodURL(url: String) throws {
        #expect(try Configuration.parse("stream.a.url = \"\(url)\"", file: "f").streams[0].url == url)
    }

    @Test(
        "streams keep the order in which the file names them",
        arguments: [
            "[stream.z]\nurl=\"http://h\"\n[flow]\n[stream.a]\nurl=\"http://h\"\n[stream.\"m.1\"]\nurl=\"http://h\"",
            "stream.z.url=\"http://h\"\nstream.a.url=\"http://h\"\nstream.\"m.1\".url=\"http://h\"",
            "stream = { z = {url=\"http://h\"}, a = {url=\"http://h\"}, 'm.1' = {url=\"http://h\"} }",
            "[stream.z.reconnect]\n[stream.a]\nurl=\"http://h\"\n[stream.z]\nurl=\"http://h\"\n[stream.'m.1']\nurl=\"http://h\"",
        ])
    func order(text: String) throws {
        #expect(try Configuration.parse(text, file: "f").streams.map(\.name) == ["z", "a", "m.1"])
    }

    @Test(
        "the response timeout is a time, off, or that for connecting; server errors may be final beside healing refusals"
    )
    func refusals() throws {
        func stream(_ text: String) throws -> StreamConfiguration {
            try Configuration.parse("[stream.a]\nurl = \"http://h\"\n\(text)", file: "f").streams[0]
        }
        #expect(try stream("").responseTimeout == .seconds(10))
        #expect(try stream("connect_timeout = \"5s\"").responseTimeout == .seconds(5))
        #expect(try stream("response_timeout = \"off\"").responseTimeout == nil)
        #expect(try stream("response_timeout = \"0s\"").responseTimeout == nil)
        #expect(try stream("response_timeout = \"5m\"").responseTimeout == .seconds(300))
        let stops = try stream("on_refusal = \"stop\"\nretry_server_errors = false\nreconnect.server_max = \"2h\"")
        #expect(stops.onRefusal == .stop && !stops.retryServerErrors && stops.reconnect.serverMax == .seconds(7200))
        #expect(try stream("retry_server_errors = false").onRefusal == .retry)
        #expect(try stream("down_after = \"10s\"").downAfter == .seconds(10))
    }
}
