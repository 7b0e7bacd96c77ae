import Foundation
import PtrConfiguration
import Testing

@Suite("The manual page ptrd.toml(5)")
struct ManualTests {
    @Test("is the one that scripts/manuals makes of the options; run it when this fails")
    func isCurrent() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "packaging/man/ptrd.toml.5")
        #expect(try String(contentsOf: page, encoding: .utf8) == Configuration.manual)
    }

    @Test("has every section once")
    func sections() {
        let headings = Configuration.manual.split(separator: "\n").filter { $0.hasPrefix(".SS ") }
        let sections = [
            "stream.NAME", "stream_defaults", "streams.NAME", "source.NAME", "flow", "scaling", "workers", "breaker",
            "supervision",
            "handler", "handler.print",
            "handler.exec", "handler.nats", "nats", "cluster",
            "state", "control", "metrics", "log",
        ]
        #expect(headings == sections.map { ".SS [\($0)]" })
    }

    @Test("says of each option its type, bounds and default, and nothing is left of the Markdown")
    func content() {
        let page = Configuration.manual
        #expect(
            page.contains(
                """
                .SS [scaling]
                .TP
                .B min
                integer; 1 to 10000; default: \\fB1\\fR
                .br
                The fewest direct supervisors.

                """))
        #expect(page.contains(".B tick\nduration; 10ms to 1m; default: \\fB\"250ms\"\\fR\n"))
        #expect(page.contains(".B reconnect.initial\nduration; 1ms to 1h; default: \\fB\"3s\"\\fR\n"))
        #expect(page.contains(".B max_span\ninteger; 1 to 100000000; default: 4 × \\fBflow.max_in_flight\\fR\n"))
        #expect(page.contains(".B kill_message\nstring; default: \\fB'{\"message\": panic}'\\fR\n"))
        #expect(page.contains("\\fBscaling.max\\fR × \\fBscaling.workers_per_supervisor\\fR"))
        #expect(page.contains("\\fB\"tweets\\-1\"\\fR") == false)
        #expect(!page.contains("`"))
    }
}
