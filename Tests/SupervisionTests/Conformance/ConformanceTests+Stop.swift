import Supervision
import TestKit
import Testing

// MARK: - Stop

extension ConformanceTests {
    @Test(
        "C11: unlimited shutdown is allowed for workers; both kinds end with shutdown",
        arguments: [ChildKind.worker, .supervisor])
    func unlimitedShutdown(kind: ChildKind) async throws {
        try await TestTree {
            [$0.child("a", shutdown: .infinity, kind: kind, stop: .takes(.seconds(3_600)))]
        }.run { tree in
            tree.supervisor.stop()
            await tree.clock.sleepers { $0 == [.seconds(3_600)] }
            tree.clock.advance(by: .seconds(3_600))
            #expect(await tree.ending == "stopped")
            #expect(tree.exits(of: "a") == ["shutdown"])
        }
    }

    @Test("C12: a prompt child ends with shutdown; one that sleeps is abandoned after its timeout and reported")
    func promptAndSleeping() async throws {
        try await TestTree {
            [$0.child("prompt"), $0.child("sleeper", shutdown: .timeout(.seconds(2)), stop: .ignores)]
        }.run { tree in
            tree.supervisor.stop()
            await tree.clock.sleepers { $0 == [.seconds(2)] }
            #expect(tree.children(with: "abandoned") == [])
            tree.clock.advance(by: .seconds(2))
            #expect(await tree.ending == "stopped")
            #expect(tree.children(with: "abandoned") == ["sleeper"])
            #expect(tree.exits(of: "prompt") == ["shutdown"])
            #expect(tree.exits(of: "sleeper") == [])
        }
    }

    @Test("C12: a child that goes just in time is not abandoned")
    func justInTime() async throws {
        try await TestTree {
            [$0.child("a", shutdown: .timeout(.seconds(2)), stop: .takes(.seconds(1)))]
        }.run { tree in
            tree.supervisor.stop()
            await tree.clock.sleepers(atLeast: 2)
            tree.clock.advance(by: .seconds(1))
            #expect(await tree.ending == "stopped")
            #expect(tree.exits(of: "a") == ["shutdown"])
            #expect(tree.children(with: "abandoned") == [])
        }
    }

    @Test("C14: of ten children the brutal ones are abandoned at once, their siblings end with shutdown")
    func brutalKill() async throws {
        let brutal = Set((1...10).filter { $0.isMultiple(of: 2) }.map { ChildID("\($0)") })
        try await TestTree { children in
            (1...10).map { ChildID("\($0)") }.map { id in
                brutal.contains(id)
                    ? children.child(id, shutdown: .brutalKill, stop: .ignores) : children.child(id)
            }
        }.run { tree in
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            #expect(tree.runtime.now == .zero)
            #expect(Set(tree.children(with: "abandoned")) == brutal)
            for number in 1...10 where !brutal.contains(ChildID("\(number)")) {
                #expect(tree.exits(of: ChildID("\(number)")) == ["shutdown"])
            }
        }
    }

    static let waysToDie: [(RestartType, ExitReason)] = RestartType.allCases.flatMap { restart in
        [ExitReason.normal, .shutdown, .crash].map { (restart, $0) }
    }

    @Test("C15: children that end by themselves when they are asked to do not disturb the stop")
    func endDuringOwnStop() async throws {
        try await TestTree(budget: RestartBudget(restarts: 0)) { children in
            Self.waysToDie.enumerated().map { index, way in
                children.child(ChildID("\(index)"), restart: way.0, stop: .ends(way.1))
            }
        }.run { tree in
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            #expect(tree.children(with: "exited").count == 9)
            #expect(tree.children(with: "restarted") == [])
            #expect(tree.children(with: "gave_up") == [])
        }
    }

    @Test("C15: nor do children that end while a sibling is still stopping")
    func endDuringSiblingsStop() async throws {
        try await TestTree(budget: RestartBudget(restarts: 0)) { children in
            Self.waysToDie.enumerated().map { index, way in children.child(ChildID("\(index)"), restart: way.0) }
                + [children.child("last", stop: .ignores)]
        }.run { tree in
            let incarnations = try await tree.supervisor.whichChildren().map(\.incarnation)
            tree.supervisor.stop()
            await tree.children.journal.contains("stop last")
            for (incarnation, way) in zip(incarnations, Self.waysToDie) { tree.children.end(incarnation, with: way.1) }
            tree.children.release()
            #expect(await tree.ending == "stopped")
            #expect(tree.children(with: "exited").count == 10)
            #expect(tree.children(with: "restarted") == [])
            #expect(tree.children(with: "gave_up") == [])
        }
    }

    @Test("C40: a child that hides from its supervisor cannot hang it: neither a termination nor the stop")
    func hidingChild() async throws {
        try await TestTree {
            [$0.child("a", shutdown: .timeout(.seconds(1)), stop: .ignores), $0.child("b")]
        }.run { tree in
            async let terminated: Void = tree.supervisor.terminateChild("a")
            await tree.clock.sleepers { $0 == [.seconds(1)] }
            tree.clock.advance(by: .seconds(1))
            try await terminated
            #expect(try await tree.states == ["a stopped", "b running"])
            try await tree.supervisor.restartChild("a")
            tree.supervisor.stop()
            await tree.children.journal.contains("stop a", times: 2)
            await tree.clock.sleepers { $0 == [.seconds(1)] }
            tree.clock.advance(by: .seconds(1))
            #expect(await tree.ending == "stopped")
            #expect(tree.children(with: "abandoned") == ["a", "a"])
        }
    }

    @Test("C48: children start in the given order; a group stops in reverse; the whole stops in reverse")
    func order() async throws {
        try await TestTree(.restForOne) {
            children in (1...5).map { children.child(ChildID("\($0)")) }
        }.run { tree in
            try await tree.end("3")
            #expect(try await tree.states == (1...5).map { "\($0) running" })
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            #expect(
                tree.history == [
                    "start 1", "start 2", "start 3", "start 4", "start 5",
                    "stop 5", "stop 4", "start 3", "start 4", "start 5",
                    "stop 5", "stop 4", "stop 3", "stop 2", "stop 1",
                ])
        }
    }
}
