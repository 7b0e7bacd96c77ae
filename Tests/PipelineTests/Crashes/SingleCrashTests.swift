import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

// What each crash does: the sentences of docs/architecture.md, one by one.

@Suite("The crash of one part")
struct SingleCrashTests {
    // MARK: - worker

    @Test(
        "worker, stopped by its message: the message pays an attempt and is dealt again after a backoff; no supervisor pays"
    )
    func workerByMessage() {
        struct Broken: Error {}
        var settings = ApplicationSettings.fixed
        settings.directSupervisorBudget = RestartBudget(restarts: 0)
        settings.initialBackoff = .milliseconds(400)
        settings.maximumBackoff = .milliseconds(400)
        let times = Locked<[Duration]>([])
        let clock = ManualClock()
        let scene = CrashScene(settings, clock: clock) { data, context in
            guard data == "a:20" else { return .done }
            times.withLock { $0.append(clock.now.offset) }
            if context.attempt < 3 { throw Broken() }
            return .done
        }
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.processed == 120 })
        #expect(scene.tree.finish() == 0)
        #expect(scene.tree.messages.retried == 2 && scene.tree.messages.deadLettered == 0)
        let when = times.withLock { $0 }
        #expect(when.count == 3)
        #expect(zip(when, when.dropFirst()).allSatisfy { $1 - $0 >= .milliseconds(450) })
        #expect(scene.tree.status.restarts == 2)
    }

    @Test("worker, crashed from outside: its message is dealt again at once, and the attempt does not count")
    func workerFromOutside() throws {
        let scene = CrashScene()
        try scene.crash(.worker("worker.1.1"))
        #expect(scene.tree.messages.leased == 4)
        #expect(scene.tree.status.restarts == 1)
        scene.finish()
    }

    @Test("worker, crashed while idle: it is replaced")
    func idleWorker() throws {
        let scene = CrashScene()
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.processed == 120 })
        try scene.crash(.worker("worker.1.1"))
        scene.finish()
    }

    @Test(
        "worker, hanging over its timeout: its message pays an attempt, it is replaced after its shutdown time, and its late answer is ignored"
    )
    func hangingWorker() {
        let gate = Gate()
        let scene = CrashScene { data, context in
            if data == "a:9", context.attempt == 1 { await gate.passStubbornly() }
            return .done
        }
        let isHanging = {
            scene.tree.application.pool.members.flatMap { $0.table?.workers ?? [] }.contains { $0.sequence == 9 }
        }
        #expect(scene.tree.advance(atMost: .seconds(20)) { scene.tree.messages.retried == 1 })
        #expect(!isHanging())
        #expect(scene.tree.advance(atMost: .seconds(3)) { scene.tree.status.abandoned == 1 })
        scene.tree.advance(by: .milliseconds(1))
        #expect(scene.tree.status.workers == 4)
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.processed == 120 })
        gate.open()
        scene.tree.settle()
        #expect(scene.tree.messages.lateOutcomes == 1 && scene.tree.messages.processed == 120)
        #expect(scene.tree.status.abandoned == 0)
        #expect(scene.tree.finish() == 0)
    }

    @Test(
        "worker, crashed from outside and deaf to it: after its shutdown time it is given up, and its message dealt again"
    )
    func deafWorker() throws {
        let gate = Gate()
        let scene = CrashScene { data, _ in
            if data == "a:1" { await gate.passStubbornly() }
            return .done
        }
        let held = try #require(
            scene.tree.application.pool.members.flatMap { $0.table?.workers ?? [] }.first { $0.sequence == 1 })
        try scene.crash(.worker(held.id.name), within: .seconds(2))
        #expect(scene.tree.status.abandoned == 1 && scene.tree.status.workers == 4)
        gate.open()
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.processed == 120 })
        #expect(scene.tree.messages.retried == 0 && scene.tree.messages.lateOutcomes == 1)
        #expect(scene.tree.finish() == 0)
    }

    @Test("when half of what may hang does, the status says so")
    func manyHang() {
        let gate = Gate()
        let scene = CrashScene(abandonmentLimit: 2) { data, context in
            if data == "a:9", context.attempt == 1 { await gate.passStubbornly() }
            return .done
        }
        #expect(scene.tree.status.state == .running)
        #expect(scene.tree.advance(atMost: .seconds(20)) { scene.tree.status.abandoned == 1 })
        #expect(scene.tree.status.state == .degraded)
        #expect(
            scene.tree.status.degradedBecause == "1 worker hangs and was replaced; with more than 2 the tree ends")
        gate.open()
        scene.tree.settle()
        #expect(scene.tree.status.state == .running)
        #expect(scene.tree.finish() == 0)
    }

    @Test("when more hang than may, the tree ends, and the next life begins before what they held")
    func tooManyHang() {
        let gate = Gate()
        let scene = CrashScene(abandonmentLimit: 1) { data, context in
            if data == "a:9" || data == "b:9" { await gate.passStubbornly() }
            return .done
        }
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.ending != nil })
        guard case .tooManyAbandoned? = scene.tree.ending else {
            Issue.record("the tree ended with \(String(describing: scene.tree.ending))")
            return
        }
        #expect(scene.tree.messages.isBalanced)
        gate.open()
        scene.tree.settle()
    }

    // MARK: - supervisors of the pool

    @Test("direct_supervisor: its workers' messages are dealt again, to its neighbours too; their workers go on")
    func directSupervisor() throws {
        let scene = CrashScene()
        let before = scene.incarnations
        try scene.crash(.directSupervisor("direct_supervisor.1"))
        let after = scene.incarnations
        #expect(after.count == 4)
        #expect(Set(before).intersection(after) == Set(before.filter { $0.hasPrefix("worker.2.") }))
        #expect(scene.tree.status.restarts == 1)
        scene.finish()
    }

    @Test("main_supervisor: the pool is built anew in the size that was wanted last, no stream is closed")
    func mainSupervisor() throws {
        var settings = ApplicationSettings.fixed
        settings.scaling.max = 5
        let scene = CrashScene(settings)
        try scene.tree.application.scale(to: 5)
        scene.tree.settle()
        #expect(scene.tree.status.workers == 10)
        let before = scene.incarnations
        try scene.crash(.mainSupervisor)
        #expect(scene.tree.status.directSupervisors == 5 && scene.tree.status.workers == 10)
        #expect(Set(before).isDisjoint(with: scene.incarnations))
        scene.finish(directSupervisors: 5)
        #expect(scene.feeds.allSatisfy { $0.connections == 1 })
    }

    // MARK: - flow_manager

    @Test("flow_manager: receivers and outcomes wait for its replacement, no stream is closed, no worker stops")
    func flowManager() throws {
        let scene = CrashScene()
        let before = scene.incarnations
        try scene.crash(.flowManager)
        #expect(scene.incarnations == before)
        scene.finish()
        #expect(scene.feeds.allSatisfy { $0.connections == 1 })
    }

    @Test("flow_manager: the pool keeps its size until a whole hold window has been watched again")
    func sizeAfterFlowManager() throws {
        let scene = CrashScene(.virtual, count: 400)
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.status.directSupervisors == 8 })
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.processed == 800 })
        try scene.crash(.flowManager)
        scene.tree.advance(by: .milliseconds(4900))
        #expect(scene.tree.status.directSupervisors == 8)
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.status.directSupervisors == 2 })
        scene.finish()
    }

    // MARK: - streams

    @Test("receiver: its stream connects again after the last id that was admitted, the others go on")
    func receiver() throws {
        let scene = CrashScene()
        try scene.crash(.receiver("a"))
        scene.finish()
        #expect(scene.feeds.map(\.connections) == [2, 1])
    }

    @Test("receiver: what it had brought and was not admitted yet is admitted once")
    func broughtByReceiver() throws {
        let scene = CrashScene()
        let waiting = scene.tree.application.waiting
        try scene.crash(.receiver("a"))
        #expect(scene.tree.application.waiting >= waiting)
        scene.finish()
    }

    @Test("receiver, deaf to its end: it is given up, and what it brings later is not heard")
    func deafReceiver() throws {
        let gate = Gate()
        let source = DeafSource(gate)
        let handler = DirectedHandler()
        let tree = VirtualTree([source], settings: .fixed, handler: handler)
        #expect(handler.completions == ["deaf:1": 1])
        let report = tree.crash(.receiver("deaf"))[0]
        tree.advance(by: .seconds(2))
        #expect(try #require(report.value).replacement != nil)
        #expect(tree.status.abandoned == 1)
        #expect(handler.completions == ["deaf:1": 1, "deaf:2": 1])
        gate.open()
        tree.settle()
        #expect(source.wasRefused)
        #expect(tree.messages.received == 2)
        #expect(tree.status.abandoned == 0)
        #expect(tree.finish() == 0)
    }

    @Test("receiver, deaf to the end of a drain: it is given up, and what it brings afterwards is not heard")
    func deafReceiverOfADrain() {
        let gate = Gate()
        let source = DeafSource(gate)
        let tree = VirtualTree([source], settings: .fixed, handler: DirectedHandler())
        let left = tree.begin { [application = tree.application] in await application.drain(within: .seconds(60)) }
        tree.advance(by: .seconds(3))
        #expect(left.value == 0)
        gate.open()
        tree.settle()
        #expect(source.wasRefused)
        #expect(tree.messages.received == 1 && tree.application.left == 0)
        #expect(tree.finish() == 0)
    }

    @Test("stream_supervisor: all streams connect again after the last id that was admitted, no worker stops")
    func streamSupervisor() throws {
        let scene = CrashScene()
        let before = scene.incarnations
        try scene.crash(.streamSupervisor)
        #expect(scene.incarnations == before)
        scene.finish()
        #expect(scene.feeds.map(\.connections) == [2, 2])
    }

    // MARK: - state_writer

    @Test("state_writer: checkpoints and dead letters are stored by its replacement, none twice")
    func stateWriter() throws {
        let scene = CrashScene { data, _ in data.hasSuffix("5") ? .failed("never") : .done }
        for _ in 0..<10 {
            try scene.crash(.stateWriter)
            scene.tree.advance(by: .milliseconds(150))
        }
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.deadLettered == 12 })
        #expect(scene.tree.finish() == 0)
        #expect(scene.tree.store.deadLetters.count == 12)
        #expect(Set(scene.tree.store.deadLetters.map(\.sequence)).count == 12)
        #expect(scene.tree.store.checkpoint(of: "a") == "60" && scene.tree.store.checkpoint(of: "b") == "60")
    }

    // MARK: - writers

    @Test("writer: it is restarted, and nothing else is")
    func writer() throws {
        let starts = Locked(0)
        let tree = VirtualTree(
            [FeedSource("a", count: 10)], settings: .fixed,
            writers: [
                ChildSpecification(id: "line_writer") { _ in
                    starts.withLock { $0 += 1 }
                    try await Notify().wait()
                }
            ], handler: DirectedHandler())
        #expect(try #require(tree.crash(.writer(nil))[0].value).child == "line_writer")
        #expect(try #require(tree.crash(.writer("line_writer"))[0].value).replacement != nil)
        #expect(tree.crash(.writer("journal_writer"))[0].value == nil)
        #expect(starts.withLock { $0 } == 3)
        #expect(tree.status.restarts == 2)
        #expect(tree.finish() == 0)
    }

    // MARK: - too many

    @Test(
        "one crash more than the budget of application_supervisor ends the tree, and what is held stays before the checkpoint",
        arguments: [CrashTarget.mainSupervisor, .flowManager, .streamSupervisor, .stateWriter])
    func ladder(_ target: CrashTarget) throws {
        var settings = ApplicationSettings.fixed
        settings.applicationBudget = RestartBudget(restarts: 5, within: .seconds(60))
        let scene = CrashScene(settings)
        for _ in 0..<5 { try scene.crash(target) }
        #expect(scene.tree.ending == nil)
        let last = scene.tree.crash(target)[0]
        scene.tree.advance(by: .seconds(5))
        guard case .gaveUp? = scene.tree.ending else { return #expect(Bool(false), "\(scene.tree.ending as Any)") }
        #expect(last.value?.replacement == nil)
        let messages = scene.tree.messages
        #expect(messages.inFlight > 0 && messages.leased == 0)
        for feed in scene.feeds {
            let stored = Int(scene.tree.store.checkpoint(of: feed.name) ?? "0")!
            #expect(
                (1...max(stored, 1)).allSatisfy { stored == 0 || scene.handler.completions["\(feed.name):\($0)"] == 1 })
        }
    }
}

extension CrashScene {
    /// The living workers with their incarnations.
    fileprivate var incarnations: [String] {
        tree.application.pool.members.flatMap { $0.table?.workers ?? [] }.map { "\($0.id) \($0.incarnation)" }.sorted()
    }
}
