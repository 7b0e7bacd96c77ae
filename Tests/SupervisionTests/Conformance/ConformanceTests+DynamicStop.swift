import Supervision
import TestKit
import Testing

// MARK: - Stopping dynamic supervisors

extension ConformanceTests {
    @Test(
        "C13: dynamic: a prompt child ends with shutdown; one that sleeps is abandoned after its timeout and reported")
    func dynamicPromptAndSleeping() async throws {
        try await TestDynamicTree { $0.template(shutdown: .timeout(.seconds(2))) }.run { tree, dynamic async throws in
            _ = try await dynamic.start(2)
            _ = try await dynamic.startChild(.init(stop: .ignores))
            dynamic.stop()
            await tree.clock.sleepers { $0 == [.seconds(2)] }
            for child in 1...2 { await tree.children.journal.contains("stop child.\(child)") }
            #expect(tree.children(with: "abandoned") == [])
            tree.clock.advance(by: .seconds(2))
            #expect(await tree.ending == "stopped")
            #expect(tree.children(with: "abandoned") == ["child.3"])
            #expect(tree.exits(of: "child.1") == ["shutdown"])
            #expect(tree.exits(of: "child.2") == ["shutdown"])
        }
    }

    @Test("C14: dynamic: brutal children are abandoned at once, unless they have gone")
    func dynamicBrutalKill() async throws {
        try await TestDynamicTree { $0.template(shutdown: .brutalKill) }.run { tree, dynamic async throws in
            _ = try await dynamic.start(10, .init(stop: .ignores))
            dynamic.stop()
            #expect(await tree.ending == "stopped")
            #expect(tree.runtime.now == .zero)
            #expect(tree.children(with: "abandoned").count == 10)
        }
    }

    @Test("C16: dynamic: children that end by themselves when they are asked to do not disturb the stop")
    func dynamicEndDuringOwnStop() async throws {
        for restart in RestartType.allCases {
            try await TestDynamicTree(budget: RestartBudget(restarts: 0)) { $0.template(restart: restart) }.run {
                tree, dynamic async throws in
                for reason in Self.reasons { _ = try await dynamic.start(2, .init(stop: .ends(reason))) }
                dynamic.stop()
                #expect(await tree.ending == "stopped")
                #expect(tree.children(with: "exited").count == 6)
                #expect(tree.children(with: "restarting") == [])
                #expect(tree.children(with: "gave_up") == [])
            }
        }
    }

    @Test("C16: dynamic: nor do children that end while a sibling is still stopping")
    func dynamicEndDuringSiblingsStop() async throws {
        for restart in RestartType.allCases {
            try await TestDynamicTree(budget: RestartBudget(restarts: 0)) { $0.template(restart: restart) }.run {
                tree, dynamic async throws in
                _ = try await dynamic.start(3)
                let incarnations = try await dynamic.whichChildren().map(\.info.incarnation)
                _ = try await dynamic.startChild(.init(stop: .ignores))
                dynamic.stop()
                await tree.children.journal.contains("stop child.4")
                for (incarnation, reason) in zip(incarnations, Self.reasons) {
                    tree.children.end(incarnation, with: reason)
                }
                tree.children.release()
                #expect(await tree.ending == "stopped")
                #expect(tree.children(with: "exited").count == 4)
                #expect(tree.children(with: "restarting") == [])
                #expect(tree.children(with: "gave_up") == [])
            }
        }
    }

    @Test("C38: dynamic: children that need 1 s, 1 s and 5 s with a timeout of 2 s stop in 2 s: together, by one timer")
    func dynamicParallelStop() async throws {
        try await TestDynamicTree { $0.template(shutdown: .timeout(.seconds(2))) }.run { tree, dynamic async throws in
            for seconds in [5, 1, 1] { _ = try await dynamic.startChild(.init(stop: .takes(.seconds(seconds)))) }
            dynamic.stop()
            await tree.clock.sleepers { $0 == [1, 1, 2, 5].map { .seconds($0) } }
            tree.clock.advance(by: .seconds(1))
            await tree.events.contains(2) { $0.kind.name == "exited" }
            await tree.clock.sleepers { $0 == [1, 4].map { .seconds($0) } }
            tree.clock.advance(by: .seconds(1))
            #expect(await tree.ending == "stopped")
            #expect(tree.runtime.now == .seconds(2))
            #expect(tree.children(with: "abandoned") == ["child.1"])
            tree.clock.advance(by: .seconds(3))
        }
    }

    @Test("C40: dynamic: a child that hides from its supervisor cannot hang it: neither a termination nor the stop")
    func dynamicHidingChild() async throws {
        try await TestDynamicTree { $0.template(shutdown: .timeout(.seconds(1))) }.run { tree, dynamic async throws in
            let children = try await dynamic.start(3, .init(stop: .ignores))
            async let terminated: Void = dynamic.terminateChild(children[0])
            await tree.clock.sleepers { $0 == [.seconds(1)] }
            tree.clock.advance(by: .seconds(1))
            try await terminated
            #expect(try await tree.states == ["child.2 running", "child.3 running"])
            dynamic.stop()
            await tree.children.journal.contains("stop child.3")
            await tree.clock.sleepers { $0 == [.seconds(1)] }
            tree.clock.advance(by: .seconds(1))
            #expect(await tree.ending == "stopped")
            #expect(tree.children(with: "abandoned") == ["child.1", "child.3", "child.2"])
        }
    }
}
