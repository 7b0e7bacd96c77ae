import Locking
import NIOCore
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A message on its way through the tree", .timeLimit(.minutes(2)))
struct DeliveryTests {
    @Test("every message of every stream is handled exactly once")
    func exactlyOnce() async {
        let tree = TreeHarness([FeedSource("a", count: 500), FeedSource("b", count: 300)])
        await tree.handler.completed(800)
        let (left, ending) = await tree.finish()
        #expect(left == 0)
        guard case .stopped = ending else { return #expect(Bool(false), "\(ending)") }
        #expect(tree.handler.completions.count == 800)
        #expect(tree.handler.completions.values.allSatisfy { $0 == 1 })
        let messages = tree.messages
        #expect(messages.received == 800 && messages.processed == 800 && messages.inFlight == 0)
        #expect(messages.isBalanced)
    }

    @Test("a kill message stops its worker, is settled as killed, and its worker is replaced at no charge")
    func killMessages() async throws {
        var settings = ApplicationSettings.quick
        // One charged restart would end the tree.
        settings.directSupervisorBudget = RestartBudget(restarts: 0)
        settings.mainSupervisorBudget = RestartBudget(restarts: 0)
        settings.applicationBudget = RestartBudget(restarts: 0)
        let data = (1...200).map { $0.isMultiple(of: 5) ? #"{"message": panic}"# : "m\($0)" }
        let tree = TreeHarness([FeedSource("a", data)], settings: settings)
        await tree.handler.completed(160)
        // A tree that is told to stop replaces nobody any more.
        while tree.application.events.restarts < 40 { try await nextTurn() }
        #expect(await tree.finish().left == 0)
        #expect(tree.handler.completions.count == 160)
        #expect(tree.messages.killed == 40)
        #expect(tree.messages.processed == 160)
        #expect(tree.application.events.restarts == 40)
    }

    @Test("a crash counts as an attempt, and after the last one the message is a dead letter with the crash's reason")
    func poison() async throws {
        struct Poisoned: Error {}
        let attempts = Locked<[Int]>([])
        let handler = DirectedHandler { data, context in
            guard data == "a:3" else { return .done }
            attempts.withLock { $0.append(context.attempt) }
            throw Poisoned()
        }
        var settings = ApplicationSettings.quick
        settings.directSupervisorBudget = RestartBudget(restarts: 0)
        let tree = TreeHarness([FeedSource("a", count: 10)], settings: settings, handler: handler)
        await handler.completed(9)
        #expect(await tree.finish().left == 0)
        #expect(attempts.withLock { $0 } == [1, 2, 3])
        #expect(tree.messages.deadLettered == 1 && tree.messages.retried == 2 && tree.messages.isBalanced)
        let letter = try #require(tree.store.deadLetters.first)
        #expect(tree.store.deadLetters.count == 1)
        #expect(letter.stream == "a" && letter.attempts == 3 && String(buffer: letter.data) == "a:3")
        #expect(String(buffer: letter.eventID) == "3" && letter.reason.contains("Poisoned") && letter.diedAt == 42)
        #expect(letter.worker.hasPrefix("worker."))
    }

    @Test("a failure is tried again, and the worker lives")
    func failure() async {
        let handler = DirectedHandler { data, context in
            data == "a:2" && context.attempt < 3 ? .failed("not yet") : .done
        }
        let tree = TreeHarness([FeedSource("a", count: 5)], handler: handler)
        await handler.completed(5)
        #expect(await tree.finish().left == 0)
        #expect(tree.messages.processed == 5 && tree.messages.retried == 2)
        #expect(tree.application.events.restarts == 0)
    }

    @Test("no more than max_in_flight messages are held, and the receiver waits")
    func window() async {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        var settings = ApplicationSettings.quick
        settings.maxInFlight = 16
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 3)
        let tree = TreeHarness([FeedSource("a", count: 100, batch: 100)], settings: settings, handler: handler)
        await gate.arrivals(3)
        #expect(tree.messages.received == 16)
        #expect(tree.messages.inFlight == 16)
        #expect(tree.application.intake.waiting == 84)
        gate.open()
        await handler.completed(100)
        #expect(await tree.finish().left == 0)
        #expect(tree.messages.processed == 100)
    }

    @Test("a stream whose messages hang does not take the window from another")
    func fairness() async {
        let gate = Gate()
        let handler = DirectedHandler { data, _ in
            if data.hasPrefix("hanging") { try await gate.pass() }
            return .done
        }
        var settings = ApplicationSettings.quick
        settings.maxInFlight = 16
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 16)
        let tree = TreeHarness(
            [FeedSource("hanging", count: 100, batch: 100), FeedSource("quick", count: 100)], settings: settings,
            handler: handler)
        await handler.completed(100)
        #expect(handler.completions.keys.allSatisfy { $0.hasPrefix("quick") })
        gate.open()
        await handler.completed(200)
        #expect(await tree.finish().left == 0)
    }

    @Test("a message that takes too long counts as a crash; what its worker says later is ignored and counted")
    func timeout() async {
        let gate = Gate()
        let handler = DirectedHandler { data, context in
            if data == "a:1", context.attempt == 1 { await gate.passStubbornly() }
            return .done
        }
        var settings = ApplicationSettings.quick
        settings.workerTimeout = .milliseconds(100)
        let tree = TreeHarness([FeedSource("a", count: 3)], settings: settings, handler: handler)
        await handler.completed(3)
        #expect(tree.messages.retried == 1)
        gate.open()
        // The hung attempt completes as well, late.
        await handler.completed(4)
        #expect(await tree.finish().left == 0)
        #expect(tree.messages.processed == 3 && tree.messages.isBalanced)
        #expect(tree.messages.lateOutcomes == 1)
    }

    @Test("the checkpoint is the id of the longest settled prefix, and is stored at the end")
    func checkpoint() async {
        let gate = Gate()
        let handler = DirectedHandler { data, _ in
            if data == "a:5" { try await gate.pass() }
            return .done
        }
        let tree = TreeHarness([FeedSource("a", count: 20)], handler: handler)
        await handler.completed(19)
        // The handler has said so of the last one, its worker perhaps not yet.
        while tree.messages.processed < 19 { await Task.yield() }
        await tree.application.stateWriter.write()
        #expect(tree.store.checkpoint(of: "a") == "4")
        gate.open()
        #expect(await tree.finish().left == 0)
        #expect(tree.store.checkpoint(of: "a") == "20")
    }

    @Test("a drain finishes what is held; what it cannot finish in time it counts")
    func drain() async {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        let tree = TreeHarness([FeedSource("a", count: 10, batch: 10)], handler: handler)
        await gate.arrivals(4)
        #expect(await tree.application.drain(within: .milliseconds(50)) == 10)
        #expect(tree.messages.received == 10 && tree.messages.isBalanced)
        #expect(await tree.finish(within: .milliseconds(1)).left == 10)
    }
}
