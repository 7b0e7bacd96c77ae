import Glibc
import TestKit
import Testing

@testable import Handlers
@testable import Ledger
@testable import Pipeline

/// What a worker does over a message that it should not do, and what comes of it.
struct Misbehaviour: CustomTestStringConvertible, Sendable {
    /// When the message pays with its only attempt.
    enum Pays {
        case atOnce
        /// Nobody is to blame four times.
        case theFifthTime
        /// It was answered for.
        case never
    }

    let testDescription: String
    let script: String
    let pays: Pays
    /// What the reason of its dead letter says.
    let words: [String]
    var timeout = Duration.seconds(30)

    init(_ name: String, _ script: String, _ pays: Pays, _ words: [String], timeout: Duration = .seconds(30)) {
        (testDescription, self.script, self.pays, self.words, self.timeout) = (name, script, pays, words, timeout)
    }

    static let all = [
        Misbehaviour("exits with 3", "exit 3", .atOnce, ["exited with status 3"]),
        Misbehaviour(
            "says on standard error why it exits", "echo no model >&2; exit 1", .atOnce, ["status 1", "no model"]),
        Misbehaviour("is ended by a fault of its own", "kill -SEGV $$", .atOnce, ["SIGSEGV"]),
        Misbehaviour(
            "forks, and exits while its child holds its output", "sleep 1000 & exit 3", .atOnce, ["status 3"]),
        Misbehaviour("hangs", "exec sleep 1000", .atOnce, ["took longer than"], timeout: .milliseconds(300)),
        Misbehaviour(
            "answers half a line, and hangs", #"printf '{"seq":%s,"sta' "$seq"; exec sleep 1000"#, .atOnce,
            ["took longer than"], timeout: .milliseconds(300)),
        Misbehaviour(
            "stops itself", "kill -STOP $$", .atOnce, ["took longer than", "is stopped, by SIGSTOP", "SIGCONT"],
            timeout: .milliseconds(300)),
        Misbehaviour(
            "answers half a line, and exits", #"printf '{"seq":%s,"sta' "$seq"; exit 0"#, .theFifthTime,
            ["half an answer", #"{"seq":"#, "end each answer with", "flush"]),
        Misbehaviour(
            "answers half a line, and is killed from outside", #"printf '{"seq":%s,"sta' "$seq"; kill -KILL $$"#,
            .theFifthTime, ["SIGKILL", "nobody here has sent"]),
        Misbehaviour(
            "exits with 0 and has work in hand", "exit 0", .theFifthTime,
            ["reads and answers until its stdin ends"]),
        Misbehaviour("is ended from outside", "kill -TERM $$", .theFifthTime, ["SIGTERM", "nobody here has sent"]),
        Misbehaviour(
            "prints what is no answer", "echo Loading the model", .theFifthTime,
            ["Loading the model", "print to stderr, or set reply_fd = 3"]),
        Misbehaviour(
            "writes 100 MB without a line end", "head -c 100000000 /dev/zero | tr '\\0' x", .theFifthTime,
            ["too large", "xxxx", "max_answer_bytes"]),
        Misbehaviour(
            "answers for a message that it does not have", #"printf '{"seq":999999,"status":"done"}\n'"#,
            .theFifthTime, ["message 999999, which it does not have", "send back the message's own"]),
        Misbehaviour(
            "answers with a status that there is not", #"printf '{"seq":%s,"status":"ok"}\n' "$seq""#, .theFifthTime,
            [#""ok""#, "done"]),
        Misbehaviour(
            "answers with a key that there is not", #"printf '{"seq":%s,"status":"done","cost":1}\n' "$seq""#,
            .theFifthTime, ["cost"]),
        Misbehaviour(
            "says twice that it is ready", #"printf '{"ready":1}\n'"#, .theFifthTime,
            ["ready", #"{"ready":1} comes once, before all answers"#]),
        Misbehaviour("answers twice", "done_; done_", .never, []),
        Misbehaviour("answers twice at once", #"printf '{"status":"done"}\n{"status":"done"}\n'"#, .never, []),
    ]
}

@Suite("What a worker does that it should not", .timeLimit(.minutes(3)))
struct MisbehaviourTests {
    @Test(
        "is paid for as the table says, its reason names the mend, its neighbour does not notice, and nothing is left of it",
        arguments: Misbehaviour.all)
    func inATree(_ misbehaviour: Misbehaviour) async throws {
        // What is opened once for all is open then.
        try await run(Misbehaviour("does nothing else", "done_", .never, []))
        let before = Belongings.now
        try await run(misbehaviour)
        #expect(try await Belongings.areBack(to: before), "\(before) before, \(Belongings.now) after")
    }

    private func run(_ misbehaviour: Misbehaviour) async throws {
        let tree = try ExecTree(
            .messages(40, poison: 7), shell: Shell.worker(poison: misbehaviour.script), workers: 2,
            settings: { $0.workerTimeout = misbehaviour.timeout }, options: { $0.launch.limits.core = 0 })
        await tree.finish()
        let met = tree.notes("met").count
        switch misbehaviour.pays {
        case .atOnce: #expect(met == 1)
        case .theFifthTime: #expect(met == 5)
        case .never: #expect(met == 1 && tree.deadLetters.isEmpty)
        }
        // Both, and one for each that ended so; the last of them is perhaps no longer replaced. A neighbour that noticed anything
        // would be another one.
        #expect(tree.notes("starts").count <= 2 + met)
        if misbehaviour.pays != .never {
            #expect(tree.deadLetters.map { String(buffer: $0.data) } == [#"{"n":7,"is":"poison"}"#])
            let letter = try #require(tree.deadLetters.first)
            #expect(letter.attempts == 1)
            for words in misbehaviour.words { #expect(letter.reason.contains(words), "\(letter.reason)") }
        }
        let messages = tree.messages
        #expect(messages.received == 40 && messages.processed == 40 - messages.deadLettered && messages.retried == 0)
    }

    @Test("one that closes its standard input, or what it answers on, and lives on, is ended; the reason says so")
    func closes() async throws {
        for (script, words) in [
            ("exec <&-; exec sleep 1000", "closed its standard input"),
            ("exec >&-; exec sleep 1000", "closed what its answers come from"),
            (#"printf '{"se'; exec >&-; exec sleep 1000"#, "half an answer"),
        ] {
            let worker = try TriedWorker(shell: Shell.worker(poison: script))
            try await TriedWorker.with(worker) { worker in
                #expect(try await worker.body.start() == .unproven)
                try await worker.give("poison")
                let end = try #require(await worker.end() as? BodyEnded)
                #expect(end.reason.contains(words))
                #expect(
                    await worker.seen.wait { !$0.exits.isEmpty }.exits == [.init(.signal(SIGKILL), .protocolBroken)])
            }
        }
    }

    @Test("one that has left its session is named in the log, and holds up nobody")
    func leavesTheSession() async throws {
        let script = """
            setsid sh -c 'echo $$ >"$NOTES/left"; exec sleep 1000' &
            while [ ! -s "$NOTES/left" ]; do :; done
            exit 3
            """
        let tree = try ExecTree(.messages(20, poison: 7), shell: Shell.worker(poison: script))
        await tree.finish()
        #expect(tree.messages.processed == 19 && tree.messages.deadLettered == 1)
        let left = try #require(tree.notes("left").first.flatMap { pid_t($0) })
        #expect(kill(left, 0) == 0)
        let line =
            await tree.log.wait { $0.contains { $0.text.contains("has left behind") } }
            .first { $0.text.contains("has left behind") }?.text ?? ""
        #expect(line.contains("worker.1.1") && line.contains("\(left)") && line.contains("Delegate="))
        kill(left, SIGKILL)
    }

    @Test("writing much that is no answer takes no memory")
    func memory() async throws {
        let script = "head -c 100000000 /dev/zero | tr '\\0' x"
        let worker = try TriedWorker(shell: Shell.worker(poison: script))
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            let before = residentBytes
            try await worker.give("poison")
            _ = await worker.end()
            #expect(residentBytes - before < 16 << 20)
        }
    }

    private var residentBytes: Int {
        let fields = (readText("/proc/self/statm") ?? "").split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
