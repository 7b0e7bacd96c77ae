import Foundation
import TestKit
import Testing

@Suite("An operator at a terminal, before a live daemon", .timeLimit(.minutes(2)))
struct TerminalSessionTests {
    private static let enter = "\u{1B}[?1049h"
    private static let leave = "\u{1B}[?1049l"

    /// The last frame that was drawn in full, without colours.
    private static func lastFrame(_ output: String) -> [String] {
        let whole = output.range(of: "\u{1B}[J", options: .backwards).map { String(output[..<$0.upperBound]) } ?? ""
        return (PseudoTerminal.frames(whole).last ?? []).map { line in
            // The terminal puts a carriage return of its own before each line feed.
            line.replacing(/\u{1B}\[[0-9;]*[A-Za-z]|\r/, with: "")
        }
    }

    @Test("top shows the work going on, takes keys and sizes, and leaves the terminal as it was")
    func top() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let terminal = try live.terminal("top", "--every", "100ms", columns: 110, rows: 40)
        await terminal.wait { output in
            let frame = Self.lastFrame(output)
            return frame.count == 40 && frame.contains { $0.hasPrefix("direct_supervisor.1 ") }
                && frame.contains { $0.hasPrefix("SLOWEST") } && frame.contains { $0.hasPrefix("In flight over") }
        }
        #expect(!terminal.isOrdinary)
        let first = Self.lastFrame(terminal.output)
        for label in ["ptrd ", "Streams ", "Messages ", "Workers ", "Scaling ", "Latency "] {
            #expect(first.contains { $0.hasPrefix(label) }, "\(label)")
        }
        #expect(first.allSatisfy { $0.count <= 110 })
        // It is alive: the messages received, which are always more, are others in a later picture.
        let messages = try #require(first.first { $0.hasPrefix("Messages ") })
        await terminal.wait { output in Self.lastFrame(output).contains { $0.hasPrefix("Messages ") && $0 != messages }
        }
        terminal.type("s")
        await terminal.wait { Self.lastFrame($0).last?.contains("sort (busy)") == true }
        terminal.type("r")
        await terminal.wait { Self.lastFrame($0).last?.contains("sort (busy, reversed)") == true }
        terminal.type("p")
        await terminal.wait { Self.lastFrame($0).first?.contains("[paused]") == true }
        terminal.type("p")
        // What an operator does elsewhere shows up.
        #expect(try await live.ptrctl("pause", "tweets-2", "--for", "1h").status == 0)
        await terminal.wait { output in
            Self.lastFrame(output).contains { $0.contains(/1 of 2 open .* tweets-2 paused for (1h|59min \d+s) more/) }
        }
        terminal.resize(columns: 60, rows: 14)
        await terminal.wait { output in
            let frame = Self.lastFrame(output)
            return frame.count == 14 && frame.allSatisfy { $0.count <= 60 }
        }
        terminal.type("q")
        await terminal.wait { $0.hasSuffix(Self.leave) }
        #expect(await terminal.end() == .init(status: 0))
        try await live.stop()
    }

    @Test("top stays when ptrd goes away, says so, and goes on with the next one")
    func topOverRestart() async throws {
        let live = try await LiveDaemon()
        let terminal = try live.terminal("top", "--every", "100ms")
        await terminal.wait { Self.lastFrame($0).first?.contains("pid \(live.daemon.pid)") == true }
        await live.daemon.end()
        await terminal.wait { Self.lastFrame($0).first?.contains("ptrd is not running") == true }
        let second = try await live.scene.daemon(live.configuration)
        await terminal.wait { output in
            let title = Self.lastFrame(output).first ?? ""
            return title.contains("pid \(second.pid)") && !title.contains("not running")
        }
        terminal.type("\u{3}")
        await terminal.wait { $0.hasSuffix(Self.leave) }
        #expect(await terminal.end() == .init(status: 128 + SIGINT))
        second.signal(SIGTERM)
        #expect(await second.status == 0)
        await live.feed.end()
    }

    @Test("tree --watch shows in place who was restarted, and what each worker holds and for how long")
    func tree() async throws {
        let live = try await LiveDaemon()
        let terminal = try live.terminal("tree", "--watch", "--every", "100ms", rows: 50)
        await terminal.wait { output in
            Self.lastFrame(output).contains {
                $0.contains(/worker\.1\.\d +busy .* message \d+ of tweets-\d for [\d.]+ m?s/)
            }
        }
        #expect(terminal.output.contains(Self.enter) && !terminal.isOrdinary)
        let supervisor = "main_supervisor"
        let before = try #require(Self.lastFrame(terminal.output).first { $0.contains(supervisor) })
        #expect(try await live.ptrctl("crash", "main-supervisor").status == 0)
        await terminal.wait { output in
            // One restart more, and another incarnation.
            Self.lastFrame(output).contains { $0.contains(/main_supervisor +running +[\d,]+ +1\b/) && $0 != before }
        }
        terminal.type("q")
        await terminal.wait { $0.hasSuffix(Self.leave) }
        #expect(await terminal.end() == .init(status: 0))
        try await live.stop()
    }

    @Test("pause --for counts down and says when it is over; Ctrl-C leaves the pause as it is")
    func pause() async throws {
        let live = try await LiveDaemon()
        let short = try live.terminal("pause", "tweets-1", "--for", "1500ms")
        await short.wait(for: "\r\u{1B}[K2 s left; Ctrl-C leaves it paused")
        await short.wait(for: "\r\u{1B}[K1 s left; Ctrl-C leaves it paused")
        await short.wait(for: "tweets-1: the pause is over")
        #expect(await short.end() == .init(status: 0))
        try await live.status { $0.streams.allSatisfy { $0.state == .open } }
        let long = try live.terminal("pause", "--for", "1h")
        await long.wait(for: "left; Ctrl-C leaves it paused")
        long.type("\u{3}")
        await long.wait(for: "`ptrctl resume` ends it")
        #expect(await long.end() == .init(status: 0))
        #expect(try await live.scene.control.status().state == .paused)
        try await live.stop()
    }

    @Test("drain asks, and takes the default for a no; it shows how far it is")
    func drain() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let question = "Stop reading from all streams and drain ptrd? [y/N] "
        let refused = try live.terminal("drain")
        await refused.wait(for: question)
        refused.type("\n")
        await refused.wait(for: "nothing was done")
        #expect(await refused.end() == .init(status: 1))
        #expect(try await live.scene.control.status().streams.allSatisfy { $0.state == .open })
        let meant = try live.terminal("drain")
        await meant.wait(for: question)
        meant.type("y\n")
        await meant.wait(for: "drained: nothing is in flight; `ptrctl resume` reads again")
        #expect(await meant.end() == .init(status: 0))
        try await live.stop()
    }

    @Test("a drain that takes long shows its progress; Ctrl-C leaves it going on")
    func longDrain() async throws {
        let live = try await LiveDaemon(
            work: ("1h", "1h"),
            "[scaling]\nmax = 1\n[flow]\ndrain_timeout = \"100ms\"\n[workers]\ntimeout = \"24h\"")
        try await live.status { $0.workers.busy == 8 }
        let terminal = try live.terminal("drain", "--yes")
        await terminal.wait { $0.contains(/\r\u{1B}\[K[█░]{20} [\d,]+ in flight/) }
        terminal.type("\u{3}")
        await terminal.wait(for: "the draining goes on; `ptrctl resume` reads again")
        #expect(await terminal.end() == .init(status: 1))
        #expect(try await live.scene.control.status().state == .draining)
        let wait = try live.terminal("wait", "idle", "--timeout", "1s")
        await wait.wait { $0.contains(/not idle yet: [\d,]+ in flight/) && $0.contains("not idle in time") }
        #expect(await wait.end() == .init(status: 124))
        live.daemon.signal(SIGTERM)
        #expect(await live.daemon.status == 1)
        await live.feed.end()
    }

    @Test("what cannot be taken back says how much it is about, and asks")
    func deadLetters() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let replay = try live.terminal("dead-letters", "replay", "--all")
        await replay.wait { $0.contains(/Replay \d+ dead letters\? \[y\/N\]/) }
        replay.type("n\n")
        await replay.wait(for: "nothing was done")
        #expect(await replay.end() == .init(status: 1))
        #expect(try await live.ptrctl("drain", "--yes").status == 0)
        // There is nothing to ask where nothing can be done.
        let refused = try live.terminal("dead-letters", "replay", "--all")
        await refused.wait(for: "is paused: resume it first")
        #expect(await refused.end() == .init(status: 1))
        let purge = try live.terminal("dead-letters", "purge", "--where", "took longer")
        await purge.wait { $0.contains(/Delete \d+ dead letters for good\? \[y\/N\]/) }
        purge.type("yes\n")
        await purge.wait { $0.contains(/\d+ of \d+ dead letters deleted/) }
        #expect(await purge.end() == .init(status: 0))
        #expect(try await live.ptrctl("dead-letters").out == "No dead letters.")
        try await live.stop()
    }

    @Test("colours come with a terminal only, and not against NO_COLOR")
    func colours() async throws {
        let live = try await LiveDaemon()
        try await live.status { $0.streams.allSatisfy { $0.state == .open } }
        for verb in ["status", "streams", "tree", "workers"] {
            let coloured = try live.terminal(verb)
            await coloured.wait { $0.hasSuffix("\r\n") && $0.contains("\u{1B}[32m") }
            #expect(await coloured.end() == .init(status: 0))
            let plain = try PseudoTerminal(
                Program.products.appending(path: "ptrctl").path, ["--socket", live.scene.socket, verb],
                environment: ["NO_COLOR": "1"], columns: 120, rows: 40)
            await plain.wait { $0.contains("STATE") || $0.contains("Latency") }
            #expect(await plain.end() == .init(status: 0))
            #expect(!plain.output.contains("\u{1B}"))
        }
        try await live.stop()
    }
}
