import Glibc
import Testing

@testable import Handlers
@testable import Ledger
@testable import Pipeline
@testable import Tree

@Suite("A process for each message", .timeLimit(.minutes(2)))
struct OneshotBodyTests {
    private func worker(_ script: String, change: (inout ExecOptions) -> Void = { _ in }) throws -> TriedWorker {
        try TriedWorker(shell: script) {
            $0.mode = .oneshot
            change(&$0)
        }
    }

    @Test(
        "answers by its exit status",
        arguments: [
            ("exit 0", Outcome.done),
            ("echo later >&2; exit 75", .failed("it exited with status 75; the last on its standard error: later")),
            ("exit 65", .rejected("it exited with status 65")),
            ("exit 69", .unavailable("it exited with status 69")),
        ])
    func statuses(_ script: String, _ outcome: Outcome) async throws {
        try await TriedWorker.with(worker(script)) { worker in
            #expect(try await worker.body.start() == .ready)
            try await worker.give("x")
            #expect(worker.seen.value.answers == [1: outcome])
        }
    }

    @Test("that exits with any other status, or by a fault, has crashed; that is ended from outside has not")
    func crashes() async throws {
        for (script, words) in [("exit 3", "status 3"), ("kill -SEGV $$", "SIGSEGV")] {
            try await TriedWorker.with(worker(script)) { worker in
                let error = await #expect(throws: ProcessCrashed.self) { try await worker.give("x") }
                #expect(error?.description.contains(words) == true)
            }
        }
        try await TriedWorker.with(worker("kill -KILL $$")) { worker in
            await #expect(throws: BodyEnded.self) { try await worker.give("x") }
        }
    }

    @Test("reads the data, and has the rest in its environment")
    func input() async throws {
        let script =
            #"read -r data; [ "$data $PTR_STREAM $PTR_SEQ $PTR_ATTEMPT $PTR_WORKER" = '{"a":1} tweets 7 1 worker.1.1' ]"#
        try await TriedWorker.with(worker(script)) { worker in
            try await worker.give(#"{"a":1}"#, from: 7)
            #expect(worker.seen.value.answers == [7: .done])
        }
    }

    @Test("need not read what it is given, however much that is")
    func unread() async throws {
        try await TriedWorker.with(worker("exit 0")) { worker in
            try await worker.give(String(repeating: "x", count: 8 << 20))
            #expect(worker.seen.value.answers == [1: .done])
        }
    }

    @Test("that cannot be started costs no message anything: the handler is unavailable")
    func cannotStart() async throws {
        let worker = try TriedWorker(["/nowhere/at/all"]) { $0.mode = .oneshot }
        try await TriedWorker.with(worker) { worker in
            try await worker.give("x")
            guard case .unavailable(let reason, _)? = worker.seen.value.answers[1] else {
                return #expect(Bool(false), "\(worker.seen.value.answers)")
            }
            #expect(reason.contains("cannot be started") && reason.contains("/nowhere/at/all"))
        }
    }

    @Test("that takes too long is ended, with all that it has started, and its message pays")
    func timeout() async throws {
        let before = Belongings.now
        try await runTimeout()
        #expect(try await Belongings.areBack(to: before))
    }

    private func runTimeout() async throws {
        let tree = try ExecTree(
            .messages(20, poison: 7), ["/bin/sh", "-c", #"read -r data; case $data in *poison*) sleep 1000; esac"#],
            workers: 2, settings: { $0.workerTimeout = .milliseconds(500) }, options: { $0.mode = .oneshot })
        await tree.finish()
        #expect(tree.messages.processed == 19 && tree.messages.deadLettered == 1)
        #expect(tree.deadLetters.first?.reason.contains("took longer than") == true)
    }
}
