import Testing

@testable import Supervision

@Suite("A supervisor that has ended", .timeLimit(.minutes(1)))
struct AfterTheEndTests {
    @Test("answers every call with notRunning")
    func calls() async throws {
        try await TestTree { [$0.child("a")] }.run { tree in
            let supervisor = tree.supervisor
            supervisor.stop()
            #expect(await tree.ending == "stopped")
            await expect(failing: .notRunning) { try await supervisor.startChild(tree.children.child("b")) }
            await expect(failing: .notRunning) { try await supervisor.terminateChild("a") }
            await expect(failing: .notRunning) { try await supervisor.restartChild("a") }
            await expect(failing: .notRunning) { try await supervisor.deleteChild("a") }
            await expect(failing: .notRunning) { try await supervisor.exit("a", with: Crash()) }
            await expect(failing: .notRunning) { try await supervisor.whichChildren() }
            await expect(failing: .notRunning) { try await supervisor.countChildren() }
            supervisor.stop()
            #expect(tree.history == ["start a", "stop a"])
        }
    }

    @Test("has answered so, too, every call that waited while it stopped")
    func queuedCalls() async throws {
        try await TestTree { [$0.child("a", stop: .ignores)] }.run { tree in
            let supervisor = tree.supervisor
            supervisor.stop()
            await tree.children.journal.contains("stop a")
            let queued = Journal<String>()
            /// Puts a message in the mailbox, says so, and waits for the answer.
            @Sendable func isRefused<Answer>(_ message: @Sendable (Reply<Answer>) -> Supervisor.Message) async -> Bool {
                let answer = await withCheckedContinuation { reply in
                    supervisor.mailbox.send(message(reply))
                    queued.append("call")
                }
                if case .failure(.notRunning) = answer { return true } else { return false }
            }
            await withTaskGroup(of: Bool.self) { group in
                group.addTask { await isRefused { .startChild(ChildSpecification(id: "b") { _ in }, $0) } }
                group.addTask { await isRefused { .terminateChild("a", $0) } }
                group.addTask { await isRefused { .restartChild("a", $0) } }
                group.addTask { await isRefused { .deleteChild("a", $0) } }
                group.addTask { await isRefused { .exit("a", nil, Crash(), $0) } }
                group.addTask { await isRefused { .whichChildren($0) } }
                await queued.contains("call", times: 6)
                tree.children.release()
                for await isRefused in group { #expect(isRefused) }
            }
            #expect(await tree.ending == "stopped")
        }
    }

    @Test("and one that gave up answers as one that was stopped")
    func gaveUp() async throws {
        try await TestTree(budget: RestartBudget(restarts: 0)) { [$0.child("a")] }.run { tree in
            try await tree.end("a")
            #expect(await tree.ending == "gave up: a, crash")
            await expect(failing: .notRunning) { try await tree.supervisor.restartChild("a") }
        }
    }
}
