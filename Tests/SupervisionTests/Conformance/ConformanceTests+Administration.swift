import Supervision
import Testing

// MARK: - Administration and validation

extension ConformanceTests {
    @Test("C18: the whole administrative life of a child, with the counts at each step")
    func administrativeLife() async throws {
        try await TestTree { _ in [] }.run { tree in
            let supervisor = tree.supervisor
            let child = tree.children.child("a", kind: .supervisor)
            #expect(try await tree.counts == [0, 0, 0, 0])

            let first = try await supervisor.startChild(child)
            #expect(try await tree.counts == [1, 1, 1, 0])
            await expect(failing: .alreadyStarted("a")) { try await supervisor.startChild(child) }
            await expect(failing: .running("a")) { try await supervisor.restartChild("a") }
            await expect(failing: .running("a")) { try await supervisor.deleteChild("a") }
            #expect(try await tree.incarnation("a") == first)

            try await supervisor.terminateChild("a")
            #expect(try await tree.counts == [1, 0, 1, 0])
            try await supervisor.terminateChild("a")
            await expect(failing: .alreadyPresent("a")) { try await supervisor.startChild(child) }

            let second = try await supervisor.restartChild("a")
            #expect(second != first)
            #expect(try await tree.counts == [1, 1, 1, 0])

            try await supervisor.terminateChild("a")
            try await supervisor.deleteChild("a")
            #expect(try await tree.counts == [0, 0, 0, 0])
            await expect(failing: .notFound("a")) { try await supervisor.deleteChild("a") }
            await expect(failing: .notFound("a")) { try await supervisor.terminateChild("a") }
            await expect(failing: .notFound("a")) { try await supervisor.restartChild("a") }

            try await supervisor.startChild(child)
            #expect(try await tree.counts == [1, 1, 1, 0])
            #expect(tree.exits(of: "a") == ["shutdown", "shutdown"])
        }
    }

    @Test("C18: a temporary child that is terminated goes with its specification")
    func terminatedTemporaryChild() async throws {
        try await TestTree { [$0.child("a", restart: .temporary)] }.run { tree in
            try await tree.supervisor.terminateChild("a")
            #expect(try await tree.counts == [0, 0, 0, 0])
            await expect(failing: .notFound("a")) { try await tree.supervisor.deleteChild("a") }
        }
    }

    static let invalidChildren: [(ChildSpecification, InvalidSpecification)] = [
        (ChildSpecification(id: "") { _ in }, .emptyID),
        (
            ChildSpecification(id: "a", shutdown: .timeout(.seconds(-1))) { _ in },
            .negativeShutdown("a", .seconds(-1))
        ),
        (ChildSpecification(id: "a", isSignificant: true) { _ in }, .significantPermanent("a")),
        (
            ChildSpecification(id: "a", restart: .transient, isSignificant: true) { _ in },
            .significantWithoutAutoShutdown("a")
        ),
    ]

    @Test(
        "C20: each bad field of a child has an error of its own, at the start and for start_child; nothing is started")
    func badChildren() async throws {
        for (child, error) in Self.invalidChildren {
            try await TestTree { [$0.child("first"), child] }.run { tree in
                #expect(await tree.ending == "start failed: \(child.id), \(error)")
                #expect(tree.history == [])
            }
            try await TestTree { [$0.child("first")] }.run { tree async throws in
                await expect(failing: .invalid(error)) { try await tree.supervisor.startChild(child) }
                #expect(try await tree.states == ["first running"])
            }
        }
    }

    @Test("C20: duplicate ids are refused, and nothing is started")
    func duplicateIDs() async throws {
        try await TestTree { [$0.child("a"), $0.child("b"), $0.child("a")] }.run { tree in
            #expect(await tree.ending == "start failed: a, \(InvalidSpecification.duplicateID("a"))")
            #expect(tree.history == [])
        }
    }

    static let badBudgets: [(RestartBudget, InvalidSpecification)] = [
        (RestartBudget(restarts: -1), .negativeRestarts(-1)),
        (RestartBudget(restarts: .max), .unlimitedRestarts(.max)),
        (RestartBudget(restarts: RestartBudget.maximumRestarts + 1), .unlimitedRestarts(1_000_001)),
        (RestartBudget(within: .zero), .periodNotPositive(.zero)),
        (RestartBudget(within: .seconds(-1)), .periodNotPositive(.seconds(-1))),
    ]

    // A strategy that there is not is for the compiler to refuse.
    @Test(
        "C20, C21: a negative or unlimited intensity and a period of 0 are refused, at the start and in a reload",
        arguments: badBudgets)
    func badBudgets(budget: RestartBudget, error: InvalidSpecification) async throws {
        try await TestTree(budget: budget) { [$0.child("a")] }.run { tree in
            #expect(await tree.ending == "start failed: tree, \(error)")
            #expect(tree.history == [])
        }
        try await TestTree { [$0.child("a")] }.run { tree async throws in
            await expect(failing: .invalid(error)) {
                try await tree.supervisor.reload(options: Supervisor.Options(budget: budget), children: [])
            }
            #expect(try await tree.states == ["a running"])
        }
    }

    @Test("C20: all legal combinations pass")
    func legalCombinations() throws {
        for autoShutdown in Supervisor.AutoShutdown.allCases {
            for restart in RestartType.allCases {
                for shutdown in [ShutdownBudget.brutalKill, .timeout(.zero), .timeout(.seconds(1)), .infinity] {
                    for kind in [ChildKind.worker, .supervisor] {
                        for isSignificant in [false, restart != .permanent && autoShutdown != .never] {
                            let child = ChildSpecification(
                                id: "a", restart: restart, shutdown: shutdown, kind: kind, isSignificant: isSignificant
                            ) { _ in }
                            try child.validate(under: autoShutdown)
                        }
                    }
                }
            }
        }
        try RestartBudget(restarts: 0, within: .nanoseconds(1)).validate()
        try RestartBudget(restarts: RestartBudget.maximumRestarts).validate()
    }

    @Test("C44: while 2 of 3 cannot be restarted the counts are 3, 1, 0, 3; afterwards 3, 3, 0, 3")
    func countsWhileRestarting() async throws {
        try await TestTree { [$0.child("a"), $0.child("b"), $0.child("c")] }.run { tree in
            for id in ["b", "c"] as [ChildID] {
                tree.children.script(id, starts: [.fails])
                try await tree.end(id)
            }
            #expect(try await tree.counts == [3, 1, 0, 3])
            #expect(try await tree.states == ["a running", "b restarting", "c restarting"])
            for id in ["b", "c"] as [ChildID] {
                tree.children.script(id, starts: [.succeeds])
                await tree.children.journal.contains("start \(id)", times: 2)
            }
            #expect(try await tree.counts == [3, 3, 0, 3])
        }
    }

    @Test(
        "C47: a child that is restarting is already_present; restart and delete say restarting; terminate works at once"
    )
    func administrationWhileRestarting() async throws {
        try await TestTree { [$0.child("a", starts: [.succeeds, .fails]), $0.child("b")] }.run { tree in
            let supervisor = tree.supervisor
            try await tree.end("a")
            await expect(failing: .alreadyPresent("a")) {
                try await supervisor.startChild(ChildSpecification(id: "a") { _ in })
            }
            await expect(failing: .restarting("a")) { try await supervisor.restartChild("a") }
            await expect(failing: .restarting("a")) { try await supervisor.deleteChild("a") }
            await expect(failing: .notFound("a")) { try await supervisor.exit("a", with: Crash()) }
            try await supervisor.terminateChild("a")
            #expect(try await tree.states == ["a stopped", "b running"])
            let failures = tree.children(with: "restart_failed").count
            #expect(try await tree.states == ["a stopped", "b running"])
            #expect(tree.children(with: "restart_failed").count == failures, "the retry was called off")
            try await supervisor.deleteChild("a")
        }
    }

    @Test("C47: the supervisor stops at once while a child is restarting")
    func stopWhileRestarting() async throws {
        try await TestTree { [$0.child("a", starts: [.succeeds, .fails]), $0.child("b")] }.run { tree in
            try await tree.end("a")
            tree.supervisor.stop()
            #expect(await tree.ending == "stopped")
            #expect(tree.exits(of: "b") == ["shutdown"])
        }
    }
}
