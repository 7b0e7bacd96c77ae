import Foundation
import Testing

@Suite("An operator looks at a live daemon", .timeLimit(.minutes(2)))
struct LookingTests {
    /// A question: what people get to see of it, and what describes the document of `--json`.
    private struct Question {
        let arguments: [String]
        let shows: [String]
        let schema: String

        init(_ arguments: String..., shows: [String], schema: String) {
            (self.arguments, self.shows, self.schema) = (arguments, shows, schema)
        }
    }

    private static let questions = [
        Question("status", shows: ["tweets-1", "in flight", "Latency: p50"], schema: "Status"),
        Question("check", shows: ["OK - running, 2 of 2 streams open", "| in_flight="], schema: "Status"),
        Question("wait", "ready", shows: [], schema: "Status"),
        Question("wait", "scaled", shows: [], schema: "Status"),
        Question("tree", "--full", shows: ["└── ", "worker.1.1", "stream.tweets-2", "restarts left"], schema: "Tree"),
        Question("streams", shows: ["tweets-2", "/tweets/2", "open"], schema: "Streams"),
        Question("workers", shows: ["worker.1.8", "INCARNATION"], schema: "Workers"),
        Question("explain", "scale", "-n", "5", shows: ["auto, target", "WHY"], schema: "Decisions"),
        Question("explain", "crash", "-n", "3", shows: ["CAUSE", "restarted"], schema: "Crashes"),
        Question("dead-letters", "list", "-n", "2", shows: ["took longer than", "ATTEMPTS"], schema: "DeadLetters"),
        Question("log-level", shows: ["info"], schema: "LogLevelResponse"),
    ]

    @Test("each question is answered in words, and with --json by the document that the API describes")
    func questions() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        for question in Self.questions {
            let words = try await live.ptrctl(question.arguments)
            #expect(words.status == 0, "\(question.arguments): \(words.err)")
            for part in question.shows { #expect(words.out.contains(part), "\(question.arguments)") }
            // Not on a terminal: no colours.
            #expect(!words.out.contains("\u{1B}"))
            let document = try await live.ptrctl(question.arguments + ["--json"])
            #expect(document.status == 0, "\(question.arguments): \(document.err)")
            try expect(document.out, fits: question.schema)
        }
        let top = try await live.ptrctl("top", "--json")
        try expect(top.out, fits: "Top")
        try await live.stop()
    }

    @Test(
        "a table's columns begin where their headings do",
        arguments: [["streams"], ["workers"], ["explain", "crash", "-n", "20"]])
    func columns(arguments: [String]) async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let lines = try await live.ptrctl(arguments).lines
        let heading = Array(try #require(lines.first))
        // Where a left-aligned column begins, its heading stands after two spaces and so does every cell.
        let named = try #require(["STATE", "CAUSE"].first { lines[0].contains($0) })
        let start = try #require(lines[0].range(of: named)).lowerBound
        let column = lines[0].distance(from: lines[0].startIndex, to: start)
        #expect(heading.count > column && lines.count > 2)
        for line in lines.dropFirst() where !line.contains(": ") {
            let characters = Array(line)
            #expect(characters[column - 1] == " " && characters[column] != " ", "\(line)")
        }
        for line in lines { #expect(line.last != " ", "\(line)") }
        try await live.stop()
    }

    @Test("a crash is explained: which message, why, which attempt, what is left of the budget, what was done")
    func explainCrash() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let crash = try await live.ptrctl("explain", "crash", "1")
        #expect(crash.status == 0)
        for part in [
            "Crash: 1, detected", "incarnation", "Reason:", "it was started again as incarnation", "restarts left",
        ] {
            #expect(crash.out.contains(part), "\(part)")
        }
        #expect(crash.out.contains(/Message: \d+ of tweets-[12] \(id \d+\), attempt 1 of 1: it (was|had)/))
        let document = try await live.ptrctl("explain", "crash", "1", "--json")
        try expect(document.out, fits: "Crash")
        let missing = try await live.ptrctl("explain", "crash", "4000000000")
        #expect(missing.status == 6 && missing.err.contains("there is no crash 4000000000"))
        try await live.stop()
    }

    @Test("what happened is told in lines, of the kinds that are asked for")
    func events() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let some = try await live.ptrctl("events", "--kind", "crash,message", "-n", "4", "--full")
        #expect(some.status == 0 && some.lines.count == 4)
        #expect(some.lines.allSatisfy { $0.contains("  crash  ") || $0.contains("  message  ") })
        let documents = try await live.ptrctl("events", "-n", "7", "--json")
        #expect(documents.lines.count == 7)
        for line in documents.lines { try expect(line, fits: "Event") }
        #expect(try await live.ptrctl("events", "--kind", "chaos").status == 2)
        try await live.stop()
    }

    @Test("the versions, and the log in the journal, are at hand")
    func others() async throws {
        let live = try await LiveDaemon()
        let version = try await live.ptrctl("version")
        #expect(version.status == 0 && version.lines.count == 2 && version.lines[1].hasPrefix("ptrd "))
        let document = try await live.ptrctl("version", "--json")
        let versions = try JSONDecoder().decode([String: String].self, from: Data(document.out.utf8))
        #expect(versions["daemon"] == versions["version"] && versions.count == 2)
        let report = live.scene.folder.appending(path: "report.tar.gz").path
        let written = try await live.ptrctl("report", "--output", report)
        #expect(written.status == 0 && written.out.hasPrefix("\(report): "), "\(written.err)")
        let tar = try Program(
            executable: URL(filePath: "/usr/bin/tar"), ["-xzOf", report, "--wildcards", "*/status.json"])
        try expect(await tar.outcome.out, fits: "Status")
        // A journalctl that tells how it was called.
        let folder = live.scene.folder.appending(path: "bin")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let journalctl = folder.appending(path: "journalctl")
        try "#!/bin/sh\necho \"$*\"\n".write(to: journalctl, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: journalctl.path)
        let logs = try await Program(
            "ptrctl", ["logs", "-n", "3"], environment: ["PATH": "\(folder.path):/usr/bin:/bin"]
        )
        .outcome
        #expect(logs.status == 0 && logs.out == "-u ptrd -n 3")
        let source = try await live.ptrctl("source", "check", "events")
        #expect(source.status == 6 && source.err.contains("no [source.NAME] is configured"), "\(source)")
        try await live.stop()
    }

    @Test("a capture is parsed without a daemon")
    func parse() async throws {
        let scene = try Scene()
        let file = scene.folder.appending(path: "capture")
        try "id: 7\ndata: a\ndata: b\n\n".write(to: file, atomically: true, encoding: .utf8)
        let parsed = try await Program("ptrctl", ["parse", "--chunk", "1", file.path]).outcome
        #expect(parsed.status == 0)
        #expect(parsed.out == #"{"type":"message","data":"a\nb","id":"7"}"#)
        #expect(try await Program("ptrctl", ["parse", "/nonexistent/capture"]).outcome.status == 6)
    }

    @Test("a program is tried as a worker without a daemon")
    func execCheck() async throws {
        let loop = #"while read -r line; do echo '{"status":"done"}'; done"#
        let good = try await Program("ptrctl", ["exec-check", "--", "/bin/sh", "-c", loop]).outcome
        #expect(good.status == 0 && good.out.contains("good: all 3 messages are answered for"), "\(good)")
        #expect(try await Program("ptrctl", ["exec-check", "--", "/bin/cat"]).outcome.status == 1)
    }

    @Test("a feed is tried without a daemon, and what is suggested is a configuration for it")
    func tryFeed() async throws {
        let feed = try Program("ptrfeed", ["serve", "--listen", "127.0.0.1:0", "--rate", "100", "--kill-every", "0"])
        let serving = try #require(await feed.errors.first(containing: "serving"))
        let address = String(try #require(serving.firstMatch(of: /127\.0\.0\.1:\d+/)).output)
        let tried = try await Program("ptrctl", ["try", "-n", "3", "http://\(address)/tweets/1"]).outcome
        #expect(tried.status == 0 && tried.out.contains("● it works: 3 events from tweets-1"), "\(tried)")
        #expect(tried.out.contains("Ids: none: ") && tried.out.contains("{message.tweet.user.screen_name}"))
        let scene = try Scene()
        let path = scene.folder.appending(path: "suggested.toml")
        let suggested = try #require(tried.out.split(separator: "for /etc/ptrd/ptrd.d/tweets-1.toml:\n").last)
            .split(separator: "\n\nwhich prints:")[0]
        try String(suggested).write(to: path, atomically: true, encoding: .utf8)
        let checked = try await Program("ptrd", ["--check-config", "--config", path.path]).outcome
        #expect(checked.status == 0, "\(suggested): \(checked)")
        feed.signal(SIGTERM)
        _ = await feed.status
    }

    @Test("no verb was left out of the session")
    func allVerbs() async throws {
        let help = try await Program("ptrctl", ["--experimental-dump-help"]).outcome
        let root = try JSONDecoder().decode(CommandTree.self, from: Data(help.out.utf8)).command
        let verbs = Set((root.subcommands ?? []).map(\.commandName)).subtracting(["help"])
        let looked = Set(Self.questions.map { $0.arguments[0] }).union([
            "top", "events", "version", "logs", "parse", "exec-check", "report", "try", "source",
        ])
        let changed: Set = ["scale", "crash", "pause", "resume", "drain", "reload", "dead-letters", "log-level"]
        #expect(verbs == looked.union(changed).union(["tap"]))
    }

    private struct CommandTree: Decodable {
        let command: Command

        struct Command: Decodable {
            let commandName: String
            let subcommands: [Command]?
        }
    }
}
