import Locking
import Supervision
import TestKit
import Testing

// MARK: - Dynamic supervisors

extension ConformanceTests {
    @Test("C05: dynamic: a child that declines to start is not kept, and a later stop is clean")
    func dynamicChildDeclines() async throws {
        for restart in RestartType.allCases {
            try await TestDynamicTree { $0.template(restart: restart) }.run { tree, dynamic async throws in
                #expect(try await dynamic.startChild(.init(starts: [.declines])) == nil)
                #expect(try await tree.counts == [1, 0, 0, 0])
                #expect(try await tree.states == [])
                dynamic.stop()
                #expect(await tree.ending == "stopped")
            }
        }
    }

    @Test("C07: dynamic: a start that fails returns the error and lists nothing")
    func dynamicStartFails() async throws {
        try await TestDynamicTree().run { tree, dynamic async throws in
            await expect(failing: .startFailed("child.1", .error(Crash("cannot start")))) {
                try await dynamic.startChild(.init(starts: [.fails]))
            }
            #expect(try await tree.counts == [1, 0, 0, 0])
        }
    }

    @Test("C09: dynamic: the defaults are 1 restart in 5 s, no auto_shutdown; permanent, worker, 5 s, not significant")
    func dynamicDefaults() {
        let options = DynamicSupervisorOptions()
        #expect(options.budget == RestartBudget(restarts: 1, within: .seconds(5)))
        #expect(options.autoShutdown == .never)
        #expect(options.maximumChildren == nil)
        let worker = ChildTemplate<Int>(id: "worker") { _, _ in }
        #expect(worker.restart == .permanent)
        #expect(worker.kind == .worker)
        #expect(worker.shutdown == .timeout(.seconds(5)))
        #expect(!worker.isSignificant)
        #expect(ChildTemplate<Int>(id: "supervisor", kind: .supervisor) { _, _ in }.shutdown == .infinity)
    }

    // That nothing can be restarted or deleted, and that only a handle terminates, is for the compiler to say: a
    // `DynamicSupervisor` has no such methods, and handles are made by it alone.
    @Test(
        "C19: dynamic: terminate by handle only; terminating a dead one is fine; a foreign one is not_found and lives")
    func terminateByHandle() async throws {
        try await TestDynamicTree().run { tree, dynamic async throws in
            let children = try await dynamic.start(2)
            try await dynamic.terminateChild(children[0])
            #expect(try await tree.states == ["child.2 running"])
            try await dynamic.terminateChild(children[0])
            #expect(tree.exits(of: "child.1") == ["shutdown"])

            try await TestDynamicTree().run { foreign, others async throws in
                let other = try #require(try await others.startChild(.init()))
                #expect(other.id == children[0].id)
                await expect(failing: .notFound(other.id)) { try await dynamic.terminateChild(other) }
                await expect(failing: .notFound(other.id)) { try await dynamic.exit(other, with: Crash()) }
                await expect(failing: .notFound(children[1].id)) { try await others.terminateChild(children[1]) }
                #expect(try await foreign.states == ["child.1 running"])
            }
            #expect(try await tree.states == ["child.2 running"])
            #expect(try await dynamic.whichChildren().map(\.handle) == [children[1]])
        }
    }

    // That there is one template, and not none or two, is for the compiler to say.
    @Test("C20, C21: dynamic: each bad field of the template or the options has an error of its own")
    func badTemplates() async throws {
        func ending(
            _ options: DynamicSupervisorOptions = .init(), _ template: ChildTemplate<Int>
        ) async -> String {
            await DynamicSupervisor("tree", options: options, template: template).run().summary
        }
        func template(
            _ id: ChildID = "child", restart: RestartType = .permanent, shutdown: ShutdownBudget? = nil,
            isSignificant: Bool = false
        ) -> ChildTemplate<Int> {
            ChildTemplate(id: id, restart: restart, shutdown: shutdown, isSignificant: isSignificant) { _, _ in }
        }
        func failure(of id: ChildID, _ invalid: InvalidSpecification) -> String { "start failed: \(id), \(invalid)" }

        #expect(await ending(.init(), template("")) == failure(of: "", .emptyID))
        #expect(
            await ending(.init(), template(shutdown: .timeout(.seconds(-1))))
                == failure(of: "child", .negativeShutdown("child", .seconds(-1))))
        #expect(
            await ending(.init(), template(isSignificant: true)) == failure(of: "child", .significantPermanent("child"))
        )
        #expect(
            await ending(.init(), template(restart: .temporary, isSignificant: true))
                == failure(of: "child", .significantWithoutAutoShutdown("child")))
        #expect(
            await ending(.init(maximumChildren: -1), template()) == failure(of: "tree", .negativeMaximumChildren(-1)))
        for (budget, invalid) in Self.badBudgets {
            #expect(await ending(.init(budget: budget), template()) == failure(of: "tree", invalid))
        }
    }

    @Test("C37: dynamic: only the crashed one is replaced; the third crash ends the supervisor with exactly shutdown")
    func dynamicRestart() async throws {
        let started = Journal<DynamicSupervisor<ScriptedChildren.Behaviour>>()
        try await TestTree { children in
            [
                ChildSpecification(id: "branch", restart: .temporary, kind: .supervisor, startup: .whenReady) {
                    context in
                    let dynamic = DynamicSupervisor(
                        "branch", options: DynamicSupervisorOptions(budget: RestartBudget(restarts: 2)),
                        template: children.template())
                    started.append(dynamic)
                    try await dynamic.runAsChild(context)
                }
            ]
        }.run { tree async throws in
            let dynamic = started.entries[0]
            _ = try await dynamic.start(2)
            func incarnations() async throws -> [UInt64] { try await dynamic.whichChildren().map(\.info.incarnation) }
            for count in 1...2 {
                let before = try await incarnations()
                tree.children.end(before[0], with: .crash)
                await tree.children.journal.contains("start child.1", times: 1 + count)
                let after = try await incarnations()
                #expect(after[0] != before[0])
                #expect(after[1] == before[1])
            }
            let branch = try await tree.incarnation("branch")
            tree.children.end(try await incarnations()[0], with: .crash)
            await tree.exited(branch)
            #expect(tree.exits(of: "branch") == ["shutdown"])
            #expect(tree.history.last == "stop child.2")
        }
    }

    @Test("C39: dynamic: a child that cannot be restarted burns the intensity; its healthy siblings end too")
    func dynamicEscalation() async throws {
        try await TestDynamicTree(budget: RestartBudget(restarts: 3)).run { tree, dynamic async throws in
            _ = try await dynamic.start(2)
            _ = try await dynamic.startChild(.init(starts: [.succeeds, .fails]))
            try await tree.end("child.3")
            #expect(await tree.ending == "gave up: child.3, cannot start")
            #expect(tree.children(with: "restart_failed") == ["child.3", "child.3", "child.3"])
            #expect(tree.exits(of: "child.1") == ["shutdown"])
            #expect(tree.exits(of: "child.2") == ["shutdown"])
        }
    }

    @Test("C44: dynamic: while 2 of 3 cannot be restarted the counts are 1, 1, 0, 3; afterwards 1, 3, 0, 3")
    func dynamicCountsWhileRestarting() async throws {
        try await TestDynamicTree().run { tree, dynamic async throws in
            _ = try await dynamic.start(3)
            for id in ["child.2", "child.3"] as [ChildID] {
                tree.children.script(id, starts: [.fails])
                try await tree.end(id)
            }
            #expect(try await tree.counts == [1, 1, 0, 3])
            #expect(try await tree.states == ["child.1 running", "child.2 restarting", "child.3 restarting"])
            for id in ["child.2", "child.3"] as [ChildID] {
                tree.children.script(id, starts: [.succeeds])
                await tree.children.journal.contains("start \(id)", times: 2)
            }
            #expect(try await tree.counts == [1, 3, 0, 3])
        }
    }

    @Test("C53: dynamic: any_significant: the first that ends by itself and is not restarted ends the supervisor")
    func dynamicAnySignificant() async throws {
        for death in Self.deaths {
            for restart in [RestartType.transient, .temporary] {
                try await TestDynamicTree(autoShutdown: .anySignificant) {
                    $0.template(restart: restart, isSignificant: true)
                }.run { tree, dynamic async throws in
                    let children = try await dynamic.start(3)
                    try await dynamic.terminateChild(children[2])
                    #expect(try await tree.counts == [1, 2, 0, 2])
                    try await die("child.1", death, in: tree)
                    if case .error = death ?? .crash, restart == .transient {
                        #expect(try await tree.states == ["child.1 running", "child.2 running"])
                    } else {
                        #expect(await tree.ending == "auto shutdown: child.1")
                        #expect(tree.history.last == "stop child.2")
                    }
                }
            }
        }
    }

    @Test("C53: dynamic: all_significant: only the last ends the supervisor; one that is restarting still counts")
    func dynamicAllSignificant() async throws {
        try await TestDynamicTree(autoShutdown: .allSignificant) {
            $0.template(restart: .transient, isSignificant: true)
        }.run { tree, dynamic async throws in
            _ = try await dynamic.start(2)
            tree.children.script("child.2", starts: [.fails])
            try await tree.end("child.2")
            try await tree.end("child.1", with: .normal)
            #expect(try await tree.states == ["child.2 restarting"])
            tree.children.script("child.2", starts: [.succeeds])
            await tree.children.journal.contains("start child.2", times: 2)
            try await tree.end("child.2", with: .shutdown)
            #expect(await tree.ending == "auto shutdown: child.2")
        }
    }

    @Test("C57: max_children: as many as that and no more, the restarting ones included; one that goes makes room")
    func maximumChildren() async throws {
        try await TestDynamicTree(maximumChildren: 2).run { tree, dynamic async throws in
            let children = try await dynamic.start(2)
            await expect(failing: .maxChildren(2)) { try await dynamic.startChild(.init()) }
            tree.children.script("child.2", starts: [.fails])
            try await tree.end("child.2")
            #expect(try await tree.states == ["child.1 running", "child.2 restarting"])
            await expect(failing: .maxChildren(2)) { try await dynamic.startChild(.init()) }
            try await dynamic.terminateChild(children[1])
            let third = try #require(try await dynamic.startChild(.init()))
            #expect(try await dynamic.whichChildren().map(\.handle) == [children[0], third])
            #expect(tree.children(with: "started").count == 3)
        }
    }

    @Test("C57: a limit of 0 allows none")
    func noChildren() async throws {
        try await TestDynamicTree(maximumChildren: 0).run { _, dynamic async throws in
            await expect(failing: .maxChildren(0)) { try await dynamic.startChild(.init()) }
        }
    }
}
