import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The history of crashes, of a living tree")
struct CrashHistoryTests {
    private struct Broken: Error, CustomStringConvertible {
        var description: String { "no such user" }
    }

    @Test("a handler that throws: the message's fault, not charged, and what becomes of the message with each attempt")
    func message() throws {
        let scene = CrashScene { data, _ in
            if data == "a:20" { throw Broken() }
            return .done
        }
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.deadLettered == 1 })
        scene.tree.settle()
        let crashes = scene.tree.application.crashes()
        #expect(crashes.map(\.id) == [1, 2, 3])
        #expect(crashes.allSatisfy { $0.cause == .message && !$0.isCharged && $0.action == .restarted })
        #expect(crashes.map { $0.message?.attempt } == [1, 2, 3])
        #expect(crashes.map { $0.message?.fate } == [.retried, .retried, .deadLettered])
        let first = try #require(crashes.first)
        #expect("\(first.reason)".contains("no such user") && first.supervisor.hasPrefix("direct_supervisor."))
        #expect(first.message?.stream == "a" && first.message?.eventID == "20" && first.message?.maxAttempts == 3)
        #expect(first.replacement.map { $0 > first.incarnation } == true && first.recovery == .zero)
        #expect(first.remainingRestarts == first.budget?.restarts)
        #expect(scene.tree.application.crash(numbered: 2)?.message?.attempt == 2)
        #expect(scene.tree.application.crash(numbered: 4)?.id == nil)
        #expect(scene.tree.finish() == 0)
    }

    @Test("a kill message: its own cause, and it is killed")
    func killMessage() throws {
        let feed = FeedSource("a", [#"{"message": panic}"#])
        let tree = VirtualTree([feed], handler: DirectedHandler())
        #expect(tree.advance(atMost: .seconds(5)) { tree.messages.killed == 1 })
        tree.settle()
        let crash = try #require(tree.application.crashes().first)
        #expect(crash.cause == .killMessage && crash.message?.fate == .killed && !crash.isCharged)
        #expect(tree.finish() == 0)
    }

    @Test("a worker over its timeout: the message's fault, by its own name")
    func timeout() throws {
        let gate = Gate()
        let scene = CrashScene { data, context in
            if data == "a:9", context.attempt == 1 { try await gate.pass() }
            return .done
        }
        #expect(scene.tree.advance(atMost: .seconds(20)) { scene.tree.application.crashes().first != nil })
        let crash = try #require(scene.tree.application.crashes().first)
        #expect(crash.cause == .timeout && !crash.isCharged && crash.message?.fate == .retried)
        gate.open()
        #expect(scene.tree.finish() == 0)
    }

    @Test("a worker crashed by an operator: charged, and its message is dealt again with the attempt it had")
    func injected() throws {
        let scene = CrashScene()
        try scene.crash(.worker("worker.1.1"))
        let crash = try #require(scene.tree.application.crashes().first)
        #expect(crash.cause == .injected && crash.isCharged && crash.child.name == "worker.1.1")
        #expect(crash.message?.fate == .dealtAgain && crash.message?.attempt == 1)
        #expect(crash.remainingRestarts == crash.budget.map { $0.restarts - 1 })
        scene.finish()
    }

    @Test("a part that is no worker has no message, and the budget of its own supervisor")
    func supervisor() throws {
        let scene = CrashScene()
        try scene.crash(.directSupervisor("direct_supervisor.1"))
        let crash = try #require(scene.tree.application.crashes().first)
        #expect(crash.child.name == "direct_supervisor.1" && crash.supervisor == "main_supervisor")
        #expect(crash.message == nil && crash.action == .restarted && crash.cause == .injected)
        #expect(crash.budget == scene.tree.application.settings.mainSupervisorBudget)
        scene.finish()
    }

    @Test("a supervisor that gives up: the last crash says so, the supervisor's own end is the next")
    func givesUp() throws {
        var settings = ApplicationSettings.fixed
        settings.directSupervisorBudget = RestartBudget(restarts: 0, within: .seconds(1))
        let scene = CrashScene(settings)
        _ = scene.tree.crash(.worker("worker.1.1"))
        scene.tree.settle()
        let crashes = scene.tree.application.crashes()
        #expect(crashes.map(\.child.name) == ["worker.1.1", "direct_supervisor.1"])
        #expect(crashes.map(\.action) == [.gaveUp, .restarted])
        #expect(crashes.map(\.cause) == [.injected, .own])
        #expect(crashes.first?.remainingRestarts == 0)
        let kinds = scene.tree.application.events(of: [.crash, .supervision]).events.map(\.kind)
        #expect(kinds.contains(.supervision) && kinds.count { $0 == .crash } == 2)
        scene.tree.advance(by: .seconds(4))
        scene.finish()
    }

    @Test("what is told to stop has not crashed")
    func stop() throws {
        let scene = CrashScene(.virtual, count: 200)
        try scene.tree.application.scale(to: 5)
        scene.tree.advance(by: .seconds(1))
        try scene.tree.application.scale(to: 2)
        #expect(scene.tree.advance(atMost: .seconds(10)) { scene.tree.status.directSupervisors == 2 })
        #expect(scene.tree.finish() == 0)
        #expect(scene.tree.application.crashes().isEmpty)
    }

    @Test("of many crashes the last are kept, with their numbers")
    func bounded() {
        let feed = FeedSource("a", Array(repeating: #"{"message": panic}"#, count: 700))
        let tree = VirtualTree([feed], handler: DirectedHandler())
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.killed == 700 })
        tree.settle()
        let crashes = tree.application.crashes(limit: 1000)
        #expect(crashes.count == CrashHistory.kept && crashes.map(\.id) == Array(201...700))
        #expect(tree.application.crash(numbered: 200)?.id == nil)
        #expect(tree.application.crash(numbered: 201)?.id == 201)
        #expect(tree.finish() == 0)
    }
}
