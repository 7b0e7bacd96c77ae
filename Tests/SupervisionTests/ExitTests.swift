import Supervision
import TestKit
import Testing

@Suite("Telling a child to exit", .timeLimit(.minutes(1)))
struct ExitTests {
    @Test("a child that is told to exit ends with the error that was given, and is restarted")
    func exit() async throws {
        try await TestTree { [$0.child("a")] }.run { tree in
            let first = try await tree.incarnation("a")
            #expect(try await tree.supervisor.exit("a", with: Crash("told")) == first)
            await tree.exited(first)
            #expect(tree.exits(of: "a") == ["told"])
            let info = try await tree.info("a")
            #expect(info.incarnation != first)
            #expect(info.restarts == 1)
            #expect(tree.history == ["start a", "stop a", "start a"])
        }
    }

    @Test("its end is an error to the restart decision: a transient child comes back, a temporary one goes")
    func decision() async throws {
        try await TestTree {
            [$0.child("a", restart: .transient), $0.child("b", restart: .temporary)]
        }.run { tree in
            await tree.exited(try await tree.supervisor.exit("a", with: Crash()))
            await tree.exited(try await tree.supervisor.exit("b", with: Crash()))
            #expect(try await tree.states == ["a running"])
        }
    }

    @Test("one that does not go within its budget is abandoned and replaced; the supervisor answers meanwhile")
    func abandoned() async throws {
        try await TestTree { [$0.child("a", shutdown: .timeout(.seconds(2)), stop: .ignores)] }.run { tree in
            let first = try await tree.supervisor.exit("a", with: Crash("told"))
            await tree.children.journal.contains("stop a")
            await tree.clock.sleepers { $0 == [.seconds(2)] }
            #expect(try await tree.states == ["a running"])
            #expect(try await tree.incarnation("a") == first)

            tree.clock.advance(by: .seconds(2))
            await tree.exited(first)
            let second = try await tree.incarnation("a")
            #expect(second != first)
            #expect(tree.exits(of: "a") == ["told"])
            #expect(
                tree.events.entries.map(\.kind.name) == ["started", "abandoned", "exited", "restarting", "restarted"])

            tree.children.release()
            await tree.events.contains { $0.kind.name == "abandoned_ended" && $0.incarnation == first }
            #expect(try await tree.info("a").incarnation == second)
            #expect(try await tree.info("a").restarts == 1)
        }
    }

    @Test("a brutal one is abandoned at once")
    func brutal() async throws {
        try await TestTree { [$0.child("a", shutdown: .brutalKill, stop: .ignores)] }.run { tree in
            await tree.exited(try await tree.supervisor.exit("a", with: Crash("told")))
            #expect(tree.children(with: "abandoned") == ["a"])
            #expect(tree.runtime.now == .zero)
        }
    }

    @Test("one with an unlimited budget is waited for")
    func unlimited() async throws {
        try await TestTree { [$0.child("a", kind: .supervisor, stop: .ignores)] }.run { tree in
            let first = try await tree.supervisor.exit("a", with: Crash("told"))
            await tree.children.journal.contains("stop a")
            tree.clock.advance(by: .seconds(86_400))
            #expect(try await tree.states == ["a running"])
            tree.children.release()
            await tree.exited(first)
            #expect(tree.exits(of: "a") == ["told"])
            #expect(tree.children(with: "abandoned") == [])
        }
    }

    @Test("asking again gives it no more time, and does not change the reason")
    func twice() async throws {
        try await TestTree { [$0.child("a", shutdown: .timeout(.seconds(5)), stop: .ignores)] }.run { tree in
            let first = try await tree.supervisor.exit("a", with: Crash("first"))
            await tree.clock.sleepers { $0 == [.seconds(5)] }
            tree.clock.advance(by: .seconds(3))
            #expect(try await tree.supervisor.exit("a", with: Crash("second")) == first)
            tree.clock.advance(by: .seconds(2))
            await tree.exited(first)
            #expect(tree.exits(of: "a") == ["first"])
        }
    }

    @Test("an incarnation that has gone is not found, and the one that lives now is left alone")
    func staleIncarnation() async throws {
        try await TestTree { [$0.child("a")] }.run { tree in
            let first = try await tree.incarnation("a")
            try await tree.end("a")
            let second = try await tree.incarnation("a")
            await expect(failing: .notFound("a")) {
                try await tree.supervisor.exit("a", incarnation: first, with: Crash())
            }
            #expect(try await tree.incarnation("a") == second)
            #expect(try await tree.supervisor.exit("a", incarnation: second, with: Crash("told")) == second)
            await tree.exited(second)
            #expect(tree.exits(of: "a") == ["crash", "told"])
        }
    }

    @Test("a child that is stopped is not found")
    func stopped() async throws {
        try await TestTree { [$0.child("a")] }.run { tree in
            try await tree.supervisor.terminateChild("a")
            await expect(failing: .notFound("a")) { try await tree.supervisor.exit("a", with: Crash()) }
        }
    }

    @Test("one that is terminated before it went is not restarted, and has its budget for that")
    func terminatedMeanwhile() async throws {
        try await TestTree { [$0.child("a", shutdown: .timeout(.seconds(5)), stop: .ignores)] }.run { tree in
            try await tree.supervisor.exit("a", with: Crash("told"))
            await tree.clock.sleepers { $0 == [.seconds(5)] }
            tree.clock.advance(by: .seconds(3))
            async let terminated: Void = tree.supervisor.terminateChild("a")
            await tree.clock.sleepers { $0 == [.seconds(5)] }
            tree.clock.advance(by: .seconds(5))
            try await terminated
            #expect(try await tree.states == ["a stopped"])
            #expect(tree.events.entries.map(\.kind.name) == ["started", "abandoned"])
            tree.children.release()
            await tree.events.contains { $0.kind.name == "abandoned_ended" }
            #expect(try await tree.states == ["a stopped"])
        }
    }
}
