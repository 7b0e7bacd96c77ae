import Glibc
import Logging
import TestKit
import Testing

@testable import Handlers
@testable import Ledger
@testable import Pipeline
@testable import Tree

@Suite("A worker that is a process for many messages", .timeLimit(.minutes(2)))
struct ResidentBodyTests {
    @Test("answers for single messages and for batches, wholly or in part, in any order")
    func answers() async throws {
        let script = #"""
            import json, sys
            def say(x): print(json.dumps(x), flush=True)
            frames = [json.loads(sys.stdin.readline()) for _ in range(3)]
            say({"seq": frames[1]["seq"], "status": "failed", "reason": "no", "retry_after": 5})
            batch = frames[2]
            say({"frame": batch["frame"], "status": "partial", "failed": [{"seq": 12, "reason": "row"}],
                 "rejected": [{"seq": 13, "reason": "null"}]})
            say({"status": "unavailable", "reason": frames[0]["data"]["name"]})
            sys.stdin.read()
            """#
        let worker = try TriedWorker(python: script) { $0.demand = Demand(batch: 4, prefetch: 3) }
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            try await worker.give(#"{"name":"Ænema"}"#, from: 1)
            try await worker.give("2", from: 2)
            try await worker.give("a", "b", "c", "d", from: 11)
            #expect(
                await worker.answers(6) == [
                    1: .unavailable("Ænema"), 2: .failed("no", after: .seconds(5)), 11: .done, 12: .failed("row"),
                    13: .rejected("null"), 14: .done,
                ])
            #expect(await worker.seen.wait { $0.outOfOrder >= 2 || $0.end != nil }.outOfOrder == 2)
            #expect(worker.body.vitals?.pid ?? 0 > 1)
            await worker.body.stop(within: .seconds(30))
            #expect(worker.body.vitals == nil)
            #expect(
                worker.body.postMortem
                    == PostMortem(pid: worker.body.postMortem?.pid, exit: .status(0), cause: .stopped))
            #expect(worker.seen.value.end == nil)
        }
    }

    @Test("with lengths before frames and answers")
    func lengths() async throws {
        let script = #"""
            import json, struct, sys
            source, sink = sys.stdin.buffer, sys.stdout.buffer
            while head := source.read(4):
                frame = json.loads(source.read(struct.unpack(">I", head)[0]))
                answer = json.dumps({"seq": frame["seq"], "status": "rejected", "reason": frame["data"]}).encode()
                sink.write(struct.pack(">I", len(answer)) + answer)
                sink.flush()
            """#
        let worker = try TriedWorker(python: script) { $0.framing = .length }
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            try await worker.give("one\ntwo")
            #expect(await worker.answers(1) == [1: .rejected("one\ntwo")])
        }
    }

    @Test(
        "that answers on descriptor 3 may print what it likes: it goes to the log, line by line, beside standard error")
    func replyDescriptor() async throws {
        let script =
            Shell.answer + #"""
                IFS= read -r line; parse
                printf 'to out'; printf 'to errors\n' >&2
                done_ >&3
                IFS= read -r line; parse
                printf 'put\n'
                done_ >&3
                IFS= read -r line
                """#
        let worker = try TriedWorker(shell: script) { $0.launch.hasReplyDescriptor = true }
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            try await worker.give("1")
            await worker.log.wait { $0.contains { $0.text == "to errors" } }
            await worker.answers(1)
            try await worker.give("2", from: 2)
            #expect(await worker.answers(2) == [1: .done, 2: .done])
            await worker.log.wait { $0.contains { $0.text == "to output" } }
        }
    }

    @Test("that says it takes fewer frames is given no more")
    func prefetch() async throws {
        let script = #"""
            import json, os, select, sys
            print('{"ready":1,"prefetch":1}', flush=True)
            for _ in range(3):
                frames = os.read(0, 1 << 16)
                more = select.select([0], [], [], 0.1)[0]
                alone = frames.count(b"\n") == 1 and not more
                answer = {"status": "done"} if alone else {"status": "rejected", "reason": "more than one"}
                print(json.dumps(answer), flush=True)
            """#
        let worker = try TriedWorker(python: script) {
            $0.demand = Demand(prefetch: 8)
            $0.waitsForReady = true
        }
        try await TriedWorker.with(worker) { worker in
            #expect(try await worker.body.start() == .ready)
            for number in 1...3 { try await worker.give("x", from: UInt64(number)) }
            #expect(await worker.answers(3) == [1: .done, 2: .done, 3: .done])
        }
    }

    @Test("is ready when it says so; before that, its end or its time say why it cannot start")
    func ready() async throws {
        for (script, words) in [
            ("echo no model >&2; exit 1", "exited with status 1; the last on its standard error: no model"),
            ("exec sleep 1000", #"print {"ready":1}"#), ("echo hello", "print to stderr"),
            (#"printf '{"status":"done"}\n'"#, "nothing in hand"),
        ] {
            let worker = try TriedWorker(shell: script) {
                $0.waitsForReady = true
                $0.startTimeout = script.hasPrefix("exec") ? .milliseconds(200) : .seconds(30)
            }
            try await TriedWorker.with(worker) { worker in
                let error = await #expect(throws: (any Error).self) { try await worker.body.start() }
                #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(String(describing: error))")
            }
            #expect(worker.seen.value.exits.count == 1 && !worker.seen.value.isProven)
        }
    }

    @Test("that says it is ready after its first answer breaks the protocol")
    func lateReady() async throws {
        let worker = try TriedWorker(
            shell: Shell.answer + #"IFS= read -r line; parse; done_; printf '{"ready":1}\n'; IFS= read -r line"#)
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            try await worker.give("x")
            #expect("\(await worker.end())".contains("ready after its first answer"))
            #expect(worker.seen.value.answers == [1: .done])
        }
    }

    @Test("that exits before it has read what it is given")
    func exitsUnread() async throws {
        let worker = try TriedWorker(shell: "exit 3")
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            // It may be gone already.
            try? await worker.give(String(repeating: "x", count: 1 << 20))
            #expect(await worker.end() is ProcessCrashed)
            #expect(worker.seen.value.answers.isEmpty)
        }
    }

    // MARK: - Its end

    @Test(
        "is stopped by the end of its input, then by SIGTERM, then by SIGKILL, and its group with it",
        arguments: [
            ("while read -r line; do :; done; exit 4", BodyExit.status(4)),
            ("trap 'exit 5' TERM; while :; do sleep 1000 & wait; done", .status(5)),
            // What it prints while it ends is no answer, and no harm.
            (
                "while read -r line; do :; done; printf 'a\\nb\\n'; sleep 0.1; printf 'c\\nd\\n'; sleep 0.1; exit 4",
                .status(4)
            ),
            ("exec sleep 1000", .signal(SIGTERM)),
            ("trap '' TERM; sleep 1000", .signal(SIGKILL)),
        ])
    func ladder(_ script: String, _ exit: BodyExit) async throws {
        let worker = try TriedWorker(shell: script + "\n:") {
            $0.stopGrace =
                exit == .status(4) ? .seconds(30) : exit == .signal(SIGKILL) ? .milliseconds(100) : .milliseconds(500)
        }
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            await worker.body.stop(within: .seconds(60))
            #expect(worker.seen.value.exits == [.init(exit, .stopped)])
            #expect(worker.seen.value.end == nil)
        }
    }

    @Test("is ended at once when what it has is dealt to others: when that is said, it is gone")
    func killed() async throws {
        let worker = try TriedWorker(shell: "trap '' TERM; sleep 1000 & sleep 1000")
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            let pid = try #require(worker.body.vitals?.pid)
            await worker.body.kill()
            #expect(kill(pid, 0) == -1 && errno == ESRCH)
            // Whoever has taken its child in reaps that in his time.
            while kill(-pid, 0) == 0 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(errno == ESRCH)
            #expect(worker.seen.value.exits == [.init(.signal(SIGKILL), .killed)])
        }
    }

    @Test("is sent a signal by hand")
    func signal() async throws {
        let worker = try TriedWorker(shell: "exec sleep 1000")
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            #expect(worker.body.deliver(signal: SIGUSR1))
            #expect("\(await worker.end())".contains("SIGUSR1"))
            #expect(!worker.body.deliver(signal: SIGUSR1))
        }
    }

    // MARK: - Its silence

    @Test("that promised signs of life and gives none, with work in hand, hangs")
    func hangs() async throws {
        let worker = try TriedWorker(
            shell: #"printf '{"ready":1,"heartbeat":true}\n'; IFS= read -r line; exec sleep 1000"#
        ) {
            $0.waitsForReady = true
            $0.heartbeat = .milliseconds(100)
        }
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            try await worker.give("x")
            #expect("\(await worker.end())".contains("no sign of life for 0.1 s"))
            #expect(await worker.seen.wait { !$0.exits.isEmpty }.exits == [.init(.signal(SIGKILL), .hung)])
        }
    }

    @Test("gives signs of life by all that it writes, also to standard error")
    func signsOfLife() async throws {
        let script =
            Shell.answer + #"""
                printf '{"ready":1,"heartbeat":true}\n'
                IFS= read -r line; parse
                for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 0.1; echo $turn >&2; done
                done_
                IFS= read -r line
                """#
        let worker = try TriedWorker(shell: script) {
            $0.waitsForReady = true
            $0.heartbeat = .milliseconds(900)
        }
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            try await worker.give("x")
            #expect(await worker.answers(1) == [1: .done])
        }
    }

    // MARK: - Recycling

    @Test("that has lived for its time is replaced when it is next given something, and ends in good order")
    func age() async throws {
        let clock = ManualClock()
        let script = Shell.worker(poison: ":", end: #"echo "end $$" >>"$NOTES/ends""#)
        let worker = try TriedWorker(["/bin/sh", "-c", script], clock: clock) {
            $0.recycleAfter = .seconds(60)
            $0.stopGrace = .seconds(3600)
        }
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            try await worker.give("x")
            await worker.answers(1)
            let first = try #require(worker.body.vitals?.pid)
            clock.advance(by: .seconds(60))
            try await worker.give("y", from: 2)
            #expect(await worker.answers(2) == [1: .done, 2: .done])
            #expect(worker.body.vitals?.pid != first && worker.seen.value.spawned == 2)
            #expect(await worker.seen.wait { !$0.exits.isEmpty }.exits == [.init(.status(0), .recycled)])
            #expect(readText("\(worker.folder.path)/ends") == "end \(first)\n")
        }
    }

    @Test("that has done its share is replaced, also when it always has something in hand; no message is lost")
    func share() async throws {
        let script = Shell.worker(poison: ":", end: #"echo "end $$" >>"$NOTES/ends""#)
        let tree = try ExecTree(
            .messages(200), shell: script,
            options: {
                $0.demand = Demand(prefetch: 4)
                $0.recycleMessages = 20
            })
        await tree.finish()
        #expect(tree.messages.processed == 200 && tree.messages.retried == 0)
        #expect(tree.notes("starts").count == 10)
        #expect(tree.notes("ends").count == 10)
        #expect(tree.application.status.restarts == 0)
    }
}
