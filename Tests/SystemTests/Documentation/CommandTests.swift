import ControlAPI
import Foundation
import Testing

@Suite("Each command that a document gives", .serialized, .timeLimit(.minutes(5)))
struct CommandTests {
    /// What stands for something in the documents, and is that here.
    private static let placeholders: [(String, String)] = [
        ("STREAM", "tweets-1"), ("NAME", "tweets-1"), ("ID", "9981"), ("FILE", "captured"),
    ]

    /// The exit statuses of those that do not end with 0, or may end otherwise by what happens meanwhile.
    private static let statuses: [String: Set<Int32>] = [
        // As the documents say: it asks first, and does nothing without a terminal.
        "ptrctl streams position tweets-1 --set 9981": [2], "ptrctl streams forget tweets-1": [2],
        // Named in prose, without what they need.
        "ptrctl crash": [2], "ptrctl streams forget": [2], "ptrctl pause --for": [2], "ptrctl try": [2],
        // Needs a terminal; TopTests gives it one.
        "ptrctl top": [2],
        // By the size that the pool has.
        "ptrctl scale 5 --expect 4": [0, 6], "ptrctl wait scaled --timeout 10s": [0, 124],
        "ptrctl crash worker worker.2.5": [0, 6],
        // Its workers print, and are no processes.
        "ptrctl crash worker --signal SEGV": [6], "ptrctl crash worker worker.2.5 --signal STOP": [6],
        // By the dead letters that there are.
        "ptrctl dead-letters show 12": [0, 6],
        // The daemon shares its streams with nobody.
        "ptrctl streams hand-over tweets-1": [6], "ptrctl streams hand-over tweets-2": [6],
        "ptrctl streams hand-over": [2],
        // There is no broker.
        "ptrctl --all status": [6], "ptrctl --all streams": [6], "ptrctl --all workers": [6], "ptrctl --all top": [2],
        "ptrctl source check tweets-1": [6], "ptrctl source check events": [6], "ptrctl pause events": [6],
        // By what is configured on this machine.
        "ptrctl try --stream tweets-1": [0, 1, 6],
        // What journalctl says of a unit that is not here.
        "ptrctl logs": [0, 1],
    ]

    private static func isEndless(_ command: String) -> Bool {
        command.contains(/^ptrctl (tap|events -f|tree --watch)|^curl .*(-N|-sN|stream)|^ptrfeed serve/)
            || command.contains(/^ptrd(?!.*--(check|print|help|version))/)
    }

    /// The command with this test's own names, places and ports in it.
    private static func prepared(_ command: String, socket: String, feed: String) -> String {
        var text = command.replacing("/run/ptrd.sock", with: socket).replacing("127.0.0.1:4000", with: feed)
            .replacing("/srv/worker.py", with: "worker.py").replacing(
                "http://127.0.0.1:9464/metrics", with: "--unix-socket ptrd.sock http://ptrd/v1/metrics"
            )
            .replacing(/\bURL\b/, with: "http://\(feed)/tweets/1")
        if text.hasPrefix("ptrfeed serve"), !text.contains("--listen") { text += " --listen 127.0.0.1:0" }
        guard text.hasPrefix("ptrd ") else { return text }
        if !text.contains("--config ") { text += " --config ptrd.toml" }
        if isEndless(text), !text.contains("--state-directory") {
            text += " --state-directory state --control-socket ptrd.sock"
        }
        return text
    }

    @Test("of ptrctl, ptrd, ptrfeed and curl is right: it runs against a daemon at work")
    func ours() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let folder = live.scene.folder
        try "data: one\n\n".write(to: folder.appending(path: "captured"), atomically: true, encoding: .utf8)
        let handlers = try #require(try Document("docs/handlers.md").blocks.first { $0.language == "python" })
        try handlers.lines.joined(separator: "\n").write(
            to: folder.appending(path: "worker.py"), atomically: true, encoding: .utf8)
        // For a ptrd of its own: a folder where none runs yet.
        let fresh = folder.appending(path: "fresh")
        try FileManager.default.createDirectory(at: fresh, withIntermediateDirectories: true)
        try "[stream.tweets-1]\nurl = \"http://127.0.0.1:1/\"\n".write(
            to: fresh.appending(path: "ptrd.toml"), atomically: true, encoding: .utf8)
        let serving = try #require(await live.feed.errors.first(containing: "serving"))
        let feed = String(try #require(serving.firstMatch(of: /127\.0\.0\.1:\d+/)).output)

        let commands = try DocumentedCommand.all.filter(\.isOurs)
        #expect(commands.count > 50)
        for command in commands {
            var named = command.words.joined(separator: " ").replacing(/^\.\//, with: "").replacing(
                /\s?\[[^\]]*\]/, with: "")
            for (word, value) in Self.placeholders { named = named.replacing(try Regex("\\b\(word)\\b"), with: value) }
            let text = Self.prepared(named, socket: live.scene.socket, feed: feed)
            let (isDaemon, isEndless) = (text.hasPrefix("ptrd "), Self.isEndless(text))
            // Whatever an earlier one has paused or drained.
            if text.hasPrefix("ptrctl") { _ = try await live.ptrctl("resume") }
            let program = try Program(
                executable: URL(filePath: "/bin/sh"),
                [
                    "-c",
                    "cd \"$0\" && PATH=\"$1:$PATH\" && exec \(isEndless ? "" : "timeout --signal=KILL 30 ")\(text)",
                    isDaemon ? fresh.path : folder.path, Program.products.path,
                ], environment: ["PTRD_SOCKET": live.scene.socket])
            guard isEndless else {
                let outcome = await program.outcome
                let expected = Self.statuses[named] ?? [0]
                #expect(expected.contains(outcome.status), "\(command.document): \(text): \(outcome)")
                continue
            }
            // It is right if it says what it should, and then runs until it is told to end.
            if isDaemon {
                #expect(await program.errors.first(containing: "is ready") != nil, "\(text): \(program.errors.all)")
            } else {
                let said = text.hasPrefix("ptrfeed") ? program.errors : program.output
                await said.count(1)
                #expect(!said.all.isEmpty, "\(command.document): \(text): \(program.errors.all)")
            }
            // curl, unlike ours, inherits whatever signals the test's process blocks.
            program.signal(text.hasPrefix("curl") ? SIGKILL : SIGTERM)
            _ = await program.status
        }
        try await live.stop()
    }

    @Test("of the project is there: a target of make, or a script that says what it is for")
    func ofProject() async throws {
        let makefile = try Document("Makefile").text
        let commands = try DocumentedCommand.all.filter(\.isOfProject)
        #expect(commands.count > 20)
        for program in Set(commands.map(\.program)) where program != "make" {
            let file = Program.project.appending(path: program)
            #expect(FileManager.default.isExecutableFile(atPath: file.path), "\(program)")
            guard program.hasPrefix("scripts/") else { continue }
            let help = try await Program(executable: file, ["--help"]).outcome
            #expect(help.status == 0 && help.out.contains("usage: \(program)"), "\(program): \(help)")
        }
        for command in commands where command.program == "make" {
            let target = command.words[1]
            #expect(target == "TARGET" || makefile.contains("\n\(target): "), "\(command.document): \(command.text)")
        }
    }

    /// With an end to what follows the journal, and a terminal where one is asked for.
    private static func onHost(_ text: String) -> String {
        if text.hasPrefix("journalctl") { return "timeout --signal=KILL 2 \(text)" }
        return text.hasPrefix("systemctl edit") ? "script --quiet --return --command '\(text)' /dev/null" : text
    }

    @Test(
        "of the host works where ptrd is installed",
        .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
    func ofHost() async throws {
        let commands = try DocumentedCommand.all.filter(\.isHost)
        #expect(commands.count > 20)
        let statuses: [String: Set<Int32>] = [
            // It is active, so it has not failed.
            "systemctl is-failed ptrd": [1]
        ]
        var script =
            BootedSystem.installation + """
                useradd alice
                useradd --groups sudo op
                export USER=op SYSTEMD_EDITOR=true
                systemd-run --quiet --unit=load ptrfeed serve --rate 100
                set +e
                cd /tmp

                """
        var expected: [Set<Int32>] = []
        for command in commands where !command.text.hasPrefix("install -d -m 700 /etc/credstore/") {
            let text = command.text.replacing(/\bSTREAM\b/, with: "tweets-1")
            expected.append(statuses[text] ?? (text.hasPrefix("journalctl") && text.contains(" -f") ? [137] : [0]))
            script += """
                systemctl reset-failed ptrd 2>/dev/null
                systemctl is-active --quiet ptrd || systemctl start ptrd
                \(Self.onHost(text)) </dev/null >/tmp/out 2>&1
                echo "== $? \(text.replacing("\"", with: "").replacing("$", with: ""))"
                tail -n 3 /tmp/out

                """
        }
        let lines = try await BootedSystem.run(script)
        let results = lines.filter { $0.contains(/^== \d/) }
        #expect(results.count == expected.count)
        for (result, expected) in zip(results, expected) {
            let status = Int32(result.split(separator: " ")[1]) ?? -1
            let rest = lines.drop { $0 != result }.dropFirst().prefix { !$0.hasPrefix("== ") }
            #expect(expected.contains(status), "\(result): \(rest.joined(separator: "\n"))")
        }
    }
}
