import Supervision
import TestKit
import Testing

@Suite("Stopping in parallel", .timeLimit(.minutes(1)))
struct ParallelStopTests {
    @Test("all are asked at once, and their budgets run together: three that hang cost one timeout")
    func oneTimer() async throws {
        try await TestTree(stopOrder: .parallel) { children in
            ["a", "b", "c"].map { children.child($0, shutdown: .timeout(.seconds(2)), stop: .ignores) }
        }.run { tree in
            tree.supervisor.stop()
            for id in ["a", "b", "c"] { await tree.children.journal.contains("stop \(id)") }
            await tree.clock.sleepers { $0 == [.seconds(2)] }
            tree.clock.advance(by: .seconds(2))
            #expect(await tree.ending == "stopped")
            #expect(tree.runtime.now == .seconds(2))
            #expect(tree.children(with: "abandoned") == ["c", "b", "a"])
        }
    }

    @Test("children that need 1 s, 1 s and 5 s with a timeout of 2 s: two go, one is abandoned, after 2 s in all")
    func mixed() async throws {
        try await TestTree(stopOrder: .parallel) { children in
            [("slow", 5), ("b", 1), ("c", 1)].map {
                children.child($0, shutdown: .timeout(.seconds(2)), stop: .takes(.seconds($1)))
            }
        }.run { tree in
            tree.supervisor.stop()
            await tree.clock.sleepers { $0 == [1, 1, 2, 5].map { .seconds($0) } }
            tree.clock.advance(by: .seconds(1))
            await tree.events.contains(2) { $0.kind.name == "exited" }
            #expect(tree.children(with: "exited") == ["c", "b"])
            await tree.clock.sleepers { $0 == [1, 4].map { .seconds($0) } }
            tree.clock.advance(by: .seconds(1))
            #expect(await tree.ending == "stopped")
            #expect(tree.children(with: "abandoned") == ["slow"])
            #expect(tree.runtime.now == .seconds(2))
            tree.clock.advance(by: .seconds(3))
        }
    }

    @Test("each keeps its own budget: a short one does not wait for a long one, nor cut it short")
    func ownBudgets() async throws {
        try await TestTree(stopOrder: .parallel) {
            [
                $0.child("brutal", shutdown: .brutalKill, stop: .ignores),
                $0.child("long", shutdown: .timeout(.seconds(5)), stop: .takes(.seconds(4))),
                $0.child("short", shutdown: .timeout(.seconds(1)), stop: .ignores),
            ]
        }.run { tree in
            tree.supervisor.stop()
            await tree.clock.sleepers { $0 == [1, 4, 5].map { .seconds($0) } }
            tree.clock.advance(by: .seconds(1))
            await tree.clock.sleepers { $0 == [3, 4].map { .seconds($0) } }
            await tree.events.contains(1) { $0.kind.name == "abandoned" }
            #expect(tree.children(with: "abandoned") == ["short"])
            tree.clock.advance(by: .seconds(3))
            #expect(await tree.ending == "stopped")
            #expect(tree.exits(of: "long") == ["shutdown"])
            #expect(tree.children(with: "abandoned") == ["short", "brutal"])
        }
    }

    @Test("in reverse order each has a timer of its own: three that hang cost three timeouts")
    func reverse() async throws {
        try await TestTree { children in
            ["a", "b", "c"].map { children.child($0, shutdown: .timeout(.seconds(2)), stop: .ignores) }
        }.run { tree in
            tree.supervisor.stop()
            for id in ["c", "b", "a"] {
                await tree.children.journal.contains("stop \(id)")
                await tree.clock.sleepers { $0 == [.seconds(2)] }
                tree.clock.advance(by: .seconds(2))
            }
            #expect(await tree.ending == "stopped")
            #expect(tree.runtime.now == .seconds(6))
        }
    }
}
