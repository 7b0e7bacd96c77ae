import Supervision
import Testing

// MARK: - What a supervisor is told when it begins, and again when it is reloaded

extension ConformanceTests {
    @Test("C02: a supervisor whose init declines says so, and starts nothing")
    func initDeclines() async {
        #expect(await Supervisor("tree", initialize: { nil }).run().summary == "declined")
    }

    @Test("C02: the start of a child that is such a supervisor says so, and its exit is normal")
    func childsInitDeclines() async throws {
        try await TestTree(autoShutdown: .anySignificant) { _ in [] }.run { tree async throws in
            let branch = ChildSpecification(
                id: "branch", restart: .transient, kind: .supervisor, isSignificant: true, startup: .whenReady
            ) {
                try await Supervisor("branch", initialize: { nil }).runAsChild($0)
            }
            #expect(try await tree.supervisor.startChild(branch) == 0)
            #expect(try await tree.counts == [1, 0, 1, 0])
            #expect(tree.events.entries.map(\.kind.name) == [])

            // One that counts as started before it declines has ended, normally.
            var immediate = branch
            immediate.id = "immediate"
            immediate.startup = .immediate
            immediate.isSignificant = false
            let incarnation = try await tree.supervisor.startChild(immediate)
            await tree.exited(incarnation)
            #expect(tree.exits(of: "immediate") == ["normal"])
            #expect(try await tree.states == ["branch stopped", "immediate stopped"])
        }
    }

    @Test("C06: an init that throws is a start error with that reason, and so is a value of it that is not valid")
    func initThrows() async {
        let throwing = Supervisor("tree", initialize: { throw Crash("no init") })
        #expect(await throwing.run().summary == "start failed: tree, no init")
        let bad = Supervisor(
            "tree", initialize: { (Supervisor.Options(), [ChildSpecification(id: "a", isSignificant: true) { _ in }]) })
        #expect(await bad.run().summary == "start failed: a, \(InvalidSpecification.significantPermanent("a"))")
    }

    @Test("C06: an init is asked once, when the supervisor runs, and what it gives is started")
    func initGives() async throws {
        let asked = Journal<String>()
        let children = ScriptedChildren(runtime: SupervisionRuntime())
        let supervisor = Supervisor("tree") {
            asked.append("init")
            return (Supervisor.Options(), [children.child("a"), children.child("b")])
        }
        #expect(asked.entries == [])
        async let ending = supervisor.run().summary
        #expect(try await supervisor.whichChildren().map(\.id) == ["a", "b"])
        supervisor.stop()
        #expect(await ending == "stopped")
        #expect(asked.entries == ["init"])
    }

    // A child without an identifier or a function, and values of other types, are for the compiler to refuse.
    @Test("C10: an identifier that is empty is refused, at the start, for start_child, in a template and in a reload")
    func missingID() async throws {
        let nameless = ChildSpecification(id: ChildID("")) { _ in }
        try await TestTree { [$0.child("a"), nameless] }.run { tree async throws in
            #expect(await tree.ending == "start failed: , \(InvalidSpecification.emptyID)")
            #expect(tree.history == [])
        }
        try await TestTree { [$0.child("a")] }.run { tree async throws in
            await expect(failing: .invalid(.emptyID)) { try await tree.supervisor.startChild(nameless) }
            await expect(failing: .invalid(.emptyID)) {
                try await tree.supervisor.reload(options: Supervisor.Options(), children: [nameless])
            }
            #expect(try await tree.states == ["a running"])
        }
        let template = ChildTemplate<Int>(id: "") { _, _ in }
        #expect(
            await DynamicSupervisor("tree", template: template).run().summary
                == "start failed: , \(InvalidSpecification.emptyID)")
    }

    @Test("C17: extra start information is returned unchanged: by start_child, restart_child, and dynamic ones")
    func startInformation() async throws {
        try await TestTree { _ in [] }.run { tree async throws in
            let supervisor = tree.supervisor
            let first = try await supervisor.startChild(
                tree.children.child("a", information: "port 8080"), returning: String.self)
            #expect(first.information == "port 8080")
            #expect(try await tree.incarnation("a") == first.incarnation)
            try await supervisor.terminateChild("a")
            let second = try await supervisor.restartChild("a", returning: String.self)
            #expect(second.information == "port 8080")
            #expect(second.incarnation != first.incarnation)

            let silent = try await supervisor.startChild(tree.children.child("b"), returning: String.self)
            #expect(silent.information == nil)
            #expect(silent.incarnation != 0)
            let other = try await supervisor.startChild(
                tree.children.child("c", information: "text"), returning: Int.self)
            #expect(other.information == nil)
        }
        try await TestDynamicTree().run { tree, dynamic async throws in
            let started = try #require(
                try await dynamic.startChild(.init(information: "port 1"), returning: String.self))
            #expect(started.information == "port 1")
            #expect(started.handle.id == "child.1")
            #expect(try await dynamic.startChild(.init(starts: [.declines]), returning: String.self)?.handle == nil)
        }
    }

    @Test("C56: reload: new children are there but not started, removed ones are not deleted, the others are replaced")
    func reload() async throws {
        try await TestTree(.restForOne) { [$0.child("a"), $0.child("b"), $0.child("c")] }.run { tree async throws in
            let before = try await tree.supervisor.whichChildren()
            try await tree.supervisor.reload(
                options: Supervisor.Options(strategy: .oneForAll, budget: .ample),
                children: [
                    tree.children.child("c", kind: .supervisor), tree.children.child("new"),
                    tree.children.child("a", restart: .temporary),
                ])
            #expect(try await tree.states == ["b running", "c running", "new stopped", "a running"])
            #expect(try await tree.counts == [4, 3, 1, 3])
            let after = try await tree.supervisor.whichChildren()
            #expect(
                Set(after.map(\.incarnation)) == Set(before.map(\.incarnation) + [0]), "nothing was started or stopped")
            #expect(tree.history == ["start a", "start b", "start c"])

            // The new strategy, the new order and the new restart type are in force.
            try await tree.end("b")
            #expect(try await tree.states == ["b running", "c running", "new running"])
            #expect(tree.history.dropFirst(3) == ["stop a", "stop c", "start b", "start c", "start new"])
        }
    }

    @Test("C56: reload: a restart runs the new function, and what was counted counts against the new budget")
    func reloadedFunctionAndBudget() async throws {
        try await TestTree(budget: RestartBudget(restarts: 5)) { [$0.child("a")] }.run { tree async throws in
            try await tree.end("a")
            try await tree.end("a")
            let ran = Journal<String>()
            let child = ChildSpecification(id: "a", startup: .whenReady) { context in
                ran.append("new")
                context.ready()
                throw Crash("new")
            }
            try await tree.supervisor.reload(
                options: Supervisor.Options(budget: RestartBudget(restarts: 3)), children: [child])
            #expect(ran.entries == [])
            try await tree.end("a")
            #expect(await tree.ending == "gave up: a, new")
            #expect(ran.entries == ["new"])
        }
    }

    @Test("C56: reload: a specification or options that are not valid leave all as it was")
    func badReload() async throws {
        try await TestTree { [$0.child("a"), $0.child("b")] }.run { tree async throws in
            let supervisor = tree.supervisor
            let new = tree.children.child("new")
            for (child, error) in Self.invalidChildren {
                await expect(failing: .invalid(error)) {
                    try await supervisor.reload(options: Supervisor.Options(), children: [new, child])
                }
            }
            await expect(failing: .invalid(.duplicateID("new"))) {
                try await supervisor.reload(options: Supervisor.Options(), children: [new, new])
            }
            await expect(failing: .invalid(.negativeRestarts(-1))) {
                try await supervisor.reload(
                    options: Supervisor.Options(strategy: .oneForAll, budget: RestartBudget(restarts: -1)), children: []
                )
            }
            #expect(try await tree.states == ["a running", "b running"])
            try await tree.end("a")
            #expect(try await tree.states == ["a running", "b running"])
            #expect(tree.history == ["start a", "start b", "start a"], "one_for_one still")
        }
    }

    @Test("C56: dynamic: reload: those that run go on, and are restarted by the new template; new ones live by it")
    func dynamicReload() async throws {
        try await TestDynamicTree().run { tree, dynamic async throws in
            let children = try await dynamic.start(2)
            let ran = Journal<ChildID>()
            var template = tree.children.template(restart: .temporary)
            template.id = "new"
            let old = template.run
            template.run = { argument, context in
                ran.append(context.id)
                try await old(argument, context)
            }
            await expect(failing: .invalid(.negativeMaximumChildren(-1))) {
                try await dynamic.reload(options: DynamicSupervisorOptions(maximumChildren: -1), template: template)
            }
            try await tree.end("child.1")
            #expect(try await tree.info("child.1").restarts == 1)
            #expect(ran.entries == [], "a bad reload leaves the old template")

            var permanent = template
            permanent.restart = .permanent
            try await dynamic.reload(
                options: DynamicSupervisorOptions(budget: .ample, maximumChildren: 3), template: permanent)
            #expect(ran.entries == [])
            try await tree.end("child.1")
            #expect(try await tree.info("child.1").restarts == 2)
            #expect(ran.entries == ["child.1"])
            try await dynamic.reload(
                options: DynamicSupervisorOptions(budget: .ample, maximumChildren: 3), template: template)
            let third = try #require(try await dynamic.startChild(.init()))
            #expect(third.id == "new.3")
            await expect(failing: .maxChildren(3)) { try await dynamic.startChild(.init()) }
            try await tree.end("child.2")
            #expect(try await dynamic.whichChildren().map(\.handle) == [children[0], third])
        }
    }
}
