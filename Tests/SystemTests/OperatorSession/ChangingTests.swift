import ControlAPI
import Foundation
import Testing

@Suite("An operator changes a live daemon", .timeLimit(.minutes(2)))
struct ChangingTests {
    @Test("scale pins the size, says what auto would do, and hands it back")
    func scale() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let pinned = try await live.ptrctl("scale", "6")
        #expect(pinned.status == 0 && pinned.out.contains(/^pinned to 6, .*auto would aim at \d+\)$/), "\(pinned)")
        #expect(try await live.ptrctl("wait", "scaled", "--timeout", "60s").status == 0)
        #expect(try await live.scene.control.status().workers.total == 48)
        #expect(try await live.ptrctl("explain", "scale").out.contains(/^pinned, target 6 .*auto would aim at \d+/))
        let document = try await live.ptrctl("scale", "5", "--expect", "6", "--json")
        try expect(document.out, fits: "ScaleResponse")
        #expect(try ControlJSON.decode(ScaleResponse.self, from: document.out.utf8).automatic != nil)
        let unexpected = try await live.ptrctl("scale", "4", "--expect", "6")
        #expect(unexpected.status == 6 && unexpected.err.contains("the target is 5, not 6; nothing was changed"))
        let beyond = try await live.ptrctl("scale", "1000")
        #expect(beyond.status == 6 && beyond.err.contains("scaling.max = 64"))
        let auto = try await live.ptrctl("scale", "auto")
        #expect(auto.status == 0 && auto.out.contains(/automatic between 1 and 64, aiming at \d+/))
        #expect(try await live.scene.control.status().scaling.mode == .auto)
        try await live.stop()
    }

    @Test(
        "crash tells the way from the crash to the replacement in microseconds, and loses nothing",
        arguments: [
            ["worker"], ["worker", "worker.1.2"], ["direct-supervisor", "random"], ["main-supervisor"],
            ["flow-manager"], ["receiver", "tweets-1"],
        ])
    func crash(target: [String]) async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let crash = try await live.ptrctl(["crash"] + target)
        #expect(crash.status == 0, "\(crash.err)")
        #expect(
            crash.lines.first?.contains(
                /: crashed → detected after [\d,]+ µs → replaced after [\d,]+ µs \(incarnation \d+ → \d+\)$/) == true,
            "\(crash.out)")
        switch target[0] {
        case "worker": #expect(crash.out.contains(/in hand was message \d+|it had nothing in hand/))
        case "direct-supervisor", "main-supervisor": #expect(crash.lines.count <= 2)
        default: #expect(crash.lines.count == 1)
        }
        // What is said on the side leads to the whole story.
        let number = try #require(crash.err.firstMatch(of: /ptrctl explain crash (\d+)/)).1
        let story = try await live.ptrctl("explain", "crash", String(number))
        #expect(story.out.contains("Cause: an operator injected it (ptrctl crash)"))
        let document = try await live.ptrctl(["crash"] + target + ["--json"])
        #expect(document.status == 0, "\(document.err)")
        try expect(document.out, fits: "CrashResponse")
        let response = try ControlJSON.decode(CrashResponse.self, from: document.out.utf8)
        let (detected, replaced) = (response.detectedInMicroseconds, response.replacedInMicroseconds)
        #expect(try #require(detected) <= #require(replaced))
        let goal = try await live.scene.control.status().messages.processed + 500
        try await live.status { $0.messages.processed > goal && $0.streams.allSatisfy { $0.state == .open } }
        try await live.stop()
    }

    @Test("a worker that is crashed at its work gives its message back, and the attempt does not count")
    func crashAtWork() async throws {
        let live = try await LiveDaemon(work: ("300ms", "400ms"), "[scaling]\nmax = 1")
        try await live.status { $0.workers.busy == 8 }
        let crash = try await live.ptrctl("crash", "worker", "worker.1.3")
        #expect(
            crash.out.contains(/in hand was message \d+ of tweets-[12] .*, attempt 1 of 3: it was dealt again at once/))
        let supervisor = try await live.ptrctl("crash", "direct-supervisor")
        #expect(supervisor.out.contains(/its workers had \d messages? in hand, which (is|are) dealt again/))
        #expect(try await live.ptrctl("dead-letters").out == "No dead letters.")
        #expect(try await live.scene.control.status().messages.retried == 0)
        live.daemon.signal(SIGKILL)
        await live.feed.end()
    }

    @Test("many crashes are told in a line each, with a summary")
    func crashes() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let series = try await live.ptrctl("crash", "worker", "random", "--count", "20", "--every", "2ms")
        #expect(series.status == 0 && series.lines.count == 21)
        #expect(series.lines.last?.hasPrefix("20 crashes in ") == true)
        let documents = try await live.ptrctl("crash", "worker", "--count", "3", "--json")
        #expect(documents.lines.count == 4)
        for line in documents.lines.prefix(3) {
            try expect(line, fits: "CrashResponse")
        }
        #expect(documents.lines[3].contains(#""summary""#))
        try await live.stop()
    }

    @Test("fault_injection = false refuses crashes with 6, and says what would allow them")
    func noInjection() async throws {
        let live = try await LiveDaemon()
        // It reloads, too: the section is the last one of the file's but [workers] and [breaker].
        let text = try String(contentsOfFile: live.configuration, encoding: .utf8)
        try text.replacing("[control]\n", with: "[control]\nfault_injection = false\n")
            .write(toFile: live.configuration, atomically: true, encoding: .utf8)
        #expect(try await live.ptrctl("reload").out.contains("control.fault_injection: true → false"))
        let refused = try await live.ptrctl("crash", "worker")
        #expect(refused.status == 6 && refused.out.isEmpty)
        #expect(refused.err.contains("fault_injection = true in [control]"))
        try await live.stop()
    }

    @Test("pause and resume hold one stream or all of them; a pause with an end is counted down and ends by itself")
    func pause() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let hour = try await live.ptrctl("pause", "tweets-1", "--for", "1h")
        #expect(hour.status == 0 && hour.out == "paused for 1h: tweets-1" && hour.err.isEmpty)
        for verb in ["streams", "status"] {
            #expect(try await live.ptrctl(verb).out.contains(/tweets-1: paused for (1h|59min \d+s) more/))
        }
        let streams = try await live.scene.control.answer(to: StreamsRequest()).streams
        #expect(streams.map(\.state) == [.paused, .open])
        #expect(try #require(streams[0].pausedForSeconds) > 3500)
        let again = try await live.ptrctl("resume", "tweets-1")
        #expect(again.status == 0 && again.out == "resumed: tweets-1; ptrd is running")
        #expect(try await live.ptrctl("resume", "tweets-1").out == "stream tweets-1 was not paused")

        let all = try await live.ptrctl("pause", "--json")
        try expect(all.out, fits: "PauseResponse")
        #expect(try await live.ptrctl("wait", "idle", "--timeout", "60s").status == 0)
        #expect(try await live.scene.control.status().state == .paused)
        let resumed = try await live.ptrctl("resume", "--json")
        try expect(resumed.out, fits: "PauseResponse")

        #expect(try await live.ptrctl("pause", "--for", "300ms").status == 0)
        try await live.status { status in status.streams.allSatisfy { $0.state == .open } }
        let unknown = try await live.ptrctl("pause", "tweets-9")
        #expect(unknown.status == 6 && unknown.err.contains("there are tweets-1, tweets-2"))
        try await live.stop()
    }

    @Test("drain finishes what is held; the daemon stays until resume")
    func drain() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let refused = try await live.ptrctl("drain")
        #expect(refused.status == 2 && refused.err.contains("say --yes"))
        let drained = try await live.ptrctl("drain", "--yes", "--timeout", "60s")
        #expect(drained.status == 0 && drained.out.hasPrefix("drained: nothing is in flight"), "\(drained)")
        let now = try await live.scene.control.status()
        #expect(now.state == .paused && now.messages.inFlight == 0)
        let document = try await live.ptrctl("drain", "--yes", "--json")
        try expect(document.out, fits: "Status")
        #expect(try await live.ptrctl("resume").status == 0)
        try await live.status { $0.messages.received > now.messages.received + 100 }
        try await live.stop()
    }

    @Test("reload applies what has changed, names what waits, and changes nothing when the file is wrong")
    func reload() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let before = try String(contentsOfFile: live.configuration, encoding: .utf8)
        func write(_ text: String) throws {
            try text.write(toFile: live.configuration, atomically: true, encoding: .utf8)
        }
        #expect(try await live.ptrctl("reload").out == "nothing has changed")
        let other = live.scene.folder.appending(path: "elsewhere").path
        let changed = before.replacing("\(live.scene.folder.path)/state", with: other) + "\n[scaling]\nmax = 32"
        try write(changed)
        let reloaded = try await live.ptrctl("reload")
        #expect(reloaded.status == 0 && reloaded.out.contains("~ scaling.max: 64 → 32"), "\(reloaded)")
        #expect(reloaded.out.contains("waits for a restart: ") && reloaded.out.contains("state.directory"))
        #expect(try await live.scene.control.status().scaling.max == 32)
        try write(changed + "\nmaxx = 3")
        let wrong = try await live.ptrctl("reload")
        let line = changed.split(separator: "\n", omittingEmptySubsequences: false).count + 1
        #expect(wrong.status == 6 && wrong.out.isEmpty)
        #expect(wrong.err.contains("\(live.configuration):\(line)") && wrong.err.contains("scaling.maxx"), "\(wrong)")
        #expect(try await live.scene.control.status().scaling.max == 32)
        try write(before)
        let document = try await live.ptrctl("reload", "--json")
        try expect(document.out, fits: "ReloadResponse")
        #expect(try await live.scene.control.status().scaling.max == 64)
        try await live.stop()
    }

    @Test("the log's level is changed at once")
    func logLevel() async throws {
        let live = try await LiveDaemon()
        #expect(try await live.ptrctl("log-level", "debug").out == "debug, before info")
        #expect(await live.daemon.errors.first(containing: " debug ") != nil)
        let document = try await live.ptrctl("log-level", "info", "--json")
        try expect(document.out, fits: "LogLevelResponse")
        #expect(try await live.ptrctl("log-level", "loud").status == 2)
        // Who did it stands in the log and among the events.
        #expect(try await live.ptrctl("events", "--kind", "control").out.contains(#"log-level "debug""#))
        try await live.stop()
    }

    @Test("dead letters are listed, shown, replayed and purged by choice")
    func deadLetters() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let page = try await live.ptrctl("dead-letters", "list", "-n", "3", "--json")
        let letters = try ControlJSON.decode(DeadLetters.self, from: page.out.utf8).deadLetters
        let first = try #require(letters.first)
        #expect(first.attempts == 1 && first.reason.contains("took longer than"))
        let shown = try await live.ptrctl("dead-letters", "show", "\(first.id)")
        #expect(shown.status == 0 && shown.out.contains("Tried: 1 time, at last by worker."))
        #expect(shown.out.contains(#"{"message": {"tweet""#))
        let detail = try await live.ptrctl("dead-letters", "show", "\(first.id)", "--json")
        try expect(detail.out, fits: "DeadLetterDetail")

        let rehearsed = try await live.ptrctl("dead-letters", "replay", "\(first.id)", "--dry-run", "--json")
        try expect(rehearsed.out, fits: "DeadLetterResponse")
        let received = try await live.scene.control.status().messages.received
        let replayed = try await live.ptrctl("dead-letters", "replay", "\(first.id)")
        #expect(replayed.status == 0 && replayed.out == "1 of 1 dead letter replayed", "\(replayed)")
        try await live.status { $0.messages.received > received }

        #expect(try await live.ptrctl("dead-letters", "purge", "--all").status == 2)
        let counted = try await live.ptrctl(
            "dead-letters", "purge", "--stream", "tweets-1", "--where", "took", "--dry-run")
        #expect(counted.out.contains("would be deleted"))
        #expect(try await live.ptrctl("drain", "--yes", "--timeout", "60s").status == 0)
        // Those that died in the drain wait for the next write, and are none of the stored ones before.
        try await live.status { $0.storage?.waitingDeadLetters == 0 && $0.storage?.replaying == 0 }
        let purged = try await live.ptrctl("dead-letters", "purge", "--all", "--yes", "--json")
        #expect(purged.status == 0)
        try expect(purged.out, fits: "DeadLetterResponse")
        #expect(try await live.ptrctl("dead-letters").out == "No dead letters.")
        #expect(try await live.ptrctl("dead-letters", "show", "\(first.id)").status == 6)
        try await live.stop()
    }
}
