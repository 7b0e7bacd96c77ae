import ControlAPI
import Foundation
import Testing

@Suite("An operator follows a live daemon", .timeLimit(.minutes(2)))
struct FollowingTests {
    /// ptrctl that goes on until it is told to stop.
    private func follow(_ live: LiveDaemon, _ arguments: String...) throws -> Program {
        try Program("ptrctl", ["--socket", live.scene.socket] + arguments)
    }

    @Test("events -f shows what happens as it happens, over a restart of ptrd")
    func events() async throws {
        let live = try await LiveDaemon()
        let follower = try follow(live, "events", "-f", "-n", "0", "--json", "--kind", "control,crash")
        // It follows when a kill message has come by.
        #expect(await follower.output.first(containing: "kill message") != nil)
        #expect(try await live.ptrctl("scale", "2").status == 0)
        let line = try #require(await follower.output.first(containing: "scale to 2"))
        try expect(line, fits: "Event")

        live.daemon.signal(SIGKILL)
        #expect(await live.daemon.status == SIGKILL)
        #expect(await follower.errors.first(containing: "waiting for it") != nil)
        let second = try await live.scene.daemon(live.configuration)
        #expect(await follower.errors.first(containing: "ptrd has restarted (pid \(second.pid))") != nil)
        #expect(try await live.ptrctl("scale", "3").status == 0)
        #expect(await follower.output.first(containing: "scale to 3") != nil)
        for line in follower.output.all { try expect(line, fits: "Event") }
        await follower.end()
        second.signal(SIGTERM)
        #expect(await second.status == 0)
        await live.feed.end()
    }

    @Test("a tap shows messages at each stage, samples, and says how many it has passed over")
    func tap() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let received = try await live.ptrctl("tap", "-n", "400")
        #expect(received.status == 0 && received.lines.count == 400)
        #expect(received.lines.allSatisfy { $0.contains("  tweets-") && $0.contains(#"{"message": "#) })
        let said = received.err.split(separator: "\n")
        #expect(said.allSatisfy { $0.contains(/^[\d,]+ messages? passed over, [\d,]+ in all$/) }, "\(said)")
        #expect(!said.isEmpty)

        let done = try await live.ptrctl("tap", "--stage", "done", "-n", "5", "--json")
        #expect(done.lines.count == 5)
        for line in done.lines {
            try expect(line, fits: "TapRecord")
            #expect(try ControlJSON.decode(TapRecord.self, from: line.utf8).stage == .done)
        }
        let failed = try await live.ptrctl("tap", "--stage", "failed", "-n", "1", "--json", "--where", "message")
        let record = try ControlJSON.decode(TapRecord.self, from: failed.out.utf8)
        #expect(record.stage == .failed && record.worker != nil)
        let kill = try await live.ptrctl("tap", "--where", "panic", "-n", "2")
        #expect(kill.lines.count == 2 && kill.lines.allSatisfy { $0.hasSuffix(#"{"message": panic}"#) })
        try await live.stop()
    }

    @Test("Ctrl-C ends a tap with the sum of what it has passed over")
    func interruptedTap() async throws {
        let live = try await LiveDaemon()
        let tap = try follow(live, "tap")
        await tap.output.count(1500)
        tap.signal(SIGINT)
        let outcome = await tap.outcome
        #expect(outcome.status == 128 + SIGINT)
        #expect(outcome.err.split(separator: "\n").last?.contains(/passed over, [\d,]+ in all/) == true)
        try await live.stop()
    }

    @Test("a tap that nobody reads does not slow the daemon")
    func unreadTap() async throws {
        let live = try await LiveDaemon()
        let tap = try follow(live, "tap")
        await tap.output.count(10)
        tap.signal(SIGSTOP)
        let goal = try await live.scene.control.status().messages.processed + 4000
        try await live.status { $0.messages.processed > goal }
        await tap.end()
        try await live.stop()
    }

    @Test("who watches the tree without a terminal gets one document a line")
    func tree() async throws {
        let live = try await LiveDaemon()
        let watcher = try follow(live, "tree", "--watch", "--every", "100ms", "--json")
        await watcher.output.count(3)
        for line in watcher.output.all.prefix(3) { try expect(line, fits: "Tree") }
        await watcher.end()
        try await live.stop()
    }
}
