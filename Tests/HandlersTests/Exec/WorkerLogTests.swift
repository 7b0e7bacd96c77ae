import Testing

@testable import Handlers
@testable import Ledger
@testable import Pipeline

@Suite("What a worker writes for people", .timeLimit(.minutes(1)))
struct WorkerLogTests {
    @Test("goes to the log: so many lines of such a length, the others are counted, and the last are kept")
    func bounds() async throws {
        let script = #"""
            for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
                printf 'line %s of a program that says more than anybody will ever want to read\n' "$turn"
            done >&2
            printf 'no end' >&2
            exit 1
            """#
        let worker = try TriedWorker(shell: script) {
            $0.longestErrorLine = 20
            $0.errorLinesPerSecond = 5
        }
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            #expect("\(await worker.end())".contains("no end"))
            let lines = worker.log.value
            let said = lines.filter { $0.level == .info }.map(\.text)
            #expect(
                said.first == "line 1 of a program … (54 bytes more)"
                    || said.first?.hasPrefix("line 1 of a program") == true)
            #expect(said.last == "no end")
            // A second may have passed.
            let dropped = worker.seen.value.dropped
            #expect(said.count == 31 - dropped && dropped >= 15)
            let unsaid = lines.filter { $0.text.contains("were too many, and are left out") }
                .compactMap { $0.text.firstMatch(of: /(\d+) lines before/).flatMap { Int($0.1) } }
            #expect(unsaid.reduce(0, +) == dropped)
            let last = try #require(worker.body.postMortem?.errorLines)
            #expect(last.count == PostMortem.lines && last.last == "no end" && last[0].hasPrefix("line 12 "))
        }
    }

    @Test("may be an answer: a log line of its own level")
    func logAnswer() async throws {
        let script =
            Shell.answer + #"""
                IFS= read -r line; parse
                printf '{"log":{"level":"warning","message":"the model is old"}}\n'
                done_
                IFS= read -r line
                """#
        let worker = try TriedWorker(shell: script)
        try await TriedWorker.with(worker) { worker in
            _ = try await worker.body.start()
            try await worker.give("x")
            #expect(await worker.answers(1) == [1: .done])
            await worker.log.wait { $0.contains { $0.level == .warning && $0.text == "the model is old" } }
        }
    }
}
