import Supervision
import TestKit
import Testing

// MARK: - Restarts, one child at a time

extension ConformanceTests {
    static let reasons: [ExitReason] = [.normal, .shutdown, .crash]

    @Test("C22: a permanent child is always restarted, after normal, shutdown and error")
    func permanentChild() async throws {
        try await TestTree(budget: RestartBudget(restarts: 3)) { [$0.child("a")] }.run { tree in
            for (count, reason) in Self.reasons.enumerated() {
                let before = try await tree.incarnation("a")
                try await tree.end("a", with: reason)
                let after = try await tree.info("a")
                #expect(after.state == .running)
                #expect(after.incarnation != before)
                #expect(after.restarts == count + 1)
            }
            #expect(tree.exits(of: "a") == ["normal", "shutdown", "crash"])
        }
    }

    @Test(
        "C23: a transient child that ends with normal or shutdown is not restarted, but can be",
        arguments: ["normal", "shutdown"])
    func transientChildEnds(reason: String) async throws {
        try await TestTree(budget: RestartBudget(restarts: 0)) {
            [$0.child("a", restart: .transient)]
        }.run { tree in
            let before = try await tree.incarnation("a")
            try await tree.end("a", with: reason == "normal" ? .normal : .shutdown)
            #expect(try await tree.counts == [1, 0, 0, 1])
            #expect(try await tree.states == ["a stopped"])
            #expect(tree.exits(of: "a") == [reason])
            #expect(try await tree.supervisor.restartChild("a") != before)
            #expect(try await tree.counts == [1, 1, 0, 1])
        }
    }

    @Test("C24: a transient child that ends with an error is restarted")
    func transientChildCrashes() async throws {
        try await TestTree(budget: RestartBudget(restarts: 1)) {
            [$0.child("a", restart: .transient)]
        }.run { tree in
            let before = try await tree.incarnation("a")
            try await tree.end("a")
            #expect(try await tree.incarnation("a") != before)
            #expect(try await tree.counts == [1, 1, 0, 1])
        }
    }

    @Test("C25: a temporary child is never restarted; its specification goes, and its id is free again")
    func temporaryChild() async throws {
        try await TestTree(budget: RestartBudget(restarts: 0)) {
            [$0.child("a", restart: .temporary)]
        }.run { tree in
            for reason in Self.reasons {
                try await tree.end("a", with: reason)
                #expect(try await tree.counts == [0, 0, 0, 0])
                await expect(failing: .notFound("a")) { try await tree.supervisor.restartChild("a") }
                try await tree.supervisor.startChild(tree.children.child("a", restart: .temporary))
            }
            #expect(try await tree.counts == [1, 1, 0, 1])
            #expect(tree.children(with: "restarted") == [])
        }
    }

    @Test("C28: with an intensity of 1 in 1 s a crash each 2.1 s is survived, four times")
    func slowCrashes() async throws {
        try await TestTree(budget: RestartBudget(restarts: 1, within: .seconds(1))) {
            [$0.child("a")]
        }.run { tree in
            for count in 1...4 {
                tree.clock.advance(by: .milliseconds(2_100))
                try await tree.end("a")
                #expect(try await tree.info("a").restarts == count)
            }
        }
    }

    @Test(
        "C29: one_for_one replaces only the crashed child; with an intensity of 2 the third crash ends the supervisor")
    func oneForOne() async throws {
        try await TestTree(.oneForOne, budget: RestartBudget(restarts: 2)) {
            [$0.child("a"), $0.child("b")]
        }.run { tree in
            let (a, b) = (try await tree.incarnation("a"), try await tree.incarnation("b"))
            try await tree.end("a")
            #expect(try await tree.incarnation("a") != a)
            #expect(try await tree.incarnation("b") == b)
            try await tree.end("a")
            #expect(try await tree.counts == [2, 2, 0, 2])
            try await tree.end("a")
            #expect(await tree.ending == "gave up: a, crash")
            #expect(tree.exits(of: "b") == ["shutdown"])
            #expect(tree.children(with: "gave_up") == ["a"])
        }
    }

    @Test(
        "C30: one_for_one: a child that cannot be restarted burns the intensity; its healthy sibling ends too",
        arguments: [0, 1, 3])
    func oneForOneEscalation(intensity: Int) async throws {
        try await TestTree(.oneForOne, budget: RestartBudget(restarts: intensity)) {
            [$0.child("a"), $0.child("b", starts: [.succeeds, .fails])]
        }.run { tree in
            try await tree.end("b")
            #expect(await tree.ending == (intensity == 0 ? "gave up: b, crash" : "gave up: b, cannot start"))
            #expect(tree.children(with: "restart_failed").count == intensity)
            #expect(tree.exits(of: "a") == ["shutdown"])
        }
    }

    @Test("C58: a retry that succeeds at the second try within the budget is survived; otherwise the supervisor ends")
    func retry() async throws {
        for intensity in [2, 1] {
            try await TestTree(budget: RestartBudget(restarts: intensity)) {
                [$0.child("a", starts: [.succeeds, .fails, .succeeds])]
            }.run { tree in
                try await tree.end("a")
                if intensity == 2 {
                    await tree.children.journal.contains("start a", times: 2)
                    #expect(try await tree.info("a").state == .running)
                    #expect(try await tree.info("a").restarts == 1)
                } else {
                    #expect(await tree.ending == "gave up: a, cannot start")
                }
            }
        }
    }
}
