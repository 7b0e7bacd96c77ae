import Foundation
import Testing

@testable import ptrctl

/// All with real programs, as an author has them.
@Suite("ptrctl exec-check", .timeLimit(.minutes(2)))
struct ExecCheckTests {
    private func check(
        _ options: [String] = [], _ command: String..., isTerminal: Bool = false, columns: Int? = nil
    ) async -> Outcome {
        await ptrctl(["exec-check"] + options + ["--"] + command, isTerminal: isTerminal, columns: columns)
    }

    /// A shell's loop that does something for each line of its input.
    private func loop(_ body: String) -> String { "while read -r line; do \(body); done" }

    private static let done = #"echo '{"status":"done"}'"#

    private func python(_ script: String) -> [String] { ["/usr/bin/python3", "-c", script] }

    @Test("shows each frame and answer of a good worker, and what to write into the configuration")
    func good() async {
        let outcome = await check([], "sh", "-c", loop(Self.done))
        #expect(outcome.status == 0, "\(outcome.out)")
        for words in [
            "● started as pid ", #"→ message 1: {"specversion":"1.0","id":"exec-check/1""#,
            "← message 3 is done, after ",
            "ReadWritePaths= of a drop-in", "● its stdin ends", "● it exited with status 0",
            "● good: all 3 messages are answered for (3 done)",
            #"    command = ["/"#, #"sh", "-c", "while read -r line; do echo '{\"status\":\"done\"}'; done"]"#,
        ] {
            #expect(outcome.out.contains(words), "\(words) in \(outcome.out)")
        }
        #expect(!outcome.out.contains("framing") && outcome.err.isEmpty)
    }

    @Test("needs no more of Python than five lines")
    func fiveLines() async throws {
        let outcome = await check(
            [], "python3", "-c",
            """
            import sys, json
            for line in sys.stdin:
                m = json.loads(line)
                print(json.dumps({"seq": m["seq"], "status": "done"}), flush=True)
            """)
        #expect(outcome.status == 0 && outcome.out.contains("message 2 is done"), "\(outcome.out)")
    }

    private static let unflushed: [(command: [String], mend: String)] = [
        (
            ["/usr/bin/python3", "-I", "-c", "import sys\nfor line in sys.stdin: print('{\"status\":\"done\"}')"],
            "print(…, flush=True), or python3 -u"
        ),
        (["/usr/bin/mawk", #"{print "{\"status\":\"done\"}"}"#], "mawk -W interactive"),
        (["/usr/bin/jq", "-c", #"{seq, status: "done"}"#], "jq --unbuffered"),
        (["/usr/bin/sed", #"s/.*/{"status":"done"}/"#], "sed -u"),
        (["/usr/bin/grep", "-o", "exec-check"], "grep --line-buffered"),
    ].filter { access($0.0[0], X_OK) == 0 }

    @Test("names the mend for answers that lie in a buffer", arguments: unflushed)
    func buffered(command: [String], mend: String) async {
        let outcome = await ptrctl(["exec-check", "--timeout", "500ms", "--"] + command)
        #expect(outcome.status == 1)
        #expect(outcome.out.contains("✗ no answer for message 1 within 500 ms"), "\(outcome.out)")
        #expect(
            outcome.out.contains("✗ it wrote only when its stdin had ended: its answers lay in a buffer; \(mend)"),
            "\(outcome.out)")
    }

    @Test("is content when the mend is heeded")
    func unbuffered() async {
        for (command, mend) in Self.unflushed {
            let options: [String: [String]] = [
                "jq --unbuffered": ["--unbuffered"], "sed -u": ["-u"], "mawk -W interactive": ["-W", "interactive"],
            ]
            guard let options = options[mend] else { continue }
            let outcome = await ptrctl(["exec-check", "--", command[0]] + options + command.dropFirst())
            #expect(outcome.status == 0, "\(outcome.out)")
        }
    }

    @Test(
        "says what is wrong, and the mend",
        arguments: [
            ("echo hello; read x", #"it wrote what is no answer: "hello"; print to stderr, or set reply_fd = 3"#),
            ("cat", "it wrote the frame that it was given, which is no answer"),
            (
                #"read l; echo '{"seq":1,"status":"done"}'; echo '{"seq":1,"status":"done"}'; read l"#,
                "it answered for message 1 twice"
            ),
            (
                #"read l; echo '{"seq":77,"status":"done"}'; read l"#,
                "it answered for message 77, which it does not have"
            ),
            (#"read l; printf '{"stat'"#, "it ended with half an answer, 6 bytes of which came"),
            ("head -c 3000000 /dev/zero | tr '\\0' x; read l", "an answer of more than 1048576 bytes is too large"),
            ("exit 3", "it exited with status 3 with messages in hand, a crash"),
            ("kill -SEGV $$", "it was ended by SIGSEGV with messages in hand"),
            ("read l", "it ended without an answer; a resident worker reads and answers until its stdin ends"),
            (
                #"read l; echo '{"seq":1,"status":"done"}'"#,
                "it ended with messages in hand, after one answer; a resident worker"
            ),
        ])
    func wrong(script: String, words: String) async {
        let outcome = await check([], "/bin/sh", "-c", script)
        #expect(outcome.status == 1 && outcome.out.contains(words), "\(outcome.out)")
        #expect(outcome.out.contains("✗ not good: ") && !outcome.out.contains("for ptrd.toml"))
    }

    @Test("says that nothing was read, which no flush mends")
    func unread() async {
        let outcome = await check(["--timeout", "300ms"], "/bin/sleep", "60")
        #expect(outcome.status == 1)
        #expect(
            outcome.out.contains("bytes of its stdin, and answered nothing; read stdin line by line"), "\(outcome.out)")
    }

    @Test("names the message that an answer does not come for")
    func late() async {
        let outcome = await check(["--timeout", "500ms"], "sh", "-c", "read l; \(Self.done); read l; sleep 60")
        #expect(outcome.status == 1)
        #expect(outcome.out.contains("message 2 was not answered for within 500 ms; answer sooner"), "\(outcome.out)")
    }

    @Test("shows what goes to stderr, and to stdout where the answers have a descriptor of their own")
    func reply() async {
        let outcome = await check(
            ["--reply-fd", "3"], "sh", "-c", loop("echo noise; echo trouble >&2; \(Self.done) >&3"))
        #expect(outcome.status == 0, "\(outcome.out)")
        #expect(outcome.out.contains("  stdout: noise") && outcome.out.contains("  stderr: trouble"))
        #expect(outcome.out.contains("    reply_fd = 3"))
    }

    @Test("understands all that can be answered")
    func answers() async {
        let outcome = await check(
            [], "sh", "-c",
            """
            echo '{"ready":1,"prefetch":1,"heartbeat":true}'
            read -r line; echo '{"log":{"level":"warning","message":"hot"}}'; echo '{"progress":1}'
            echo '{"seq":1,"status":"failed","reason":"no user","retry_after":5}'
            read -r line; echo '{"seq":2,"status":"rejected","reason":"no tweet"}'
            read -r line; echo '{"seq":3,"status":"unavailable","reason":"no database"}'
            read -r line
            """)
        #expect(outcome.status == 0, "\(outcome.out)")
        for words in [
            "it is ready, for 1 frame at once, and will give signs of life", "for the log, warning: hot",
            "it works on message 1", "message 1 failed: no user; again after 5.00 s at the earliest",
            "message 2 is rejected, a dead letter at once: no tweet",
            "message 3 is given back, for what the worker needs is down: no database",
            "(1 failed, 1 rejected, 1 unavailable)",
        ] {
            #expect(outcome.out.contains(words), "\(words) in \(outcome.out)")
        }
    }

    @Test("gives batches, of which a part may fail", .enabled(if: access("/usr/bin/python3", X_OK) == 0))
    func batches() async {
        let script = """
            import sys, json
            for line in sys.stdin:
                b = json.loads(line)
                bad = [{"seq": m["seq"], "reason": "bad"} for m in b["batch"][:1]]
                print(json.dumps({"frame": b["frame"], "status": "partial", "failed": bad}), flush=True)
            """
        let outcome = await ptrctl(["exec-check", "--batch", "4", "--prefetch", "2", "--"] + python(script))
        #expect(outcome.status == 0, "\(outcome.out)")
        #expect(outcome.out.contains("message 5 failed: bad") && outcome.out.contains("the rest of batch 3 is done"))
        #expect(outcome.out.contains("all 12 messages are answered for (9 done, 3 failed)"))
        #expect(outcome.out.contains("    batch = { max = 4 }") && outcome.out.contains("    prefetch = 2"))
    }

    @Test("puts lengths before frames", .enabled(if: access("/usr/bin/python3", X_OK) == 0))
    func lengths() async {
        let script = """
            import sys, json, struct
            while head := sys.stdin.buffer.read(4):
                m = json.loads(sys.stdin.buffer.read(struct.unpack(">I", head)[0]))
                answer = json.dumps({"seq": m["seq"], "status": "done"}).encode()
                sys.stdout.buffer.write(struct.pack(">I", len(answer)) + answer)
                sys.stdout.buffer.flush()
            """
        let good = await ptrctl(["exec-check", "--framing", "length", "--"] + python(script))
        #expect(good.status == 0 && good.out.contains("    framing = \"length\""), "\(good.out)")
        let lines = await check(["--framing", "length"], "sh", "-c", "head -c 4 >/dev/null; \(Self.done); sleep 60")
        #expect(lines.status == 1 && lines.out.contains("each answer has its length before it"), "\(lines.out)")
    }

    @Test(
        "starts a oneshot worker for each message, and knows its exit status",
        arguments: [
            (0, 0, "message 3 is done"), (75, 0, "message 3 failed, and is tried again"),
            (65, 0, "message 3 is rejected, a dead letter at once"),
            (69, 0, "message 3 is given back: what it needs is down"),
            (9, 1, "message 1: it exited with status 9, a crash; 0 is done, 75 failed"),
        ])
    func oneshot(status: Int, verdict: Int32, words: String) async {
        let outcome = await check(
            ["--oneshot"], "sh", "-c", #"grep -q '"tweet"' || exit 1; test -n "$PTR_SEQ" || exit 1; exit \#(status)"#)
        #expect(outcome.status == verdict && outcome.out.contains(words), "\(outcome.out)")
    }

    @Test("does not wait for a oneshot worker that does not end")
    func endlessOneshot() async {
        let outcome = await check(["--oneshot", "--timeout", "200ms"], "sleep", "60")
        #expect(outcome.status == 1 && outcome.out.contains("did not end within 200 ms"), "\(outcome.out)")
    }

    @Test("is good about a worker that outlives its stdin, and says so", .timeLimit(.minutes(1)))
    func outlives() async {
        let outcome = await check([], "sh", "-c", "\(loop(Self.done)); sleep 60")
        #expect(outcome.status == 0 && outcome.out.contains("it goes on though its stdin has ended"), "\(outcome.out)")
    }

    @Test("has one document for machines")
    func document() async throws {
        let outcome = await check(["--json"], "sh", "-c", loop(Self.done))
        #expect(outcome.status == 0)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
        #expect(object["good"] as? Bool == true && object["done"] as? Int == 3 && object["messages"] as? Int == 3)
        let kinds = (object["steps"] as? [[String: Any]])?.map { $0["kind"] as? String }
        #expect(
            kinds == ["started", "sent", "answer", "sent", "answer", "sent", "answer", "stdin_closed", "ended"])
        let bad = await check(["--json"], "sh", "-c", "echo x; read l")
        #expect(
            bad.status == 1 && bad.out.contains(#""good" : false"#) && bad.out.contains("print to stderr"), "\(bad.out)"
        )
    }

    @Test("gives messages of one's own, from a file or standard input")
    func data() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        for (text, count) in [("{\"a\":1}\nno json\n\n[2]", 3), ("{\n\"a\": 1\n}\n", 1), ("tick", 1)] {
            try Data(text.utf8).write(to: URL(filePath: file))
            let outcome = await check(["--data", file, "--json"], "sh", "-c", loop(Self.done))
            #expect(outcome.out.contains(#""messages" : \#(count)"#), "\(outcome.out)")
        }
        try Data().write(to: URL(filePath: file))
        #expect(await check(["--data", file], "cat").err.contains("holds no message"))
        let missing = await check(["--data", "/nonexistent/x"], "cat")
        #expect(missing.status == 6 && missing.err == "ptrctl: cannot open /nonexistent/x: No such file or directory")
    }

    @Test("says why a program cannot be started")
    func notStarted() async {
        let unknown = await check([], "no-such-program")
        #expect(unknown.status == 6 && unknown.err.contains("there is no no-such-program in PATH"))
        let missing = await check([], "/nonexistent/worker")
        #expect(missing.status == 1 && missing.out.contains("it cannot be started: there is no /nonexistent/worker"))
        #expect(await check([], "/usr").out.contains("it cannot be started: /usr is a directory"))
    }

    @Test("has the variables of a worker, and those that are given")
    func variables() async {
        let outcome = await check(
            ["--env", "MODEL=a=b", "--env", "EMPTY="], "sh", "-c",
            "env | sort | tr '\\n' ' ' >&2; \(loop(Self.done))")
        #expect(
            outcome.out.contains("stderr: EMPTY= HOME=/ LANG=C.UTF-8 MODEL=a=b ")
                && outcome.out.contains(" PYTHONUNBUFFERED=1 "),
            "\(outcome.out)")
        #expect(outcome.out.contains(" PTR_PROTOCOL=1 ") && outcome.out.contains(" PTR_WORKER=exec-check"))
    }

    @Test("fits the terminal, and obeys nothing that a worker writes")
    func terminal() async {
        let outcome = await check(
            [], "sh", "-c", loop("printf 'a \\033[31m long line of trouble %0200d\\n' 0 >&2; \(Self.done)"),
            isTerminal: true, columns: 60)
        #expect(outcome.status == 0)
        for line in outcome.out.split(separator: "\n") where !line.contains("command =") {
            #expect(Text.width(String(line)) <= 60, "\(line)")
        }
        #expect(!outcome.out.contains("\u{1B}[31m long"))
    }

    @Test("leaves nothing running when it is interrupted")
    func interrupted() async {
        let (interruptions, signal) = AsyncStream<CInt>.makeStream()
        signal.yield(SIGINT)
        let outcome = await ptrctl(["exec-check", "--", "sleep", "1000"], interruptions: interruptions)
        #expect(outcome.status == 1 && !outcome.out.contains("● good") && !outcome.out.contains("✗"))
    }

    @Test(
        "is told how it is called",
        arguments: [
            (["exec-check"], "The command is missing: ptrctl exec-check -- "),
            (["exec-check", "--"], "The command is missing"),
            (["exec-check", "--env", "A", "--", "cat"], "--env A has no value"),
            (["exec-check", "--oneshot", "--batch", "2", "--", "cat"], "with --oneshot there are no frames"),
            (["exec-check", "--reply-fd", "2", "--", "cat"], "it is 1 or 3"),
            (["exec-check", "--framing", "line", "--", "cat"], "did you mean 'lines'?"),
            (["exec-check", "--timeout", "5", "--", "cat"], "did you mean 5s?"),
        ])
    func usage(arguments: [String], words: String) async {
        let outcome = await ptrctl(arguments)
        #expect(outcome.status == 2 && outcome.err.contains(words), "\(outcome.err)")
    }
}
