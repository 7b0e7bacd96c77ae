import Supervision
import Testing

@Suite("What a restart is charged to", .timeLimit(.minutes(1)))
struct ChargingTests {
    /// Pays for its own faults, but not for `input`.
    private func isCharged(_ reason: ExitReason) -> Bool { "\(reason)" != "input" }

    private let input = ExitReason.error(Crash("input"))

    @Test("a restart after a reason that is not charged costs nothing; one that is charged does")
    func uncharged() async throws {
        try await TestTree(budget: RestartBudget(restarts: 1)) {
            [$0.child("a", isCharged: isCharged)]
        }.run { tree in
            for count in 1...10 {
                try await tree.end("a", with: input)
                #expect(try await tree.info("a").restarts == count)
            }
            try await tree.end("a")
            try await tree.end("a", with: input)
            #expect(try await tree.states == ["a running"])
            try await tree.end("a")
            #expect(await tree.ending == "gave up: a, crash")
        }
    }

    @Test("what a child was told to exit with is what its restart is judged by")
    func exitIsJudged() async throws {
        try await TestTree(budget: RestartBudget(restarts: 0)) {
            [$0.child("a", isCharged: isCharged)]
        }.run { tree in
            await tree.exited(try await tree.supervisor.exit("a", with: Crash("input")))
            #expect(try await tree.states == ["a running"])
            try await tree.supervisor.exit("a", with: Crash("own fault"))
            #expect(await tree.ending == "gave up: a, own fault")
        }
    }

    @Test("a child that cannot be started again burns the budget, even when it charges nothing")
    func failedStartsAreCharged() async throws {
        try await TestTree(budget: RestartBudget(restarts: 2)) {
            [$0.child("a", isCharged: { _ in false }, starts: [.succeeds, .fails])]
        }.run { tree in
            try await tree.end("a")
            #expect(await tree.ending == "gave up: a, cannot start")
            #expect(tree.children(with: "restart_failed").count == 3)
        }
    }

    @Test("what is not restarted is not charged")
    func onlyRestartsAreCharged() async throws {
        try await TestTree(budget: RestartBudget(restarts: 0)) { children in
            (1...3).map { children.child(ChildID("\($0)"), restart: .temporary) } + [
                children.child("a", restart: .transient)
            ]
        }.run { tree in
            for id in ["1", "2", "3"] as [ChildID] { try await tree.end(id) }
            try await tree.end("a", with: .normal)
            #expect(try await tree.states == ["a stopped"])
        }
    }

    @Test("the restart of a group is charged once", arguments: ConformanceTests.groupStrategies)
    func groupIsChargedOnce(strategy: Supervisor.Strategy) async throws {
        try await TestTree(strategy, budget: RestartBudget(restarts: 1)) {
            [$0.child("a"), $0.child("b"), $0.child("c")]
        }.run { tree in
            try await tree.end("a")
            #expect(try await tree.counts == [3, 3, 0, 3])
            try await tree.end("a")
            #expect(await tree.ending == "gave up: a, crash")
        }
    }
}
