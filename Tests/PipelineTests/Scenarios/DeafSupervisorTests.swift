import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("While a direct supervisor is waited for")
struct DeafSupervisorTests {
    /// A tree of three direct supervisors, of which the third has a child that does not hear that it is to stop.
    private static func tree(_ deaf: Gate) throws -> VirtualTree {
        let clock = ManualClock()
        let tree = VirtualTree(
            [FeedSource("a", count: 400)], clock: clock,
            handler: DirectedHandler { _, _ in
                try await clock.sleep(for: .milliseconds(200))
                return .done
            })
        try tree.application.scale(to: 3)
        #expect(tree.advance(atMost: .seconds(5)) { numbers(tree) == [1, 2, 3] })
        let third = try #require(tree.application.pool.members[2].supervisor)
        let started = tree.begin {
            try await third.startChild(
                ChildSpecification(id: "deaf", shutdown: .timeout(.seconds(3600))) { _ in await deaf.passStubbornly() })
        }
        #expect(tree.advance(atMost: .seconds(1)) { started.value != nil })
        return tree
    }

    private static func numbers(_ tree: VirtualTree) -> [Int] {
        tree.application.pool.members.filter { $0.table != nil && !$0.isStopping }.map(\.number)
    }

    @Test("because it is to go, the others are dealt to, and the pool grows and shrinks")
    func removed() throws {
        let deaf = Gate()
        let tree = try Self.tree(deaf)
        try tree.application.scale(to: 2)
        #expect(tree.advance(atMost: .seconds(5)) { Self.numbers(tree) == [1, 2] })
        let before = tree.messages.processed
        tree.advance(by: .seconds(4))
        // Four workers, five messages a second each.
        #expect(tree.messages.processed >= before + 75)
        try tree.application.scale(to: 4)
        #expect(tree.advance(atMost: .seconds(2)) { Self.numbers(tree) == [1, 2, 4, 5] })
        try tree.application.scale(to: 2)
        #expect(tree.advance(atMost: .seconds(2)) { Self.numbers(tree) == [1, 2] })
        #expect(tree.application.pool.members.map(\.number) == [1, 2, 3])
        deaf.open()
        #expect(tree.advance(atMost: .seconds(2)) { tree.application.pool.members.map(\.number) == [1, 2] })
        #expect(tree.finish() == 0)
    }

    @Test("because main_supervisor is busy with it, the others are dealt to")
    func terminated() throws {
        let deaf = Gate()
        let tree = try Self.tree(deaf)
        let main = try #require(tree.application.pool.supervisor)
        // Somebody else asks for it, so that main_supervisor itself waits.
        _ = tree.begin { try await main.terminateChild(Pool.id(3)) }
        tree.advance(by: .milliseconds(500))
        try tree.application.scale(to: 5)
        let before = tree.messages.processed
        tree.advance(by: .seconds(4))
        #expect(tree.messages.processed >= before + 75)
        deaf.open()
        #expect(tree.advance(atMost: .seconds(5)) { Self.numbers(tree).count >= 4 })
        tree.application.stop()
        #expect(tree.advance(atMost: .seconds(60)) { tree.ending != nil })
    }

    @Test("because it crashed, the others are dealt to, and the pool grows")
    func replaced() throws {
        let deaf = Gate()
        let tree = try Self.tree(deaf)
        let main = try #require(tree.application.pool.supervisor)
        _ = tree.begin { try await main.exit(Pool.id(3), with: InjectedCrash()) }
        tree.advance(by: .milliseconds(500))
        let before = tree.messages.processed
        try tree.application.scale(to: 4)
        #expect(tree.advance(atMost: .seconds(2)) { Self.numbers(tree).contains(4) })
        tree.advance(by: .seconds(2))
        #expect(tree.messages.processed >= before + 40)
        deaf.open()
        #expect(tree.advance(atMost: .seconds(2)) { Self.numbers(tree) == [1, 2, 3, 4] })
        #expect(tree.finish() == 0)
    }
}

private struct InjectedCrash: Error {}
