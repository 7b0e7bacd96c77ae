import Glibc
import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Handlers
@testable import Ledger
@testable import Pipeline
@testable import Tree

@Suite("Who pays for what processes do", .timeLimit(.minutes(3)))
struct WhoPaysForProcessesTests {
    @Test(
        "one bad row among 128 in a frame is a dead letter, and the others are done, whether the process crashes over it or the whole batch fails",
        arguments: ["exit 3", "answer failed", "answer rejected", "kill -SEGV $$", "echo rubbish"])
    func badRow(_ script: String) async throws {
        let tree = try ExecTree(
            .messages(128, poison: 77), shell: Shell.worker(poison: script),
            options: {
                $0.demand = Demand(batch: 128, within: .milliseconds(50))
                $0.launch.limits.core = 0
            })
        await tree.finish()
        #expect(tree.messages.processed == 127 && tree.messages.deadLettered == 1)
        #expect(tree.deadLetters.map { String(buffer: $0.data) } == [#"{"n":77,"is":"poison"}"#])
        #expect(tree.deadLetters.first?.attempts == 1)
    }

    @Test("a message that failed is tried as often as it may be; a rejected one is not; both leave the process alone")
    func failed() async throws {
        let tree = try ExecTree(
            [#"{"is":"poison"}"#, #"{"is":"poison","never":1}"#, "{}"],
            shell: Shell.worker(poison: "case $line in *never*) answer rejected ;; *) answer failed ;; esac"),
            settings: { $0.maxAttempts = 3 })
        await tree.finish()
        #expect(tree.deadLetters.map(\.attempts).sorted() == [1, 3] && tree.messages.processed == 1)
        #expect(tree.deadLetters.allSatisfy { $0.reason == "the row" })
        #expect(tree.notes("starts").count == 1)
    }

    @Test("progress puts off the timeout of the oldest, up to a bound")
    func progress() async throws {
        let work =
            #"for turn in $(seq 100); do sleep 0.1; printf '{"progress":%s}\n' "$seq"; [ $turn = 15 ] && [ "${line%poison*}" = "$line" ] && break; done; done_"#
        let tree = try ExecTree(
            ["1", "poison"], shell: Shell.worker(poison: work, good: work),
            settings: { $0.workerTimeout = .milliseconds(800) }, options: { $0.maxTime = .seconds(2) })
        await tree.finish()
        #expect(tree.messages.processed == 1)
        #expect(tree.deadLetters.map { String(buffer: $0.data) } == ["poison"])
        #expect(tree.deadLetters.first?.reason.contains("took longer than") == true)
    }

    @Test("a process that takes its time to load takes none of the message's that waits for it")
    func slowSuccessor() async throws {
        let script = "[ -e \"$NOTES/starts\" ] && sleep 1\n" + Shell.worker(poison: ":")
        let tree = try ExecTree(
            .messages(4), shell: script, settings: { $0.workerTimeout = .milliseconds(500) },
            options: { $0.recycleMessages = 2 })
        await tree.finish()
        #expect(tree.messages.processed == 4 && tree.messages.retried == 0)
        #expect(tree.notes("starts").count == 2)
    }

    @Test("when a direct supervisor crashes while its processes work, each is gone before another has its message")
    func supervisorCrash() async throws {
        let work = #"""
            [ -e "$NOTES/of.$seq" ] && while read -r other; do
                kill -0 "$other" 2>/dev/null && echo "$seq: $other lives" >>"$NOTES/overlaps"
            done <"$NOTES/of.$seq"
            echo $$ >>"$NOTES/of.$seq"; echo "$seq" >>"$NOTES/begun"
            sleep 0.03; done_
            """#
        let tree = try ExecTree(
            .messages(100), shell: Shell.worker(poison: ":", good: work), workers: 4,
            options: { $0.demand = Demand(prefetch: 2) })
        for round in 1...5 {
            while tree.notes("begun").count < 15 * round { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await tree.application.crash(.directSupervisor(nil))
        }
        await tree.finish()
        #expect(tree.notes("overlaps").isEmpty)
        // Some were begun twice, or nothing was tried.
        #expect(tree.notes("begun").count > 100)
        #expect(tree.messages.processed == 100 && tree.messages.deadLettered == 0 && tree.messages.retried == 0)
    }

    // MARK: - What cannot start

    /// Notes when bodies are made.
    private final class Counted: Handler {
        let handler: ExecHandler
        let starts = Locked<[String: [Duration]]>([:])
        private let clock: ManualClock

        init(_ handler: ExecHandler, _ clock: ManualClock) { (self.handler, self.clock) = (handler, clock) }

        var demand: Demand { handler.demand }
        var stopGrace: Duration { handler.stopGrace }

        func makeBody(of worker: WorkerHandle) -> any WorkerBody {
            starts.withLock { $0[worker.name, default: []].append(clock.now.offset) }
            return handler.makeBody(of: worker)
        }
    }

    @Test(
        "a program that always ends at once, for a minute: the tree lives, says so, and spends nothing; one that works later is taken up"
    )
    func alwaysEnds() async throws {
        let clock = ManualClock()
        let counted = Locked<Counted?>(nil)
        let tree = try ExecTree(
            .messages(50), ["/bin/sh", "-c", "[ -e \"$NOTES/works\" ] || exit 1\n" + Shell.worker(poison: ":")],
            workers: 3,
            clock: clock,
            wrap: { handler in
                let wrapped = Counted(handler, clock)
                counted.withLock { $0 = wrapped }
                return wrapped
            })
        /// Lets time pass, with a moment of the real one for the processes in between.
        func pass(_ duration: Duration, until isSo: () -> Bool = { false }) async throws {
            let end = clock.now.advanced(by: duration)
            while clock.now < end, !isSo() {
                clock.advance(by: .milliseconds(100))
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        try await pass(.seconds(60))
        let status = tree.application.status
        #expect(status.problems.map(\.kind) == [.handlerUnavailable])
        #expect(status.degradedBecause?.contains("status 1") == true, "\(status.degradedBecause ?? "")")
        #expect(status.restarts == 0 && status.messages.deadLettered == 0 && status.messages.inFlight == 50)
        let starts = try #require(counted.withLock { $0 }).starts.withLock { $0 }
        #expect(starts.count == 3)
        for times in starts.values {
            let late = times.filter { $0 >= .seconds(5) }
            #expect(!late.isEmpty && zip(late, late.dropFirst()).allSatisfy { $1 - $0 >= .seconds(1) }, "\(times)")
        }
        close(creat(tree.path("works"), 0o600))
        try await pass(.seconds(600)) { tree.messages.processed == 50 }
        #expect(tree.messages.processed == 50 && tree.messages.deadLettered == 0 && tree.messages.retried == 0)
        try await pass(.seconds(30)) { tree.application.status.problems.isEmpty }
        #expect(tree.application.status.problems.isEmpty)
        async let stopped: Void = tree.stop()
        try await pass(.seconds(60))
        await stopped
    }
}
