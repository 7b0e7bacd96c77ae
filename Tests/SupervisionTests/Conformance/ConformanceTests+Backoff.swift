import Locking
import Supervision
import TestKit
import Testing

// MARK: - Backoff

extension ConformanceTests {
    /// 1 s, 2 s, 4 s, 8 s; halved for each 10 s of life.
    static let backoff = RestartBackoff(
        initial: .seconds(1), maximum: .seconds(8), decay: .seconds(10), jitter: 0)

    /// Lets a child crash, and returns how long it has to wait.
    private func crash(_ id: ChildID = "a", in tree: RunningTree) async throws -> Duration {
        try await tree.end(id)
        // Whatever follows from the crash has been done when this is answered.
        #expect(try await tree.info(id).state == .restarting)
        guard case .restarting(_, let delay)? = tree.events.entries.last(where: { $0.child == id })?.kind else {
            throw Crash("no restart was announced")
        }
        return delay
    }

    /// Lets time pass until a restart is due, to the nanosecond.
    private func pass(_ delay: Duration, in tree: RunningTree) async throws {
        let restarts = tree.children(with: "restarted").count
        await tree.clock.sleepers { $0 == [delay] }
        tree.clock.advance(by: delay - .nanoseconds(1))
        await tree.clock.sleepers { $0 == [.nanoseconds(1)] }
        #expect(try await tree.states.contains { $0.hasSuffix("restarting") })
        tree.clock.advance(by: .nanoseconds(1))
        await tree.events.contains(restarts + 1) { $0.kind.name == "restarted" }
    }

    @Test("C62: backoff is off by default: a restart takes no time")
    func noBackoff() async throws {
        #expect(Supervisor.Options().backoff == nil)
        #expect(DynamicSupervisorOptions().backoff == nil)
        try await TestTree { [$0.child("a")] }.run { tree async throws in
            try await tree.end("a")
            #expect(try await tree.states == ["a running"])
            #expect(tree.runtime.now == .zero)
        }
    }

    @Test("C62: with backoff each restart waits twice as long as the one before, up to a maximum, to the nanosecond")
    func doubles() async throws {
        try await TestTree(backoff: Self.backoff) { [$0.child("a"), $0.child("b")] }.run { tree async throws in
            for seconds in [1, 2, 4, 8, 8] {
                let delay = try await crash(in: tree)
                #expect(delay == .seconds(seconds))
                try await pass(delay, in: tree)
            }
            #expect(try await tree.info("a").restarts == 5)
            #expect(try await crash("b", in: tree) == .seconds(1), "each child has a backoff of its own")
        }
    }

    @Test(
        "C62: backoff decays exactly by the test clock: each period of life halves it, a nanosecond less does not"
    )
    func decays() async throws {
        try await TestTree(backoff: Self.backoff) { [$0.child("a")] }.run { tree async throws in
            for (life, seconds) in [
                (Duration.zero, 1), (.zero, 2), (.zero, 4), (.seconds(10), 4), (.seconds(10) - .nanoseconds(1), 8),
                (.seconds(20), 2), (.seconds(20), 1), (.seconds(1_000_000), 1),
            ] {
                tree.clock.advance(by: life)
                let delay = try await crash(in: tree)
                #expect(delay == .seconds(seconds))
                try await pass(delay, in: tree)
            }
        }
    }

    @Test("C62: jitter takes off a random part of the wait, and no more than it may")
    func jitter() async throws {
        let chances = Locked([0, 0.5, 1, 0])
        var backoff = Self.backoff
        backoff.jitter = 0.5
        try await TestTree(
            backoff: backoff, chances: TestChances(random: { chances.withLock { $0.removeFirst() } })
        ) { [$0.child("a")] }.run { tree async throws in
            for expected in [Duration.seconds(1), .milliseconds(1_500), .seconds(2), .seconds(8)] {
                let delay = try await crash(in: tree)
                #expect(delay == expected)
                try await pass(delay, in: tree)
            }
        }
    }

    @Test("C62: a delayed retry is not counted twice against the intensity")
    func delayedRetry() async throws {
        let budget = RestartBudget(restarts: 3, within: .seconds(1_000))
        try await TestTree(budget: budget, backoff: Self.backoff) {
            [$0.child("a", starts: [.succeeds, .fails]), $0.child("b")]
        }.run { tree async throws in
            #expect(try await crash(in: tree) == .seconds(1))
            for (failures, seconds) in [1, 2, 4].enumerated() {
                await tree.clock.sleepers { $0 == [.seconds(seconds)] }
                #expect(tree.children(with: "restart_failed").count == failures)
                tree.clock.advance(by: .seconds(seconds))
            }
            #expect(await tree.ending == "gave up: a, cannot start")
            #expect(tree.children(with: "restarting") == ["a", "a", "a"])
            #expect(tree.events.entries.filter { $0.kind.name == "restarting" }.map(\.remainingRestarts) == [2, 1, 0])
            #expect(tree.runtime.now == .seconds(7))
            #expect(tree.exits(of: "b") == ["shutdown"])
        }
    }

    @Test("C62: while a restart waits the supervisor answers, and termination and stop work at once")
    func administrationDuringBackoff() async throws {
        try await TestTree(backoff: Self.backoff) { [$0.child("a"), $0.child("b")] }.run { tree async throws in
            let supervisor = tree.supervisor
            _ = try await crash(in: tree)
            await expect(failing: .alreadyPresent("a")) { try await supervisor.startChild(tree.children.child("a")) }
            await expect(failing: .restarting("a")) { try await supervisor.restartChild("a") }
            await expect(failing: .restarting("a")) { try await supervisor.deleteChild("a") }
            await tree.clock.sleepers { $0 == [.seconds(1)] }
            try await supervisor.terminateChild("a")
            await tree.clock.sleepers { $0 == [] }
            tree.clock.advance(by: .seconds(100))
            #expect(try await tree.states == ["a stopped", "b running"])

            try await supervisor.restartChild("a")
            _ = try await crash(in: tree)
            supervisor.stop()
            #expect(await tree.ending == "stopped")
            await tree.clock.sleepers { $0 == [] }
            #expect(tree.history.suffix(2) == ["start a", "stop b"])
        }
    }

    @Test("C62: a group waits as one: the others are stopped when it begins, and all start when it is over")
    func groupBackoff() async throws {
        for strategy in Self.groupStrategies {
            try await TestTree(strategy, backoff: Self.backoff) {
                [$0.child("a"), $0.child("temporary", restart: .temporary), $0.child("b")]
            }.run { tree async throws in
                let delay = try await crash(in: tree)
                #expect(try await tree.states == ["a restarting", "b stopped"])
                await tree.clock.sleepers { $0 == [delay] }
                tree.clock.advance(by: delay)
                await tree.children.journal.contains("start b", times: 2)
                #expect(try await tree.states == ["a running", "b running"])
                #expect(
                    tree.history == [
                        "start a", "start temporary", "start b", "stop b", "stop temporary", "start a", "start b",
                    ])
            }
        }
    }

    @Test("C62: rest_for_one: the restart of an earlier child takes along one that waits, once")
    func earlierChildTakesAlong() async throws {
        try await TestTree(.restForOne, backoff: Self.backoff) { [$0.child("a"), $0.child("b")] }.run {
            tree async throws in
            _ = try await crash("b", in: tree)
            await tree.clock.sleepers { $0 == [.seconds(1)] }
            tree.clock.advance(by: .milliseconds(500))
            _ = try await crash("a", in: tree)
            await tree.clock.sleepers { $0 == [.seconds(1)] }
            #expect(try await tree.states == ["a restarting", "b stopped"])
            tree.clock.advance(by: .seconds(1))
            await tree.children.journal.contains("start b", times: 2)
            tree.clock.advance(by: .seconds(10))
            #expect(try await tree.states == ["a running", "b running"])
            #expect(tree.history == ["start a", "start b", "start a", "start b"])
        }
    }

    @Test("C62: dynamic: each child has a backoff of its own, and one that waits counts against max_children")
    func dynamicBackoff() async throws {
        try await TestDynamicTree(backoff: Self.backoff, maximumChildren: 2).run { tree, dynamic async throws in
            _ = try await dynamic.start(2)
            #expect(try await crash("child.1", in: tree) == .seconds(1))
            #expect(try await tree.counts == [1, 1, 0, 2])
            await expect(failing: .maxChildren(2)) { try await dynamic.startChild(.init()) }
            try await pass(.seconds(1), in: tree)
            #expect(try await crash("child.1", in: tree) == .seconds(2))
            try await pass(.seconds(2), in: tree)
            #expect(try await crash("child.2", in: tree) == .seconds(1))
        }
    }

    @Test("C62: a hung child is reported and the stop still returns, also while another waits for its restart")
    func hungDuringBackoff() async throws {
        try await TestTree(backoff: Self.backoff) {
            [$0.child("a"), $0.child("hung", shutdown: .timeout(.milliseconds(300)), stop: .ignores)]
        }.run { tree async throws in
            _ = try await crash("a", in: tree)
            await tree.clock.sleepers { $0 == [.seconds(1)] }
            tree.supervisor.stop()
            await tree.clock.sleepers { $0.contains(.milliseconds(300)) }
            tree.clock.advance(by: .milliseconds(300))
            #expect(await tree.ending == "stopped")
            #expect(tree.children(with: "abandoned") == ["hung"])
            #expect(tree.runtime.abandonedChildren == 1)
            await tree.clock.sleepers { $0 == [] }
        }
    }

    @Test(
        "C62: a backoff that is none is refused",
        arguments: [
            (RestartBackoff(initial: .zero), InvalidSpecification.backoffNotPositive(.zero)),
            (
                RestartBackoff(initial: .seconds(2), maximum: .seconds(1)),
                .backoffMaximumBelowInitial(.seconds(1))
            ),
            (RestartBackoff(decay: .zero), .backoffDecayNotPositive(.zero)),
            (RestartBackoff(jitter: 1.5), .backoffJitterOutOfRange(1.5)),
            (RestartBackoff(jitter: -0.1), .backoffJitterOutOfRange(-0.1)),
        ])
    func badBackoff(backoff: RestartBackoff, error: InvalidSpecification) async throws {
        try await TestTree(backoff: backoff) { [$0.child("a")] }.run { tree async throws in
            #expect(await tree.ending == "start failed: tree, \(error)")
            #expect(tree.history == [])
        }
        #expect(throws: InvalidSpecification.self) { try RestartBackoff(jitter: .nan).validate() }
        try RestartBackoff().validate()
    }
}
