import PtrConfiguration
import Testing

/// One bad text and what must be said of it.
struct BadInput: Sendable, CustomTestStringConvertible {
    let text: String
    /// `LINE: KEY` of each problem, in order.
    let places: [String]
    /// Words of the first one's message and mend.
    let says: [String]

    init(_ text: String, _ places: String..., says: String...) {
        self.text = text
        self.places = places
        self.says = says
    }

    var testDescription: String { text }
}

@Suite("What is wrong is refused, with its line, its key and a mend")
struct BadInputTests {
    /// Line 1 of every text is a good stream.
    static let stream = "stream.a.url = \"http://h/\"\n"

    static let keys: [BadInput] = [
        BadInput("[flow]\nmax_in_fligth = 1", "3: flow.max_in_fligth", says: "unknown key", "mean \"max_in_flight\""),
        BadInput("[flwo]\nmax_in_flight = 1", "2: flwo", says: "mean \"flow\""),
        BadInput("max_in_flight = 1", "2: max_in_flight", says: "mean \"flow.max_in_flight\""),
        BadInput(
            "[workers]\nconnect_timeout = \"1s\"", "3: workers.connect_timeout", says: "stream.NAME.connect_timeout"),
        BadInput("[log]\nzzzzzz = 1", "3: log.zzzzzz", says: "known here: level"),
        BadInput(
            "[stream.b]\nurl = \"http://h\"\nidletimeout = \"1s\"", "4: stream.b.idletimeout", says: "idle_timeout"),
        BadInput(
            "stream.a.reconnect = { initail = \"1s\" }", "2: stream.a.reconnect.initail", says: "mean \"initial\""),
        BadInput("[supervision]\nworker = {restarts = 1}", "3: supervision.worker", says: "known here", "application"),
        BadInput("[stream.b.1]\nurl = \"http://h\"", "2: stream.b.url", "2: stream.b.1"),
        BadInput("flow = 3", "2: flow", says: "is an integer, but should be a table", "[flow]"),
        BadInput("[[flow]]\nmax_in_flight = 1", "2: flow", says: "is an array"),
        BadInput(
            "[handler.exec]\ncomand = [\"/bin/cat\"]", "2: handler.exec", "3: handler.exec.comand",
            says: "nothing is executed", "kind = \"exec\" below [handler]"),
        BadInput("[handler.print.to]\nx = 1", "2: handler.print.to", says: "is a table, but should be a string"),
    ]

    static let values: [BadInput] = [
        BadInput(
            "stream.a.on_refusal = \"retry\"\nstream.a.retry_server_errors = false", "3: stream.a.retry_server_errors",
            says: "stream.a.on_refusal = \"retry\" and stream.a.retry_server_errors = false contradict each other"),
        BadInput("stream.a.on_refusal = \"retyr\"", "2: stream.a.on_refusal", says: "is unknown", "retry"),
        BadInput("stream.a.response_timeout = \"1us\"", "2: stream.a.response_timeout", says: "us"),
        BadInput("stream.a.reconnect.server_max = \"0s\"", "2: stream.a.reconnect.server_max", says: "out of bounds"),
        BadInput("stream.a.down_after = \"25h\"", "2: stream.a.down_after", says: "out of bounds"),
        BadInput("[flow]\n\nmax_in_flight = \"many\"", "4: flow.max_in_flight", says: "is a string", "without quotes"),
        BadInput("flow.max_in_flight = 1.0", "2: flow.max_in_flight", says: "is a decimal number"),
        BadInput("flow.max_in_flight = 0", "2: flow.max_in_flight", says: "0 is out of bounds", "1 to 1000000"),
        BadInput("flow.max_in_flight = 1_000_001", "2: flow.max_in_flight", says: "out of bounds"),
        BadInput("flow.max_in_flight_bytes = \"256 MB\"", "2: flow.max_in_flight_bytes", says: "not a size", "256MiB"),
        BadInput("flow.max_in_flight_bytes = \"256\"", "2: flow.max_in_flight_bytes", says: "has no unit"),
        BadInput("flow.max_in_flight_bytes = -5", "2: flow.max_in_flight_bytes", says: "-5 is out of bounds", "1KiB"),
        BadInput("flow.max_in_flight_bytes = 1.5", "2: flow.max_in_flight_bytes", says: "is a decimal number"),
        BadInput("flow.drain_timeout = 25", "2: flow.drain_timeout", says: "25 has no unit", "\"25s\""),
        BadInput("flow.drain_timeout = 1979-05-27", "2: flow.drain_timeout", says: "is a date"),
        BadInput("flow.drain_timeout = \"25sec\"", "2: flow.drain_timeout", says: "\"sec\" is not a unit of time"),
        BadInput(
            "workers.balance = \"round_robbin\"", "2: workers.balance", says: "\"round_robbin\" is unknown",
            "did you mean \"round_robin\"?"),
        BadInput(
            "workers.retry_after_max = \"25h\"", "2: workers.retry_after_max", says: "out of bounds", "0s to 24h"),
        BadInput("workers.max_abandoned = -1", "2: workers.max_abandoned", says: "-1 is out of bounds", "0 to 100000"),
        BadInput("breaker.threshold = 50", "2: breaker.threshold", says: "50 is out of bounds", "0.0 to 1.0"),
        BadInput("breaker.window = \"1ms\"", "2: breaker.window", says: "out of bounds", "100ms to 1h"),
        BadInput("breaker.minimum = 0", "2: breaker.minimum", says: "0 is out of bounds"),
        BadInput("breaker.enabled = 1", "2: breaker.enabled", says: "true or false"),
        BadInput("scaling.tick = \"1us\"", "2: scaling.tick", says: "\"1us\" is out of bounds", "10ms to 1m"),
        BadInput("stream.a.idle_timeout = \"1us\"", "2: stream.a.idle_timeout", says: "out of bounds"),
        BadInput("stream.a.idle_timeout = \"never\"", "2: stream.a.idle_timeout", says: "not a duration"),
        BadInput("scaling.beta = nan", "2: scaling.beta", says: "nan is out of bounds"),
        BadInput("scaling.tolerance = \"0.1\"", "2: scaling.tolerance", says: "should be a number"),
        BadInput("control.fault_injection = \"yes\"", "2: control.fault_injection", says: "true or false"),
        BadInput("control.socket = \"ptrd.sock\"", "2: control.socket", says: "not an absolute path"),
        BadInput("control.socket = \"/\(String(repeating: "x", count: 107))\"", "2: control.socket", says: "107 bytes"),
        BadInput("control.admin_group = \"\"", "2: control.admin_group", says: "1 to 256 bytes", "getent group"),
        BadInput("control.admin_group = \"a:b\"", "2: control.admin_group", says: "no group's name can"),
        BadInput("control.admin_group = 27", "2: control.admin_group", says: "should be a string"),
        BadInput("state.directory = \"\"", "2: state.directory", says: "not an absolute path"),
        BadInput("log.level = \"warn\"", "2: log.level", says: "\"warn\" is unknown", "\"trace\", \"debug\""),
        BadInput("log.level = \"warnin\"", "2: log.level", says: "mean \"warning\""),
        BadInput("handler.kind = \"prin\"", "2: handler.kind", says: "mean \"print\""),
        BadInput("handler.print.to = \"stdot\"", "2: handler.print.to", says: "mean \"stdout\""),
        BadInput("handler.print.to = \"a/b\"", "2: handler.print.to", says: "absolute path"),
        BadInput("[handler.print]\nformat = \"{a\"", "3: handler.print.format", says: "character 1 is not closed"),
        BadInput("[handler.print]\nformat = \"{}\"", "3: handler.print.format", says: "empty path"),
        BadInput("[handler.print]\nformat = \"\"", "3: handler.print.format", says: "the format is empty"),
        BadInput("[handler.print]\nformat = \"{@even}\"", "3: handler.print.format", says: "@received"),
        BadInput(
            "stream.a.headers.Authorization = \"x\"", "2: stream.a.headers.Authorization", says: "secret", "credential"),
        BadInput("stream.a.headers = { X-A = 1 }", "2: stream.a.headers.X-A", says: "is an integer"),
        BadInput("stream.a.headers = { \"X A\" = \"1\" }", "2: stream.a.headers.\"X A\"", says: "not a header's name"),
        BadInput("stream.a.headers = { X = \"a\\r\\nHost: b\" }", "2: stream.a.headers.X", says: "control character"),
        BadInput("stream.a.headers = { hOST = \"b\" }", "2: stream.a.headers.hOST", says: "sets this header itself"),
        BadInput("[stream.a.headers]\nX-a = \"1\"\nx-A = \"2\"", "4: stream.a.headers.x-A", says: "twice"),
        BadInput("stream.a.headers = \"X: a\"", "2: stream.a.headers", says: "should be a table"),
        BadInput(
            "stream.a.bearer_credential = \"../shadow\"", "2: stream.a.bearer_credential",
            says: "not the name of a credential", "does not belong here"),
        BadInput(
            "stream.a.initial_event_id = \"a\\nb\"", "2: stream.a.initial_event_id", says: "no event id that can be"),
        BadInput("stream.a.events = \"update\"", "2: stream.a.events", says: "a string", "[\"update\", \"delete\"]"),
        BadInput("stream.a.events = [\"update\", \"\"]", "2: stream.a.events", says: "no type of an event"),
        BadInput("stream.a.events = [\"a\\nb\"]", "2: stream.a.events", says: "no type of an event"),
        BadInput("stream.a.where = ''", "2: stream.a.where", says: "the condition is empty", "message.lang"),
        BadInput("stream.a.where = true", "2: stream.a.where", says: "is a boolean", "single quotes"),
        BadInput("stream.a.where = 'a = 1'", "2: stream.a.where", says: "\"=\" at character 3", "write =="),
        BadInput("stream.a.where = \"lang == 'en'\"", "2: stream.a.where", says: "character 9", "double quotes"),
        BadInput("stream.a.where = 'a == 1 &&'", "2: stream.a.where", says: "the end at character 10"),
        BadInput("stream.a.where_not_json = \"keep\"", "2: stream.a.where_not_json", says: "is unknown", "\"pass\""),
        BadInput("stream.a.end.data = \"\"", "2: stream.a.end.data", says: "1 to 1,024 bytes"),
        BadInput("stream.a.end.then = \"reconnect\"", "2: stream.a.end.then", says: "nothing says which event"),
        BadInput("stream.a.max_id_bytes = \"1MiB\"", "2: stream.a.max_id_bytes", says: "out of bounds"),
        BadInput(
            "stream.a.position_ignores_query = \"token\"", "2: stream.a.position_ignores_query",
            says: "an array of strings"),
        BadInput(
            "stream.a.position_ignores_query = [\"a=b\"]", "2: stream.a.position_ignores_query",
            says: "not the name of a parameter"),
        BadInput(
            "stream.a.bearer_credential = \"\"", "2: stream.a.bearer_credential", says: "not the name of a credential"),
    ]

    static let rules: [BadInput] = [
        BadInput("[scaling]\nmin = 9\nmax = 8", "4: scaling.max", says: "scaling.min (9) is above scaling.max (8)"),
        BadInput("[scaling]\nmin = 65", "3: scaling.min", says: "above scaling.max (64)"),
        BadInput(
            "[workers]\nbackoff = { initial = \"1m\", max = \"1s\" }", "3: workers.backoff.max",
            says: "workers.backoff.initial (1m) is above workers.backoff.max (1s)"),
        BadInput(
            "[breaker]\nbackoff = { initial = \"5m\" }", "3: breaker.backoff.initial",
            says: "breaker.backoff.initial (5m) is above breaker.backoff.max (1m)"),
        BadInput(
            "stream.a.reconnect.initial = \"2m\"", "2: stream.a.reconnect.initial",
            says: "above stream.a.reconnect.max (1m)"),
        BadInput(
            "handler.print.simulated_work = { max = \"1s\", min = \"2s\" }", "2: handler.print.simulated_work.min",
            says: "above"),
        BadInput(
            "handler.print.simulated_work = { max = \"1s\" }", "2: handler.print.simulated_work", says: "min is missing"
        ),
        BadInput(
            "handler.print.simulated_work = {}", "2: handler.print.simulated_work", "2: handler.print.simulated_work",
            says: "min is missing"),
        BadInput(
            "flow.max_in_flight = 511", "2: flow.max_in_flight", says: "64 × 8 = 512", "above flow.max_in_flight (511)"),
        BadInput("[scaling]\nmax = 1000\n", "3: scaling.max", says: "1000 × 8 = 8000", "4096"),
        BadInput(
            "flow.max_in_flight_bytes = \"256MiB\"\n[stream.b]\nurl = \"http://h\"\nmax_event_bytes = \"250MiB\"",
            "5: stream.b.max_event_bytes", says: "sum up to 266MiB", "(256MiB)",
            "raise flow.max_in_flight_bytes to \"266MiB\" or more"),
        BadInput("flow.max_in_flight_bytes = \"1MiB\"", "2: flow.max_in_flight_bytes", says: "sum up to 16MiB"),
        BadInput("[stream.b]\n[flow]\n", "2: stream.b.url", says: "has no url"),
    ]

    @Test("a key that there is not", arguments: keys)
    func unknownKeys(input: BadInput) {
        expect(input)
    }

    @Test("a value that cannot be", arguments: values)
    func badValues(input: BadInput) {
        expect(input)
    }

    @Test("values that do not go together", arguments: rules)
    func brokenRules(input: BadInput) {
        expect(input)
    }

    @Test(
        "an address that is none",
        arguments: [
            ("", "is empty"), ("h/tweets", "has no scheme"), ("localhost:4000", "has no scheme"),
            ("ftp://h", "not a scheme"),
            ("http://", "no host"), ("http:///x", "no host"), ("http://:80/", "no host"),
            ("http://u:p@h/", "user information"),
            ("http://u@h/", "credential"), ("http://h:0/", "not a port"), ("http://h:x/", "not a port"),
            ("http://h:/", "not a port"), ("http://h:65536/", "not a port"), ("http://::1/", "brackets"),
            ("http://[::1", "not closed"), ("http://[::1]x", "does not belong"), ("http://h/a b", "cannot hold \" \""),
            ("http://hö/", "percent-encode"), ("http://h/#top", "never sent"),
            ("http+unix:///run/feed.sock", "%2F"), ("http+unix://run%2Ffeed.sock/", "not the path of a socket"),
            ("http+unix://%2Fa:80/", "not the path of a socket"), ("https+unix://u@%2Fa/", "not the path of a socket"),
            ("http+unix://%2F%00/", "not the path of a socket"),
            ("http+unix://%2F\(String(repeating: "x", count: 107))/", "longer than 107 bytes"),
        ])
    func badURL(url: String, words: String) {
        expect(BadInput("[stream.b]\nurl = \"\(url)\"", "3: stream.b.url", says: words))
    }

    @Test(
        "a stream's name that is none",
        arguments: ["", "-a", ".a", "_a", "a b", "a/b", "ä", "\u{1F600}", String(repeating: "x", count: 65)])
    func badName(name: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration.parse("\n[stream.\"\(name)\"]\nurl = \"http://h\"", file: "f")
        }
        #expect(error?.problems.map(\.line) == [2])
        #expect(error?.problems.first?.mend.contains("1 to 64 letters") == true)
    }

    @Test("a stream's name at its bounds is one")
    func goodName() throws {
        let long = String(repeating: "x", count: 64)
        let configuration = try Configuration.parse(
            "[stream.\(long)]\nurl = \"http://h\"\n[stream.0]\nurl = \"http://h\"\n[stream.\"a._-\"]\nurl = \"http://h\"",
            file: "f")
        #expect(configuration.streams.map(\.name) == [long, "0", "a._-"])
    }

    @Test(
        "a stream in a line of its own place", arguments: ["[stream]\nurl = \"http://h\"", "stream.url = \"http://h\""])
    func streamWithoutName(text: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.parse(text, file: "f") }
        #expect(error?.problems.first?.key == "stream.url")
        #expect(error?.problems.first?.mend == "write a stream as [stream.NAME], with its url on a line below")
        #expect(error?.problems.count == 1)
    }

    @Test("a configuration without streams", arguments: ["", "[flow]\nmax_in_flight = 1000", "[stream]"])
    func noStreams(text: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.parse(text, file: "f") }
        #expect(error?.description.contains("f:1: stream: no stream is configured; add [stream.NAME]") == true)
        #expect(error?.problems.count == 1)
    }

    @Test(
        "a text that is not TOML",
        arguments: [
            ("a = 1\nb = ", 2), ("a = 1\na = 2", 2), ("a = 1\n\n[b", 3), ("a = \"\u{0}\"", 1),
            ("a = 1\nb = \"x\\u0000\"", 2),
            ("a = '''\n", 1),
        ])
    func syntax(text: String, line: Int) throws {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.parse(text, file: "f") }
        #expect(error?.problems.map(\.line) == [line])
        #expect(error?.problems.map(\.key) == [nil])
        #expect(error?.problems.first?.message.isEmpty == false)
    }

    private func expect(_ input: BadInput, sourceLocation: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: ConfigurationError.self, sourceLocation: sourceLocation) {
            try Configuration.parse(Self.stream + input.text, file: "f")
        }
        let places = error?.problems.map { "\($0.line ?? 0): \($0.key ?? "")" }
        #expect(places == input.places, sourceLocation: sourceLocation)
        let first = error?.problems.first?.description ?? ""
        for words in input.says {
            #expect(first.contains(words), sourceLocation: sourceLocation)
        }
    }
}
