import ControlAPI
import Foundation
import Testing

@Suite("An operator goes beyond what is allowed, or changes by hand", .timeLimit(.minutes(2)))
struct BudgetTests {
    @Test("a crash beyond the budget waits until all is back, and says who gave up and who restarted what")
    func beyondTheBudget() async throws {
        let live = try await LiveDaemon(
            LiveDaemon.load + "\n[supervision]\nstream_supervisor = { restarts = 0, within = \"10s\" }\n")
        try await live.isAtWork()
        let crash = try await live.ptrctl("crash", "receiver", "tweets-1")
        #expect(crash.status == 0, "\(crash)")
        #expect(
            crash.out.contains(
                /stream_supervisor gave up → application_supervisor restarted stream_supervisor → replaced after [\d,]+ µs/
            ), "\(crash.out)")
        let document = try await live.ptrctl("crash", "receiver", "tweets-2", "--json")
        try expect(document.out, fits: "CrashResponse")
        let response = try ControlJSON.decode(CrashResponse.self, from: document.out.utf8)
        #expect(response.gaveUp == ["stream_supervisor"] && response.restartedBy == "application_supervisor")
        #expect(response.replacedInMicroseconds != nil && response.incarnationAfter != nil)
        try await live.status { $0.streams.allSatisfy { $0.state == .open } }
        try await live.stop()
    }

    @Test("a step that an operator takes stands in explain scale, from where it came, and by whom")
    func stepByHand() async throws {
        let live = try await LiveDaemon("[scaling]\nmin = 1\nmax = 64")
        let before = try await live.scene.control.status().scaling.target
        let to = before == 5 ? 6 : 5
        #expect(try await live.ptrctl("scale", "\(to)").status == 0)
        // The pool may have been resized between the two.
        let decisions = try await live.scene.control.answer(to: DecisionsRequest(limit: 300)).decisions
        let step = try #require(decisions.last { $0.reason == "pinned" && $0.from != $0.to })
        #expect(step.to == to && step.by?.contains("uid \(getuid()), pid ") == true)
        let words = try await live.ptrctl("explain", "scale")
        #expect(words.out.contains("  \(step.from) → \(to)  "), "\(words.out)")
        #expect(words.out.contains(/from \d+ to \d+, by .*uid \d+, pid \d+/), "\(words.out)")
        live.daemon.signal(SIGKILL)
        await live.feed.end()
    }
}
