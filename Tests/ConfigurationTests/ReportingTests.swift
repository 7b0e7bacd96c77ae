import PtrConfiguration
import Testing

@Suite("A report")
struct ReportingTests {
    @Test("has every problem at once, in the order of the lines, one line for each")
    func all() {
        let text = """
            [scaling]
            min = 9
            max = 8
            tick = 250
            [stream.a]
            url = "ftp://h"
            [stream."b c"]
            idel_timeout = "1s"
            [log]
            level = "loud"
            """
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration.parse(text, file: "/etc/ptrd/ptrd.toml")
        }
        #expect(
            error?.description == """
                /etc/ptrd/ptrd.toml:3: scaling.max: scaling.min (9) is above scaling.max (8); lower the one or raise the other
                /etc/ptrd/ptrd.toml:4: scaling.tick: 250 has no unit; write it in quotes with its unit, such as "250ms" or "250s"
                /etc/ptrd/ptrd.toml:6: stream.a.url: "ftp" is not a scheme of streams; start the URL with http:// or https://
                /etc/ptrd/ptrd.toml:7: stream."b c": the stream's name holds a character that it cannot; use 1 to 64 letters, \
                digits, "_", "." and "-", with a letter or a digit first
                /etc/ptrd/ptrd.toml:7: stream."b c".url: the stream has no url; add url = "https://…" below it
                /etc/ptrd/ptrd.toml:8: stream."b c".idel_timeout: unknown key; did you mean "idle_timeout"?
                /etc/ptrd/ptrd.toml:10: log.level: "loud" is unknown; choose one of "trace", "debug", "info", "notice", \
                "warning", "error", "critical"
                """)
    }

    @Test(
        "of tens of thousands of problems puts the first ones into words, and says how many more there are",
        .timeLimit(.minutes(1)))
    func many() throws {
        let keys = (0..<20_000).map { "key\($0)_with_no_likeness = 1" }
        let streams = (0..<10_000).map { "[stream.s\($0)]\nurl = \"ftp://h\"" }
        let text = "[scaling]\n\((keys + streams).joined(separator: "\n"))"
        let error = try #require(throws: ConfigurationError.self) { try Configuration.parse(text, file: "f") }
        #expect(error.problems.count == 30_000)
        let lines = error.description.split(separator: "\n")
        #expect(lines.count == ConfigurationError.mostShown + 1)
        #expect(lines.last == "and \(30_000 - ConfigurationError.mostShown) more problems")
        #expect(lines[0].hasPrefix("f:2: scaling.key0_with_no_likeness: unknown key"))
        // A place that many streams share is said once, also among many.
        let shared = "[streams.s]\nurl = \"ftp://h/{n}\"\neach = { n = \(Array(0..<10_000)) }"
        let one = try #require(throws: ConfigurationError.self) { try Configuration.parse(shared, file: "f") }
        #expect(one.problems.count == 1 && one.more == nil)
    }

    @Test("names a problem once, though a value is judged in its file and with all files")
    func once() {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration.parse("[stream.a]\nurl = \"http://h\"\n[flow]\nmax_in_flight = 0", file: "f")
        }
        #expect(error?.problems.count == 1)
    }
}
