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
            @Sendable func isRefused<Answer: Sendable>(
                _ request: @escaping @Sendable (SupervisorLoop) async throws(SupervisorError) -> Answer
            ) async -> Bool {
                let answer = supervisor.send(request)
                queued.append("call")
                if case .failure(.notRunning) = await answer.value { return true } else { return false }
            }
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await isRefused { loop throws(SupervisorError) in
                        try await loop.startChild(ChildSpecification(id: "b") { _ in })
                    }
                }
                group.addTask {
                    await isRefused { loop throws(SupervisorError) in try await loop.terminateChild("a") }
                }
                group.addTask {
                    await isRefused { loop throws(SupervisorError) in try await loop.restartChild("a") }
                }
                group.addTask { await isRefused { loop throws(SupervisorError) in try loop.deleteChild("a") } }
                group.addTask {
                    await isRefused { loop throws(SupervisorError) in try loop.exit("a", nil, Crash()) }
                }
                group.addTask { await isRefused { $0.whichChildren() } }
                group.addTask { await isRefused { $0.countChildren() } }
                group.addTask {
                    await isRefused { loop throws(SupervisorError) in try await loop.startDynamicChild { _ in } }
                }
                group.addTask {
                    await isRefused { loop throws(SupervisorError) in
                        let plan = SupervisorPlan(options: Supervisor.Options())
                        try loop.reload(plan) { queued.append("commit") }
                    }
                }
                await queued.contains("call", times: 9)
                tree.children.release()
                for await isRefused in group { #expect(isRefused) }
            }
            #expect(await tree.ending == "stopped")
            #expect(!queued.entries.contains("commit"))
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

    @Test("is not run again: a second run says so at once, and does nothing")
    func secondRun() async throws {
        try await TestTree { [$0.child("a")] }.run { tree async throws in
            #expect(await tree.supervisor.run().summary == "already ran")
            await #expect {
                try await SupervisorService(tree.supervisor).run()
            } throws: { error in
                "\(error)" == "tree did not start: it was run before, and a supervisor lives once"
            }
            // Nor does the end of a task that ran it in vain stop the one that runs it.
            let inVain = Task { await tree.supervisor.run().summary }
            inVain.cancel()
            #expect(await inVain.value == "already ran")
            #expect(try await tree.states == ["a running"])
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            #expect(await tree.supervisor.run().summary == "already ran")
            #expect(tree.history == ["start a", "stop a"])
        }
    }

    @Test("fails to start as a child when it has run before: each incarnation needs one of its own")
    func secondRunAsChild() async throws {
        let supervisor = Supervisor("branch")
        let branch = ChildSpecification(id: "branch", kind: .supervisor, startup: .whenReady) {
            try await supervisor.runAsChild($0)
        }
        try await TestTree(budget: RestartBudget(restarts: 2)) { _ in [branch] }.run { tree async throws in
            try await tree.supervisor.exit("branch", with: Crash())
            #expect(await tree.ending == "gave up: branch, \(SupervisorError.alreadyRan)")
        }
    }

    @Test("answers so when it is dynamic, too")
    func dynamic() async throws {
        try await TestDynamicTree().run { tree, dynamic async throws in
            let child = try #require(try await dynamic.startChild(.init()))
            dynamic.stop()
            #expect(await tree.ending == "stopped")
            await expect(failing: .notRunning) { try await dynamic.startChild(.init()) }
            await expect(failing: .notRunning) { try await dynamic.terminateChild(child) }
            await expect(failing: .notRunning) { try await dynamic.exit(child, with: Crash()) }
            await expect(failing: .notRunning) { try await dynamic.whichChildren() }
            await expect(failing: .notRunning) { try await dynamic.countChildren() }
            await expect(failing: .notRunning) {
                try await dynamic.reload(options: DynamicSupervisorOptions(), template: tree.children.template())
            }
            #expect(await dynamic.run().summary == "already ran")
        }
    }
}
