import Supervision
import Testing

/// The facts of Erlang/OTP's supervisor, by number, for static and dynamic supervisors; and what Swift makes different.
@Suite("OTP conformance", .timeLimit(.minutes(1)))
struct ConformanceTests {}

// MARK: - Start and defaults

extension ConformanceTests {
    @Test("C01: an empty supervisor starts, and asked to stop it ends")
    func emptySupervisor() async throws {
        try await TestTree { _ in [] }.run { tree async throws in
            #expect(try await tree.counts == [0, 0, 0, 0])
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
        }
    }

    @Test(
        "C03: a permanent or transient child that declines to start keeps its specification",
        arguments: [RestartType.permanent, .transient])
    func declinedChildStays(restart: RestartType) async throws {
        try await TestTree {
            [$0.child("a"), $0.child("b", restart: restart, starts: [.declines, .succeeds])]
        }.run { tree async throws in
            #expect(try await tree.counts == [2, 1, 0, 2])
            #expect(try await tree.states == ["a running", "b stopped"])
            #expect(try await tree.supervisor.restartChild("b") > 0)
            #expect(try await tree.counts == [2, 2, 0, 2])
        }
    }

    @Test("C04: a temporary child that declines to start does not keep its specification")
    func declinedTemporaryChildGoes() async throws {
        try await TestTree {
            [$0.child("a"), $0.child("b", restart: .temporary, starts: [.declines])]
        }.run { tree async throws in
            #expect(try await tree.counts == [1, 1, 0, 1])
            await expect(failing: .notFound("b")) { try await tree.supervisor.restartChild("b") }
        }
    }

    @Test("C05: a child that declines when it is added is kept unless it is temporary, and a later stop is clean")
    func addedChildDeclines() async throws {
        try await TestTree { _ in [] }.run { tree async throws in
            for restart in RestartType.allCases {
                let child = tree.children.child(ChildID("\(restart)"), restart: restart, starts: [.declines])
                #expect(try await tree.supervisor.startChild(child) == 0)
            }
            #expect(try await tree.states == ["permanent stopped", "transient stopped"])
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
        }
    }

    @Test(
        "C06: a child that throws at its start ends the start with its reason; those before it are stopped in reverse")
    func failedStart() async throws {
        try await TestTree {
            [$0.child("a"), $0.child("b"), $0.child("c", starts: [.fails]), $0.child("d")]
        }.run { tree in
            #expect(await tree.ending == "start failed: c, cannot start")
            #expect(tree.history == ["start a", "start b", "fail c", "stop b", "stop a"])
            #expect(tree.exits(of: "a") == ["shutdown"])
        }
    }

    @Test("C07: start_child of a child that fails returns the error and lists nothing")
    func startChildFails() async throws {
        try await TestTree { [$0.child("a")] }.run { tree async throws in
            await expect(failing: .startFailed("b", .error(Crash("cannot start")))) {
                try await tree.supervisor.startChild(tree.children.child("b", starts: [.fails]))
            }
            #expect(try await tree.states == ["a running"])
            #expect(try await tree.supervisor.startChild(tree.children.child("b")) > 0)
        }
    }

    @Test("C08: restart_child of a child that fails returns the error; it stays, stopped")
    func restartChildFails() async throws {
        try await TestTree { [$0.child("a", starts: [.succeeds, .fails, .succeeds])] }.run { tree in
            try await tree.supervisor.terminateChild("a")
            await expect(failing: .startFailed("a", .error(Crash("cannot start")))) {
                try await tree.supervisor.restartChild("a")
            }
            #expect(try await tree.states == ["a stopped"])
            try await tree.supervisor.restartChild("a")
            #expect(try await tree.states == ["a running"])
        }
    }

    @Test(
        "C09: the defaults are one_for_one, 1 restart in 5 s, no auto_shutdown; permanent, worker, 5 s, not significant"
    )
    func defaults() async throws {
        let options = Supervisor.Options()
        #expect(options.strategy == .oneForOne)
        #expect(options.budget == RestartBudget(restarts: 1, within: .seconds(5)))
        #expect(options.autoShutdown == .never)
        let worker = ChildSpecification(id: "worker") { _ in }
        #expect(worker.restart == .permanent)
        #expect(worker.kind == .worker)
        #expect(worker.shutdown == .timeout(.seconds(5)))
        #expect(!worker.isSignificant)
        #expect(ChildSpecification(id: "supervisor", kind: .supervisor) { _ in }.shutdown == .infinity)
    }

    @Test("C09: an unknown id is not_found, whatever is asked of it")
    func unknownID() async throws {
        try await TestTree { [$0.child("a")] }.run { tree async throws in
            await expect(failing: .notFound("x")) { try await tree.supervisor.terminateChild("x") }
            await expect(failing: .notFound("x")) { try await tree.supervisor.restartChild("x") }
            await expect(failing: .notFound("x")) { try await tree.supervisor.deleteChild("x") }
            await expect(failing: .notFound("x")) { try await tree.supervisor.exit("x", with: Crash()) }
            #expect(try await tree.states == ["a running"])
        }
    }

    @Test("C27: a start failure names the child and the reason, through the levels of a tree")
    func startFailureNamesTheChild() async throws {
        try await TestTree { children in
            let inner = children.child("leaf", starts: [.fails])
            return [
                ChildSpecification(id: "branch", kind: .supervisor, startup: .whenReady) { context in
                    try await Supervisor("branch", children: [inner]).runAsChild(context)
                }
            ]
        }.run { tree in
            #expect(await tree.ending == "start failed: branch, leaf did not start: cannot start")
        }
    }
}
