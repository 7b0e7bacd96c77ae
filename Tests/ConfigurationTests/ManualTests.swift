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
        #expect(page.contains(".B reconnect.initial\n"))
        #expect(page.contains("\\fBscaling.max\\fR × \\fBscaling.workers_per_supervisor\\fR"))
        #expect(page.contains("\\fB\"tweets\\-1\"\\fR") == false)
        #expect(!page.contains("`"))
    }
}
