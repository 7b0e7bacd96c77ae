import Supervision
import Testing

@Suite("Dynamic supervisors", .timeLimit(.minutes(1)))
struct DynamicSupervisorTests {
    @Test("a child that ends and is not restarted is gone, whatever its restart type; nothing is kept of it")
    func gone() async throws {
        for (restart, reasons) in [
            (RestartType.transient, [ExitReason.normal, .shutdown]), (.temporary, [.normal, .shutdown, .crash]),
        ] {
            try await TestDynamicTree { $0.template(restart: restart) }.run { tree, dynamic async throws in
                for (index, reason) in reasons.enumerated() {
                    _ = try await dynamic.startChild(.init())
                    try await tree.end(ChildID("child.\(index + 1)"), with: reason)
                    #expect(try await tree.counts == [1, 0, 0, 0])
                }
                #expect(tree.children(with: "restarting") == [])
            }
        }
    }

    @Test("a child that is restarted keeps its handle and gets a new incarnation; it runs with the same argument")
    func restarted() async throws {
        let arguments = Journal<Int>()
        let supervisor = DynamicSupervisor(
            "tree", options: DynamicSupervisorOptions(budget: .ample),
            template: ChildTemplate(id: "child", restart: .transient) { (argument: Int, _) in
                arguments.append(argument)
                for await _ in AsyncStream<Never>.makeStream().stream {}
            })
        async let ending = supervisor.run().summary
        let handle = try #require(try await supervisor.startChild(42))
        let first = try await supervisor.whichChildren()[0]
        try await supervisor.exit(handle, incarnation: first.info.incarnation, with: Crash())
        await arguments.contains(42, times: 2)
        let second = try await supervisor.whichChildren()[0]
        #expect(second.handle == handle)
        #expect(second.info.restarts == 1)
        await expect(failing: .notFound(handle.id)) {
            try await supervisor.exit(handle, incarnation: first.info.incarnation, with: Crash())
        }
        #expect(try await supervisor.whichChildren()[0].info.incarnation == second.info.incarnation)
        supervisor.stop()
        #expect(await ending == "stopped")
    }

    @Test("children are listed in the order of their start, and names are not used again")
    func names() async throws {
        try await TestDynamicTree().run { tree, dynamic async throws in
            let children = try await dynamic.start(3)
            #expect(children.map(\.description) == ["child.1", "child.2", "child.3"])
            try await dynamic.terminateChild(children[2])
            try await dynamic.terminateChild(children[0])
            let next = try await dynamic.start(1)
            #expect(next.map(\.description) == ["child.4"])
            #expect(try await dynamic.whichChildren().map(\.handle) == [children[1]] + next)
        }
    }

    @Test("a child that is restarting can be terminated; its retry is called off")
    func terminateWhileRestarting() async throws {
        try await TestDynamicTree().run { tree, dynamic async throws in
            let children = try await dynamic.start(2)
            tree.children.script("child.1", starts: [.fails])
            try await tree.end("child.1")
            try await dynamic.terminateChild(children[0])
            #expect(try await tree.states == ["child.2 running"])
            let failures = tree.children(with: "restart_failed").count
            #expect(try await tree.states == ["child.2 running"])
            #expect(tree.children(with: "restart_failed").count == failures)
        }
    }

    @Test("a child that declines when it is restarted is gone")
    func declinesLater() async throws {
        try await TestDynamicTree().run { tree, dynamic async throws in
            _ = try await dynamic.startChild(.init(starts: [.succeeds, .declines]))
            try await tree.end("child.1")
            #expect(try await tree.states == [])
            #expect(try await tree.counts == [1, 0, 0, 0])
        }
    }

    @Test("a stop during a start that hangs: the caller is told that the supervisor does not run")
    func stopDuringStart() async throws {
        try await TestDynamicTree().run { tree, dynamic async throws in
            async let started: Void = expect(failing: .notRunning) {
                try await dynamic.startChild(.init(starts: [.hangs]))
            }
            await tree.children.journal.contains("hang child.1")
            dynamic.stop()
            await started
            #expect(await tree.ending == "stopped")
            #expect(tree.history == ["hang child.1", "stop child.1"])
        }
    }
}
