import Testing

@testable import Supervision

@Suite("Abandoned children", .timeLimit(.minutes(1)))
struct AbandonmentTests {
    private func hanging(_ id: ChildID, _ children: ScriptedChildren) -> ChildSpecification {
        children.child(id, shutdown: .brutalKill, stop: .ignores)
    }

    /// Tells a child that hangs to exit, and waits until it has been left to itself.
    private func kill(_ id: ChildID, in tree: RunningTree) async throws {
        await tree.exited(try await tree.supervisor.exit(id, with: Crash("told")))
    }

    @Test("are replaced while no more than the limit still run; one more, and the supervisor gives up and says why")
    func limit() async throws {
        try await TestTree(chances: TestChances(abandonmentLimit: 2)) { [hanging("a", $0), $0.child("b")] }.run {
            tree async throws in
            for count in 1...2 {
                try await kill("a", in: tree)
                #expect(try await tree.info("a").restarts == count)
                #expect(tree.runtime.abandonedChildren == count)
            }
            try await kill("a", in: tree)
            #expect(await tree.ending == "too many abandoned: a, 3")
            #expect(tree.exits(of: "b") == ["shutdown"])
            guard
                case .gaveUp(let cause, .error)? = tree.events.entries.first(where: { $0.kind.name == "gave_up" })?.kind
            else { throw Crash("it did not say so") }
            #expect(cause == .abandonedChildren(3, limit: 2))
        }
    }

    @Test("make room when they end after all")
    func room() async throws {
        try await TestTree(chances: TestChances(abandonmentLimit: 1)) { [hanging("a", $0)] }.run { tree async throws in
            try await kill("a", in: tree)
            tree.children.release()
            await tree.events.contains { $0.kind.name == "abandoned_ended" }
            #expect(tree.runtime.abandonedChildren == 0)
            try await kill("a", in: tree)
            #expect(try await tree.states == ["a running"])
        }
    }

    @Test("are as many as you like without a limit; with a limit of 0, or below, none is replaced")
    func extremes() async throws {
        try await TestTree(chances: TestChances(abandonmentLimit: nil)) { [hanging("a", $0)] }.run {
            tree async throws in
            for _ in 1...100 { try await kill("a", in: tree) }
            #expect(tree.runtime.abandonedChildren == 100)
            #expect(try await tree.states == ["a running"])
        }
        for limit in [0, -5] {
            try await TestTree(chances: TestChances(abandonmentLimit: limit)) { [hanging("a", $0)] }.run {
                tree async throws in
                try await kill("a", in: tree)
                #expect(await tree.ending == "too many abandoned: a, 1")
            }
        }
    }

    @Test("are counted when a sibling's restart left them behind, too", arguments: ConformanceTests.groupStrategies)
    func group(strategy: Supervisor.Strategy) async throws {
        try await TestTree(strategy, chances: TestChances(abandonmentLimit: 1)) {
            [$0.child("a"), hanging("b", $0)]
        }.run { tree async throws in
            try await tree.end("a")
            #expect(try await tree.states == ["a running", "b running"])
            #expect(tree.runtime.abandonedChildren == 1)
            try await tree.end("a")
            #expect(await tree.ending == "too many abandoned: a, 2")
        }
    }

    @Test("never hold up a termination or a stop, however many they are")
    func stop() async throws {
        try await TestTree(chances: TestChances(abandonmentLimit: 0)) {
            [hanging("a", $0), hanging("b", $0), hanging("c", $0)]
        }.run { tree async throws in
            try await tree.supervisor.terminateChild("a")
            #expect(try await tree.states == ["a stopped", "b running", "c running"])
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            #expect(tree.runtime.abandonedChildren == 3)
        }
    }

    @Test("do not hinder the restart of a child that went by itself")
    func innocent() async throws {
        try await TestTree(chances: TestChances(abandonmentLimit: 0)) { [hanging("a", $0), $0.child("b")] }.run {
            tree async throws in
            try await tree.supervisor.terminateChild("a")
            try await tree.end("b")
            #expect(try await tree.states == ["a stopped", "b running"])
        }
    }

    @Test("are counted in the whole tree: a supervisor above does not replace one that gave up, but gives up, too")
    func ladder() async throws {
        let runtime = SupervisionRuntime(abandonmentLimit: 2)
        let children = ScriptedChildren(runtime: runtime)
        let branches = Journal<Supervisor>()
        let leaf = hanging("leaf", children)
        let top = Supervisor(
            "top", options: Supervisor.Options(budget: .ample),
            children: ["left", "right"].map { (id: ChildID) in
                ChildSpecification(id: id, kind: .supervisor, startup: .whenReady) { context in
                    let supervisor = Supervisor(
                        id.name, options: Supervisor.Options(budget: .ample), children: [leaf], runtime: runtime)
                    branches.append(supervisor)
                    try await supervisor.runAsChild(context)
                }
            }, runtime: runtime)
        async let ending = top.run().summary
        await branches.contains(2) { _ in true }
        for branch in branches.entries { try await branch.exit("leaf", with: Crash()) }
        await children.journal.contains("start leaf", times: 4)
        #expect(runtime.abandonedChildren == 2)
        try await branches.entries[0].exit("leaf", with: Crash())
        #expect(await ending.hasPrefix("too many abandoned: "))
        #expect(branches.entries.count == 2, "no branch was started again")
        #expect(runtime.abandonedChildren == 4, "three that were told to exit, and the one that ran at the stop")
        children.release()
    }

    @Test("are no reason to give up further above once enough of them have ended")
    func ladderEnds() async throws {
        let runtime = SupervisionRuntime(abandonmentLimit: 0)
        let children = ScriptedChildren(runtime: runtime)
        let leaf = hanging("leaf", children)
        let (branches, events, isOver) = (Journal<Supervisor>(), Journal<SupervisionEvent>(), Gate())
        let branch = ChildSpecification(id: "branch", kind: .supervisor, startup: .whenReady) { context in
            let supervisor = Supervisor(
                "branch", children: [leaf], runtime: runtime, observer: { events.append($0) })
            branches.append(supervisor)
            let ending = await supervisor.run(context)
            // What hung ends before the supervisor above learns of this.
            children.release()
            await isOver.pass()
            try ending.asChild(named: "branch")
        }
        let top = Supervisor("top", children: [branch], runtime: runtime)
        async let ending = top.run().summary
        await branches.contains { _ in true }
        try await branches.entries[0].exit("leaf", with: Crash())
        await events.contains { $0.kind.name == "gave_up" }
        await events.contains { $0.kind.name == "abandoned_ended" }
        isOver.open()
        await branches.contains(2) { _ in true }
        top.stop()
        #expect(await ending == "stopped")
    }

    @Test("are counted and reported when they end, even after their supervisor is gone")
    func lateEnd() async throws {
        try await TestTree { [hanging("a", $0), hanging("b", $0)] }.run { tree async throws in
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            #expect(tree.runtime.abandonedChildren == 2)
            tree.children.release()
            await tree.events.contains(2) { $0.kind.name == "abandoned_ended" }
            #expect(tree.runtime.abandonedChildren == 0)
            #expect(Set(tree.children(with: "abandoned_ended")) == ["a", "b"])
        }
    }

    @Test("one that ends in the moment it is left to itself is not counted for ever")
    func endsMeanwhile() {
        let abandoned = AbandonedChildren(limit: 1)
        abandoned.remove(1)
        #expect(abandoned.insert(1) == 0)
        #expect(abandoned.insert(2) == 1)
        #expect(abandoned.excess == nil)
        #expect(abandoned.insert(3) == 2)
        #expect(abandoned.excess == 2)
        abandoned.remove(2)
        #expect(abandoned.count == 1)
        #expect(abandoned.excess == nil)
    }
}
