import Glibc
import Testing

@testable import Handlers
@testable import Ledger
@testable import Pipeline

/// A program that keeps its answers in a buffer, and the same as it should be.
struct Unflushed: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let command: [String]
    let mend: String
    let mended: [String]

    static let all = [
        Unflushed(
            testDescription: "python", command: python("print(answer)"), mend: "print(…, flush=True), or python3 -u",
            mended: python("print(answer, flush=True)")),
        Unflushed(
            testDescription: "mawk", command: ["/usr/bin/mawk", #"{ print "{\"status\":\"done\"}" }"#],
            mend: "mawk -W interactive",
            mended: ["/usr/bin/mawk", "-W", "interactive", #"{ print "{\"status\":\"done\"}" }"#]),
        Unflushed(
            testDescription: "jq", command: ["/usr/bin/jq", "-c", #"{seq, status: "done"}"#], mend: "jq --unbuffered",
            mended: ["/usr/bin/jq", "-c", "--unbuffered", #"{seq, status: "done"}"#]),
        Unflushed(
            testDescription: "sed", command: ["/usr/bin/sed", #"s/.*/{"status":"done"}/"#], mend: "sed -u",
            mended: ["/usr/bin/sed", "-u", #"s/.*/{"status":"done"}/"#]),
        Unflushed(
            testDescription: "grep", command: ["/usr/bin/grep", "-o", #"{"status":"done"}"#],
            mend: "grep --line-buffered",
            mended: ["/usr/bin/grep", "--line-buffered", "-o", #"{"status":"done"}"#]),
    ]

    private static func python(_ answer: String) -> [String] {
        [
            "/usr/bin/python3", "-S", "-c",
            """
            import json, sys
            for line in sys.stdin:
                answer = json.dumps({"seq": json.loads(line)["seq"], "status": "done"})
                \(answer)
            """,
        ]
    }

    /// Where the program is missing there is nothing to try.
    static var here: [Unflushed] { all.filter { access($0.command[0], X_OK) == 0 } }
}

@Suite("A program that keeps its answers in a buffer", .timeLimit(.minutes(1)))
struct SilenceTests {
    @Test("is told how to write them at once; so told, it works", arguments: Unflushed.here)
    func mends(_ program: Unflushed) async throws {
        let silent = try TriedWorker(program.command)
        try await TriedWorker.with(silent) { worker in
            _ = try await worker.body.start()
            try await worker.give(#"{"status":"done"}"#)
            // Before it has read what it was given, something else is said.
            while worker.body.delayReason?.contains("answered nothing: its answer may lie in a buffer") != true {
                try #require(worker.seen.value.end == nil)
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(worker.body.delayReason?.contains(program.mend) == true)
            #expect(worker.seen.value.answers.isEmpty)
        }
        let mended = try TriedWorker(program.mended)
        try await TriedWorker.with(mended) { worker in
            _ = try await worker.body.start()
            try await worker.give(#"{"status":"done"}"#)
            #expect(await worker.answers(1) == [1: .done])
            #expect(worker.body.delayReason == nil)
        }
    }

    @Test("is what a message is given up for that took too long, in the words of its dead letter")
    func deadLetter() async throws {
        let python = Unflushed.all[0]
        let tree = try ExecTree(["1"], python.command, settings: { $0.workerTimeout = .seconds(1) })
        await tree.finish()
        let reason = try #require(tree.deadLetters.first).reason
        #expect(reason.contains("took longer than") && reason.contains(python.mend), "\(reason)")
    }

    @Test("all five are on this machine")
    func areHere() {
        let missing = Unflushed.all.map(\.command[0]).filter { access($0, X_OK) != 0 }
        withKnownIssue("not installed: \(missing)", isIntermittent: true) { #expect(missing.isEmpty) }
    }
}
