import Supervision
import Testing

@Suite("Groups", .timeLimit(.minutes(1)))
struct GroupTests {
    @Test(
        "children that were stopped come back with their group, as in OTP", arguments: ConformanceTests.groupStrategies)
    func stoppedSiblingsComeBack(strategy: Supervisor.Strategy) async throws {
        try await TestTree(strategy) {
            [
                $0.child("a"), $0.child("terminated"), $0.child("ended", restart: .transient),
                $0.child("declined", starts: [.declines, .succeeds]),
            ]
        }.run { tree in
            try await tree.supervisor.terminateChild("terminated")
            try await tree.end("ended", with: .normal)
            #expect(try await tree.states == ["a running", "terminated stopped", "ended stopped", "declined stopped"])
            try await tree.end("a")
            #expect(try await tree.states == ["a running", "terminated running", "ended running", "declined running"])
        }
    }

    @Test("while one of a group is restarting, those after it are stopped, and its retry takes them along")
    func restWaits() async throws {
        try await TestTree(.oneForAll) { [$0.child("a"), $0.child("b"), $0.child("c")] }.run { tree in
            tree.children.script("b", starts: [.fails])
            try await tree.end("c")
            #expect(try await tree.states == ["a running", "b restarting", "c stopped"])
            tree.children.script("b", starts: [.succeeds])
            await tree.children.journal.contains("start c", times: 2)
            #expect(try await tree.states == ["a running", "b running", "c running"])
        }
    }

    @Test(
        "a group whose retry was called off can be put back to work by hand",
        arguments: ConformanceTests.groupStrategies)
    func retryCalledOff(strategy: Supervisor.Strategy) async throws {
        try await TestTree(strategy) { [$0.child("a"), $0.child("b"), $0.child("c")] }.run { tree in
            tree.children.script("b", starts: [.fails])
            try await tree.end("a")
            #expect(try await tree.states == ["a running", "b restarting", "c stopped"])
            try await tree.supervisor.terminateChild("b")
            try await tree.supervisor.restartChild("c")
            tree.children.script("b", starts: [.succeeds])
            try await tree.supervisor.restartChild("b")
            #expect(try await tree.states == ["a running", "b running", "c running"])
        }
    }

    @Test("a child that crashes while its group is being stopped is restarted once, with the group")
    func crashDuringGroupStop() async throws {
        try await TestTree(.oneForAll, budget: RestartBudget(restarts: 1)) {
            [$0.child("a", stop: .ends(.crash)), $0.child("b")]
        }.run { tree in
            try await tree.end("b")
            #expect(try await tree.counts == [2, 2, 0, 2])
            #expect(tree.exits(of: "a") == ["crash"])
            #expect(tree.history == ["start a", "start b", "stop a", "start a", "start b"])
        }
    }
}
