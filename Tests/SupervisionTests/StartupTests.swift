import Supervision
import Testing

@Suite("Starting when ready", .timeLimit(.minutes(1)))
struct StartupTests {
    @Test(
        "a child that ends before it is ready has failed to start, whatever the reason",
        arguments: ["normal", "shutdown", "crash"])
    func endsBeforeReady(reason: String) async throws {
        let reasons: [String: ExitReason] = ["normal": .normal, "shutdown": .shutdown, "crash": .crash]
        try await TestTree { _ in [] }.run { tree in
            let child = ChildSpecification(id: "a", startup: .whenReady) { _ in
                switch reasons[reason]! {
                case .normal: break
                case .shutdown: throw Shutdown(because: "told to")
                case .error(let error): throw error
                }
            }
            await expect(failing: .startFailed("a", reasons[reason]!)) { try await tree.supervisor.startChild(child) }
            let counts = try await tree.counts
            #expect(counts == [0, 0, 0, 0])
        }
    }

    @Test("the next child starts only when the one before is ready; one that starts at once is not waited for")
    func order() async throws {
        let gate = Gate()
        try await TestTree { children in
            [
                ChildSpecification(id: "immediate", restart: .temporary) { _ in await gate.pass() },
                ChildSpecification(id: "ready", restart: .temporary, startup: .whenReady) { context in
                    children.journal.append("preparing")
                    await gate.pass()
                    children.journal.append("ready")
                    context.ready()
                },
                children.child("last"),
            ]
        }.run(awaitsStart: false) { tree in
            await tree.children.journal.contains("preparing")
            #expect(tree.children(with: "started") == ["immediate"])
            gate.open()
            await tree.children.journal.contains("start last")
            #expect(tree.history == ["preparing", "ready", "start last"])
        }
    }

    @Test("a stop during a start that hangs stops the child that starts, and those before it; nothing else starts")
    func stopDuringFirstStart() async throws {
        try await TestTree { [$0.child("a"), $0.child("b", starts: [.hangs]), $0.child("c")] }.run(awaitsStart: false) {
            tree in
            await tree.children.journal.contains("hang b")
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            #expect(tree.history == ["start a", "hang b", "stop b", "stop a"])
        }
    }

    @Test("so does the cancellation of the task that runs the supervisor")
    func cancelDuringFirstStart() async throws {
        try await TestTree { [$0.child("a"), $0.child("b", starts: [.hangs])] }.run(awaitsStart: false) { tree in
            await tree.children.journal.contains("hang b")
            tree.cancel()
            #expect(await tree.ending == "stopped")
            #expect(tree.history == ["start a", "hang b", "stop b", "stop a"])
        }
    }

    @Test("a stop during a restart that hangs", arguments: Supervisor.Strategy.allCases)
    func stopDuringRestart(strategy: Supervisor.Strategy) async throws {
        try await TestTree(strategy) {
            [$0.child("a", starts: [.succeeds, .hangs]), $0.child("b")]
        }.run { tree in
            try await tree.end("a")
            await tree.children.journal.contains("hang a")
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            let stops = strategy == .oneForOne ? ["hang a", "stop b", "stop a"] : ["stop b", "hang a", "stop a"]
            #expect(tree.history == ["start a", "start b"] + stops)
        }
    }

    @Test("a stop during a start_child that hangs: the caller is told that the supervisor does not run")
    func stopDuringStartChild() async throws {
        try await TestTree { [$0.child("a")] }.run { tree in
            let supervisor = tree.supervisor
            let child = tree.children.child("b", starts: [.hangs])
            async let started: Void = expect(failing: .notRunning) { try await supervisor.startChild(child) }
            await tree.children.journal.contains("hang b")
            supervisor.stop()
            await started
            #expect(await tree.ending == "stopped")
            #expect(tree.history == ["start a", "hang b", "stop b", "stop a"])
        }
    }

    @Test(
        "a supervisor that is asked to stop before it runs waits for no child that hangs, and starts none after it"
    )
    func stopBeforeRun() async throws {
        let children = ScriptedChildren(runtime: SupervisionRuntime())
        let supervisor = Supervisor("tree", children: [children.child("a", starts: [.hangs]), children.child("b")])
        supervisor.stop()
        #expect(await supervisor.run().summary == "stopped")
        #expect(children.journal.entries == ["hang a", "stop a"])
    }

    @Test("a supervisor that is a child is ready when all its children are")
    func nested() async throws {
        try await TestTree { children in
            let leaves = [children.child("leaf.1"), children.child("leaf.2")]
            return [
                ChildSpecification(id: "branch", kind: .supervisor, startup: .whenReady) { context in
                    try await Supervisor("branch", children: leaves).runAsChild(context)
                },
                children.child("after"),
            ]
        }.run { tree in
            await tree.children.journal.contains("start after")
            #expect(tree.history == ["start leaf.1", "start leaf.2", "start after"])
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            #expect(tree.history.suffix(3) == ["stop after", "stop leaf.2", "stop leaf.1"])
        }
    }
}
