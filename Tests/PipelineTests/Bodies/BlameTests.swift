import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// Who pays: the rows of the table in `Ledger+WhoPays.swift`, each in the real tree.
@Suite("Who pays for what a body does")
struct BlameTests {
    private struct Broken: Error {}

    private let clock = ManualClock()

    private func settings(workers: Int = 1) -> ApplicationSettings {
        var settings = ApplicationSettings.virtual
        settings.scaling = ScalingPolicy(
            min: 1, max: 1, workersPerSupervisor: workers, tick: .milliseconds(100), fastWindow: .milliseconds(500))
        settings.maxAttempts = 3
        return settings
    }

    private func tree(
        _ count: Int, _ handler: HandHandler, _ settings: ApplicationSettings? = nil
    ) -> VirtualTree {
        VirtualTree(
            [FeedSource("a", count: count, batch: count)], settings: settings ?? self.settings(), clock: clock,
            handler: handler)
    }

    /// All of it is done or dead, each once.
    private func finish(_ tree: VirtualTree, _ count: Int, dead: [String] = []) {
        #expect(
            tree.advance(atMost: .seconds(600)) {
                tree.messages.received == UInt64(count) && tree.messages.inFlight == 0
            })
        #expect(tree.finish() == 0)
        #expect(tree.store.deadLetters.map { String(buffer: $0.data) }.sorted() == dead.sorted())
        #expect(tree.messages.processed == UInt64(count - dead.count))
    }

    @Test("outcomes are taken per message, in any order and many in one step, and each only once")
    func anyOrder() {
        let taken = Locked<[Int]>([])
        let handler = HandHandler(Demand(batch: 8), clock: clock) { hand, _ in
            guard hand.entries.count == 8 else { return _ = hand.settle(.done) }
            let first = hand.report([Answer(5, .done), Answer(2, .failed("no")), Answer(7, .done), Answer(99, .done)])
            let again = hand.report([Answer(5, .done), Answer(2, .done), Answer(0, .done)])
            taken.withLock { $0 += [first, again, hand.settle(.done), hand.settle(.done)] }
        }
        let tree = tree(9, handler)
        finish(tree, 9)
        #expect(taken.withLock { $0 } == [3, 1, 4, 0])
        #expect(tree.messages.retried == 1)
        #expect(handler.attempts["a:\(handler.hands.first { $0.count == 8 }?[2].dropFirst(2) ?? "")"] == 2)
        #expect(tree.messages.lateOutcomes == 2)
    }

    @Test(
        "a rejected message is a dead letter at once; a failed one waits for as long as its handler says, up to a bound"
    )
    func rejectedAndAfter() {
        var settings = settings()
        settings.longestAskedBackoff = .seconds(30)
        let times = Locked<[String: [Duration]]>([:])
        let handler = HandHandler(Demand(batch: 4), clock: clock) { [clock] hand, _ in
            for (index, entry) in hand.entries.enumerated() {
                times.withLock { $0[entry.data, default: []].append(clock.now.offset) }
                switch (entry.data, entry.attempt) {
                case ("a:2", _): hand.report(.rejected("never"), at: index)
                case ("a:3", 1): hand.report(.failed("later", after: .seconds(7)), at: index)
                case ("a:4", 1): hand.report(.failed("much later", after: .seconds(3600)), at: index)
                default: hand.report(.done, at: index)
                }
            }
        }
        let tree = tree(4, handler, settings)
        finish(tree, 4, dead: ["a:2"])
        #expect(tree.store.deadLetters.first?.attempts == 1)
        #expect(tree.store.deadLetters.first?.reason == "never")
        let waits = times.withLock { times in times.mapValues { $0.count == 2 ? $0[1] - $0[0] : .zero } }
        #expect(waits["a:3"] == .seconds(7))
        #expect(waits["a:4"] == .seconds(30))
    }

    @Test(
        "a hand that fails or is rejected as a whole names nobody: each is dealt alone, and the one at fault pays",
        arguments: [
            Outcome.failed("the transaction"), .rejected("the whole request"),
        ])
    func asAWhole(_ outcome: Outcome) {
        let handler = HandHandler(Demand(batch: 8), clock: clock) { hand, _ in
            hand.settle(hand.data.contains("a:5") ? outcome : .done)
        }
        let tree = tree(16, handler)
        finish(tree, 16, dead: ["a:5"])
        for hand in handler.hands where hand.contains("a:5") { #expect(hand.count == 8 || hand == ["a:5"]) }
        let attempts = if case .rejected = outcome { 1 } else { 3 }
        #expect(handler.attempts["a:5"] == attempts)
        #expect(handler.attempts.filter { $0.key != "a:5" }.values.allSatisfy { $0 == 1 })
    }

    @Test("a crash with several in hand is nobody's: each is dealt alone, and only who crashes alone pays")
    func crash() {
        let handler = HandHandler(Demand(batch: 8), clock: clock) { hand, _ in
            if hand.data.contains("a:5") { throw Broken() }
            hand.settle(.done)
        }
        var settings = settings()
        settings.directSupervisorBudget = RestartBudget(restarts: 0)
        let tree = tree(16, handler, settings)
        finish(tree, 16, dead: ["a:5"])
        #expect(tree.store.deadLetters.first?.attempts == 3)
        #expect(handler.attempts.filter { $0.key != "a:5" }.values.allSatisfy { $0 == 1 })
        #expect(tree.status.restarts == 4)
    }

    @Test("what was answered for before the crash is not dealt again")
    func crashAfterAnswers() {
        let crashes = Counter()
        let handler = HandHandler(Demand(batch: 8), clock: clock) { hand, _ in
            if hand.entries.count == 8, crashes.next() == 1 {
                hand.report([Answer(1, .done), Answer(6, .done)])
                throw Broken()
            }
            hand.settle(.done)
        }
        let tree = tree(8, handler)
        finish(tree, 8)
        // One after another, without the two.
        #expect(handler.hands.map(\.count) == [8, 1, 1, 1, 1, 1, 1])
        #expect(handler.attempts.values.allSatisfy { $0 == 1 })
    }

    @Test("of several hands all messages are suspects, and what lies on the mailbox is not")
    func crashWithSeveralHands() {
        let gate = Gate()
        let crashes = Counter()
        let handler = HandHandler(Demand(batch: 2, prefetch: 3), clock: clock) { hand, _ in
            if crashes.value == 0 {
                // The first is taken and not answered for; over the second it ends, and the third lies on the mailbox.
                guard hand.data.contains("a:3") else { return }
                await gate.passStubbornly()
                crashes.next()
                throw Broken()
            }
            hand.settle(.done)
        }
        let tree = tree(6, handler)
        tree.advance(by: .milliseconds(10))
        gate.open()
        finish(tree, 6)
        #expect(handler.hands.dropFirst(2).map { $0 } == [["a:1"], ["a:2"], ["a:3"], ["a:4"], ["a:5", "a:6"]])
    }

    @Test("a body that ends from outside gives back what it had; from the fifth such end on it costs an attempt")
    func endedFromOutside() {
        let handler = HandHandler(Demand(), clock: clock) { hand, _ in
            if hand.data == ["a:2"] { throw BodyEnded("signal 9") }
            hand.settle(.done)
        }
        let tree = tree(3, handler)
        finish(tree, 3, dead: ["a:2"])
        #expect(tree.store.deadLetters.first?.attempts == 3)
        #expect(tree.store.deadLetters.first?.reason == "signal 9")
        // Four are free, and three are paid for.
        #expect(handler.hands.count { $0 == ["a:2"] } == 7)
    }

    @Test("the supervisor pays for a body that ends from outside, and not for one that crashes over a message")
    func whoseBudget() {
        var settings = settings()
        settings.directSupervisorBudget = RestartBudget(restarts: 1, within: .seconds(60))
        let ends = Counter()
        let handler = HandHandler(Demand(), clock: clock) { hand, _ in
            if hand.data == ["a:2"], ends.next() <= 3 { throw BodyEnded("signal 9") }
            hand.settle(.done)
        }
        let tree = tree(3, handler, settings)
        finish(tree, 3)
        #expect(tree.log.lines(.error).contains { $0.contains("direct_supervisor.1") })
    }

    @Test("a body may end by itself, with work in hand or without, and is replaced")
    func endsByItself() {
        let bodies = Locked<[HandHandler.Body]>([])
        let handler = HandHandler(Demand(prefetch: 2), clock: clock) { hand, body in
            if body.handle.name == "worker.1.1", hand.entries[0].attempt == 1, hand.data == ["a:1"],
                bodies.withLock({ $0.isEmpty })
            {
                bodies.withLock { $0.append(body) }
                return
            }
            hand.settle(.done)
        }
        let tree = tree(4, handler)
        tree.advance(by: .milliseconds(10))
        #expect(tree.messages.leased == 1)
        bodies.withLock { $0[0] }.handle.ended(Broken())
        finish(tree, 4)
        // Alone in hand: it paid.
        #expect(handler.attempts["a:1"] == 2)
        #expect(handler.ends.first == "kill worker.1.1")
    }

    @Test("nothing that a body had in hand is dealt again before it has been killed")
    func killedFirst() {
        let gate = Gate()
        let handler = HandHandler(
            Demand(batch: 4), clock: clock, kill: { await gate.passStubbornly() }
        ) { hand, _ in
            if hand.entries.count > 1 { throw Broken() }
            hand.settle(.done)
        }
        let tree = tree(4, handler, settings(workers: 2))
        tree.advance(by: .milliseconds(500))
        #expect(handler.hands.count == 1)
        #expect(tree.messages.leased == 4)
        gate.open()
        finish(tree, 4)
        #expect(handler.attempts.values.allSatisfy { $0 == 1 })
    }

    // MARK: - Time

    @Test("the clock of a body begins anew with each answer, and with each word that it goes on")
    func progress() {
        let handler = HandHandler(Demand(batch: 4), clock: clock) { [clock] hand, _ in
            for index in hand.entries.indices {
                try await clock.sleep(for: .seconds(4))
                hand.progress()
                try await clock.sleep(for: .seconds(4))
                hand.report(.done, at: index)
            }
        }
        finish(tree(4, handler), 4)
        #expect(handler.attempts.values.allSatisfy { $0 == 1 })
        #expect(!handler.ends.contains { $0.hasPrefix("kill") })
    }

    @Test("a hand of several that takes too long makes suspects, with a limit of its own")
    func timeoutOfBatch() {
        let handler = HandHandler(Demand(batch: 4, timeout: .seconds(12)), clock: clock) { [clock] hand, _ in
            if hand.data.contains("a:2") { try await clock.sleep(for: .seconds(1000)) }
            hand.settle(.done)
        }
        let tree = tree(4, handler)
        tree.advance(by: .seconds(11))
        #expect(handler.hands.count == 1)
        finish(tree, 4, dead: ["a:2"])
        #expect(tree.store.deadLetters.first?.attempts == 3)
        #expect(handler.attempts.filter { $0.key != "a:2" }.values.allSatisfy { $0 == 1 })
    }

    @Test("of several hands the oldest pays if it is a single message; the others are given back unmarked")
    func timeoutOfSeveralHands() {
        let hands = Counter()
        let handler = HandHandler(Demand(batch: 2, prefetch: 3), clock: clock) { hand, _ in
            // Nothing of the first three is answered for.
            if hands.next() > 3 { hand.settle(.done) }
        }
        let data = ["a long one that fills its hand", "2", "3", "4", "5"]
        let tree = VirtualTree(
            [FeedSource("a", data, batch: 5)], settings: settings(), clock: clock,
            handler: HandHandler(Demand(batch: 2, batchBytes: 20, prefetch: 3), clock: clock) { hand, body in
                try await handler.makeBody(of: body.handle).handle(hand)
            })
        finish(tree, 5)
        // After the time-out the others come again as they were, together and in their first attempt.
        #expect(handler.hands == [[data[0]], ["2", "3"], ["4", "5"], ["2", "3"], ["4", "5"], [data[0]]])
        #expect(handler.attempts == [data[0]: 2, "2": 1, "3": 1, "4": 1, "5": 1])
    }

    @Test("over several hands, of which the oldest has several messages, those are suspects and the others are not")
    func timeoutOfOldestBatch() {
        let hands = Counter()
        let handler = HandHandler(Demand(batch: 2, prefetch: 2), clock: clock) { hand, _ in
            if hands.next() > 2 { hand.settle(.done) }
        }
        let tree = tree(4, handler)
        finish(tree, 4)
        #expect(handler.hands == [["a:1", "a:2"], ["a:3", "a:4"], ["a:1"], ["a:2"], ["a:3", "a:4"]])
        #expect(handler.attempts.values.allSatisfy { $0 == 1 })
        #expect(tree.messages.retried == 0)
    }

    @Test("a message over whose time its worker is ended is not dealt again before that has gone")
    func timedOutFirst() {
        let gate = Gate()
        let handler = HandHandler(Demand(), clock: clock, kill: { await gate.passStubbornly() }) { [clock] hand, _ in
            if hand.entries[0].attempt == 1 { try await clock.sleep(for: .seconds(1000)) }
            hand.settle(.done)
        }
        var settings = settings(workers: 2)
        settings.initialBackoff = .milliseconds(10)
        let tree = tree(1, handler, settings)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.delayed == 1 })
        tree.advance(by: .seconds(1))
        #expect(tree.messages.delayed == 1 && handler.hands.count == 1)
        gate.open()
        tree.advance(by: .milliseconds(100))
        #expect(tree.messages.processed == 1)
        #expect(tree.messages.retried == 1)
        tree.finish()
    }

    @Test("a message whose worker does not end at all is dealt again when that was left to itself")
    func timedOutAndDeaf() {
        let gate = Gate()
        let handler = HandHandler(Demand(), clock: clock, kill: { await gate.passStubbornly() }) { [clock] hand, _ in
            if hand.entries[0].attempt == 1 { try await clock.sleep(for: .seconds(1000)) }
            hand.settle(.done)
        }
        let tree = tree(1, handler)
        #expect(tree.advance(atMost: .seconds(12)) { tree.messages.processed == 1 })
        gate.open()
        tree.finish()
    }

    @Test("a worker whose body does not stop after a kill message is replaced")
    func stuckAfterKill() {
        let gate = Gate()
        final class Deaf: WorkerBody {
            let gate: Gate
            init(_ gate: Gate) { self.gate = gate }
            func handle(_ hand: Hand) async throws { hand.settle(.done) }
            func kill() async { await gate.passStubbornly() }
        }
        struct Deafs: Handler {
            let gate: Gate
            let demand = Demand()
            func makeBody(of worker: WorkerHandle) -> any WorkerBody { Deaf(gate) }
        }
        var settings = settings()
        settings.killMessage = Array("kill".utf8)
        let tree = VirtualTree(
            [FeedSource("a", ["1", "kill", "3"], batch: 3)], settings: settings, clock: clock,
            handler: Deafs(gate: gate))
        #expect(tree.advance(atMost: .seconds(12)) { tree.messages.processed == 2 && tree.messages.killed == 1 })
        gate.open()
        tree.finish()
    }

    @Test("what is said of a time-out names the message that was not answered for")
    func namesTheRightOne() {
        let handler = HandHandler(Demand(batch: 4), clock: clock) { [clock] hand, _ in
            hand.report((0..<3).map { Answer($0, .done) })
            try await clock.sleep(for: .seconds(1000))
        }
        var settings = settings()
        settings.maxAttempts = 1
        let tree = tree(4, handler, settings)
        tree.advance(by: .seconds(1))
        #expect(tree.application.directSupervisors[0].workers[0].holds?.sequence == 4)
        finish(tree, 4, dead: ["a:4"])
        #expect(tree.store.deadLetters.first?.reason.hasPrefix("message 4 took longer") == true)
    }

    @Test("a body that does not come to its end costs its messages nothing, and is left to itself")
    func stuckBody() {
        let gate = Gate()
        let isFirst = Locked(true)
        let handler = HandHandler(Demand(), clock: clock, kill: { await gate.passStubbornly() }) { hand, _ in
            let throwsNow = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            if throwsNow { throw BodyEnded("by a signal") }
            hand.settle(.done)
        }
        var settings = settings()
        settings.maxAttempts = 1
        let tree = tree(1, handler, settings)
        tree.advance(by: settings.workerTimeout / 2)
        #expect((tree.messages.leased, tree.messages.processed) == (1, 0))
        tree.advance(by: settings.workerTimeout + .seconds(4))
        #expect((tree.messages.leased, tree.messages.processed, tree.messages.deadLettered) == (0, 1, 0))
        gate.open()
        finish(tree, 1)
    }

    // MARK: - Kill messages

    @Test("a kill message is dealt alone, to a worker with nothing else in hand, and ends its body at once")
    func killMessages() {
        var settings = settings(workers: 2)
        settings.killMessage = Array("kill".utf8)
        settings.directSupervisorBudget = RestartBudget(restarts: 0)
        let handler = HandHandler(Demand(batch: 4, prefetch: 2), clock: clock) { [clock] hand, _ in
            try await clock.sleep(for: .milliseconds(10))
            hand.settle(.done)
        }
        let data = (1...40).map { $0.isMultiple(of: 7) ? "kill" : "a:\($0)" }
        let tree = VirtualTree([FeedSource("a", data)], settings: settings, clock: clock, handler: handler)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.received == 40 && tree.messages.inFlight == 0 })
        #expect(tree.messages.killed == 5)
        #expect(tree.messages.processed == 35)
        #expect(!handler.hands.joined().contains("kill"))
        #expect(handler.attempts.values.allSatisfy { $0 == 1 })
        #expect(handler.ends.count == 5)
        #expect(handler.ends.allSatisfy { $0.hasPrefix("kill") })
        tree.finish()
    }
}
