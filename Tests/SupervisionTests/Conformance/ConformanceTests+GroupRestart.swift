import Supervision
import Testing

// MARK: - Restarts of a group

extension ConformanceTests {
    static let groupStrategies: [Supervisor.Strategy] = [.oneForAll, .restForOne]

    @Test(
        "C26: a temporary sibling that a group restart stopped does not come back, and the supervisor lives",
        arguments: groupStrategies)
    func temporarySibling(strategy: Supervisor.Strategy) async throws {
        try await TestTree(strategy) {
            [$0.child("a"), $0.child("b", restart: .temporary), $0.child("c")]
        }.run { tree in
            try await tree.end("a")
            #expect(try await tree.states == ["a running", "c running"])
            #expect(tree.exits(of: "b") == ["shutdown"])
        }
    }

    @Test("C31: one_for_all stops the sibling, and both are new; the third crash ends the supervisor")
    func oneForAll() async throws {
        try await TestTree(.oneForAll, budget: RestartBudget(restarts: 2)) {
            [$0.child("a"), $0.child("b")]
        }.run { tree in
            let (a, b) = (try await tree.incarnation("a"), try await tree.incarnation("b"))
            try await tree.end("b")
            #expect(try await tree.incarnation("a") != a)
            #expect(try await tree.incarnation("b") != b)
            #expect(tree.history == ["start a", "start b", "stop a", "start a", "start b"])
            #expect(tree.exits(of: "a") == ["shutdown"])
            try await tree.end("a")
            try await tree.end("b")
            #expect(await tree.ending == "gave up: b, crash")
        }
    }

    @Test(
        "C32, C35: a group with a child that cannot be restarted burns the intensity; all end",
        arguments: groupStrategies)
    func groupEscalation(strategy: Supervisor.Strategy) async throws {
        try await TestTree(strategy, budget: RestartBudget(restarts: 3)) {
            [$0.child("a"), $0.child("b", starts: [.succeeds, .fails])]
        }.run { tree in
            try await tree.end("b")
            #expect(await tree.ending == "gave up: b, cannot start")
            #expect(tree.children(with: "restart_failed") == ["b", "b", "b"])
            #expect(tree.exits(of: "a").last == "shutdown")
        }
    }

    @Test(
        "C33: one_for_all: when b fails in the group restart, a, just restarted, is stopped, and both are tried again")
    func oneForAllFailsMidway() async throws {
        try await TestTree(.oneForAll) {
            [$0.child("a"), $0.child("b", starts: [.succeeds, .fails, .succeeds])]
        }.run { tree in
            try await tree.end("a")
            await tree.children.journal.contains("start b", times: 2)
            #expect(
                tree.history == [
                    "start a", "start b", "stop b", "start a", "fail b", "stop a", "start a", "start b",
                ])
            #expect(try await tree.states == ["a running", "b running"])
            #expect(tree.exits(of: "a") == ["crash", "shutdown"])
        }
    }

    @Test("C34: rest_for_one: earlier children keep their incarnation, later ones are replaced")
    func restForOne() async throws {
        try await TestTree(.restForOne) { [$0.child("a"), $0.child("b"), $0.child("c")] }.run { tree in
            let before = try await tree.supervisor.whichChildren().map(\.incarnation)
            try await tree.end("b")
            let after = try await tree.supervisor.whichChildren().map(\.incarnation)
            #expect(zip(before, after).map { $0 == $1 } == [true, false, false])
            #expect(tree.history == ["start a", "start b", "start c", "stop c", "start b", "start c"])
        }
    }

    @Test("C36: rest_for_one: only the one that failed is retried; the one before it is not started a second time")
    func restForOneFailsMidway() async throws {
        try await TestTree(.restForOne) {
            [$0.child("a"), $0.child("b"), $0.child("c", starts: [.succeeds, .fails, .succeeds]), $0.child("d")]
        }.run { tree in
            try await tree.end("b")
            await tree.children.journal.contains("start d", times: 2)
            #expect(
                tree.history == [
                    "start a", "start b", "start c", "start d",
                    "stop d", "stop c", "start b", "fail c", "start c", "start d",
                ])
            #expect(try await tree.counts == [4, 4, 0, 4])
        }
    }

    @Test("C54: deaths that a sibling caused never trigger auto_shutdown", arguments: Supervisor.Strategy.allCases)
    func deathsBySiblings(strategy: Supervisor.Strategy) async throws {
        for autoShutdown in [Supervisor.AutoShutdown.anySignificant, .allSignificant] {
            for restart in [RestartType.transient, .temporary] {
                try await TestTree(strategy, autoShutdown: autoShutdown) {
                    [
                        $0.child("a"), $0.child("b", restart: restart, isSignificant: true),
                        $0.child("c", restart: restart, isSignificant: true),
                    ]
                }.run { tree in
                    try await tree.end("a")
                    let survivors = strategy == .oneForOne || restart == .transient ? 3 : 1
                    #expect(try await tree.counts == [survivors, survivors, 0, survivors])
                }
            }
        }
    }
}
