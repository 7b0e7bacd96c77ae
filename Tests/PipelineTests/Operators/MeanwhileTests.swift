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

/// Commands that wait, and what changes while they do.
@Suite("What changes while a command is carried out")
struct MeanwhileTests {
    private let clock = ManualClock()

    private func tree(
        _ sources: [any Source], store: SlowStore, settings: ApplicationSettings = .virtual,
        _ behaviour: @escaping DirectedHandler.Behaviour = { _, _ in .done }
    ) -> (VirtualTree, DirectedHandler) {
        let handler = DirectedHandler(behaviour)
        return (VirtualTree(sources, settings: settings, clock: clock, store: store, handler: handler), handler)
    }

    // MARK: - Reload

    @Test("a stream that is added again while its last checkpoint is being stored goes on from that one")
    func addedAgain() throws {
        let store = SlowStore(clock)
        let z = FeedSource("z", count: 10)
        let others = (0..<20).map { FeedSource("other-\($0)", count: 1) }
        let (tree, handler) = tree([FeedSource("a", count: 1), z], store: store)
        #expect(handler.completions.count == 11 && store.memory.contents.checkpoint(of: "z") == nil)
        let settings = tree.application.settings
        let removed = tree.begin {
            try await tree.application.reload(settings, sources: [FeedSource("a", count: 1)])
            return true
        }
        tree.settle()
        #expect(removed.value == true)
        // The look takes longer than the interval at which the state is stored and places are freed.
        store.slowDown(to: .seconds(1))
        let again = FeedSource("z", count: 12)
        let added = tree.begin {
            try await tree.application.reload(
                settings, sources: [FeedSource("a", count: 1)] + others + [again])
            return true
        }
        tree.advance(by: .seconds(5))
        #expect(added.value == true && again.connections == 1)
        #expect(handler.completions.count == 33 && handler.completions.values.allSatisfy { $0 == 1 })
        #expect(store.memory.contents.checkpoint(of: "z") == "12")
        tree.finish()
    }

    @Test("a stream whose checkpoint another one of its name overwrites while it comes back is stored again")
    func overwritten() throws {
        let store = SlowStore(clock)
        let other = FeedSource("b", count: 1)
        let (tree, handler) = tree([FeedSource("a", count: 5), other], store: store) { [clock] data, _ in
            if data.hasPrefix("slow") { try await clock.sleep(for: .milliseconds(400)) }
            return .done
        }
        let settings = tree.application.settings
        func reload(_ sources: [any Source]) -> Eventual<Bool> {
            let done = tree.begin {
                try await tree.application.reload(settings, sources: sources)
                return true
            }
            tree.settle()
            return done
        }
        tree.advance(by: .seconds(5))
        #expect(store.memory.contents.checkpoint(of: "a") == "5")
        // Elsewhere it brings three events, and goes before they are settled.
        let elsewhere = FeedSource("a", ["slow:1", "slow:2", "slow:3"], identity: Array("elsewhere".utf8))
        #expect(reload([elsewhere, other]).value == true && reload([other]).value == true)
        #expect(handler.completions.count == 6 && store.memory.contents.checkpoint(of: "a") == "5")
        // While the look takes its time, they are, and are stored.
        store.slowDown(to: .seconds(1))
        let again = FeedSource("a", count: 5)
        let added = reload([again, other])
        tree.advance(by: .milliseconds(900))
        #expect(added.value == nil && store.memory.contents.checkpoint(of: "a") == "3")
        tree.advance(by: .seconds(5))
        #expect(added.value == true && again.connections == 1)
        #expect(store.memory.contents.checkpoint(of: "a") == "5")
        tree.finish()
    }

    @Test("what is said of a stream while it moves to another URL holds for it there", arguments: [false, true])
    func pausedWhileItMoves(_ isPaused: Bool) throws {
        let store = SlowStore(clock)
        // It is deaf to its end, so its removal takes two seconds.
        let (tree, handler) = tree([StubbornSource(clock)], store: store)
        if !isPaused { try tree.application.pause("a") }
        let settings = tree.application.settings
        let moved = tree.begin {
            try await tree.application.reload(settings, sources: [FeedSource("a", count: 5)])
            return true
        }
        tree.advance(by: .seconds(1))
        #expect(moved.value == nil)
        if isPaused {
            try tree.application.pause("a", for: .seconds(10))
        } else {
            _ = tree.begin { try await tree.application.resume() }
        }
        tree.advance(by: .seconds(5))
        #expect(moved.value == true)
        #expect(handler.completions.count == (isPaused ? 0 : 5))
        #expect((tree.status.streams[0].state == .paused) == isPaused)
        tree.advance(by: .seconds(6))
        #expect(handler.completions.count == 5 && tree.status.streams[0].state != .paused)
        tree.finish()
    }

    // MARK: - Replay

    private func store(lettersOf streams: [String]) -> SlowStore {
        let store = SlowStore(clock)
        for (number, stream) in streams.enumerated() {
            var letter = DeadLetter.ofReplayTests
            (letter.stream, letter.data) = (stream, ByteBuffer(string: "\(stream):\(number + 1)"))
            store.memory.put(letter)
        }
        return store
    }

    /// Twelve dead letters of `a` and `b`, of which a few find room at a time; each takes 100 ms.
    private func replayScene(_ sources: [any Source]) -> (VirtualTree, DirectedHandler, SlowStore) {
        let store = store(lettersOf: (0..<12).map { $0.isMultiple(of: 2) ? "a" : "b" })
        var settings = ApplicationSettings.virtual
        settings.maxInFlight = 4
        let (tree, handler) = tree(sources, store: store, settings: settings) { [clock] _, _ in
            try await clock.sleep(for: .milliseconds(100))
            return .done
        }
        return (tree, handler, store)
    }

    @Test("a replay goes on to a stream whose URL has changed meanwhile, and counts all that it did")
    func replayOverAMove() throws {
        let (tree, handler, store) = replayScene([FeedSource("a", count: 0), MovedFeed("b", at: "here")])
        let tally = tree.begin { try await tree.application.replay(DeadLetterChoice()) }
        tree.advance(by: .milliseconds(150))
        let settings = tree.application.settings
        _ = tree.begin {
            try await tree.application.reload(
                settings, sources: [FeedSource("a", count: 0), MovedFeed("b", at: "there")])
            return true
        }
        #expect(tree.advance(atMost: .seconds(20)) { tally.value != nil })
        #expect(tally.value?.matched == 12 && tally.value?.done == 12 && tally.value?.refusedCount == 0)
        tree.advance(by: .seconds(5))
        #expect(handler.completions.count == 12 && handler.completions.values.allSatisfy { $0 == 1 })
        #expect(store.memory.contents.letters.isEmpty && tree.messages.replaying == 0)
        tree.finish()
    }

    @Test(
        "letters of a stream that goes while they are replayed are refused, each for that reason, and the others are done"
    )
    func replayOverARemoval() throws {
        let (tree, handler, _) = replayScene([FeedSource("a", count: 0), FeedSource("b", count: 0)])
        let tally = tree.begin { try await tree.application.replay(DeadLetterChoice()) }
        tree.advance(by: .milliseconds(150))
        let settings = tree.application.settings
        _ = tree.begin {
            try await tree.application.reload(settings, sources: [FeedSource("a", count: 0)])
            return true
        }
        #expect(tree.advance(atMost: .seconds(20)) { tally.value != nil })
        let answer = try #require(tally.value)
        #expect(answer.matched == 12 && answer.done + answer.refusedCount == 12)
        #expect(
            answer.refusedCount > 0
                && answer.refused.allSatisfy { $0.reason.hasPrefix("there is no stream b any more") })
        tree.advance(by: .seconds(5))
        #expect(handler.completions.count == answer.done && tree.messages.replaying == 0)
        tree.finish()
    }

    @Test("a replay that waits for room tells how far it is")
    func progress() throws {
        let (tree, handler, _) = replayScene([FeedSource("a", count: 0), FeedSource("b", count: 0)])
        let told = Locked<[DeadLetterTally]>([])
        let tally = tree.begin {
            try await tree.application.replay(DeadLetterChoice()) { progress in told.withLock { $0.append(progress) } }
        }
        tree.advance(by: .milliseconds(150))
        #expect(tally.value == nil && told.withLock { $0.last?.matched } == 12)
        #expect(tree.advance(atMost: .seconds(20)) { tally.value != nil })
        #expect(tally.value?.done == 12 && told.withLock { $0.last } == tally.value)
        tree.advance(by: .seconds(5))
        #expect(handler.completions.count == 12 && tree.messages.replaying == 0)
        tree.finish()
    }

    @Test("a replay over the end of the tree answers for each letter it looked at")
    func replayOverTheEnd() throws {
        let (tree, handler, store) = replayScene([FeedSource("a", count: 0), FeedSource("b", count: 0)])
        let tally = tree.begin { try await tree.application.replay(DeadLetterChoice()) }
        tree.advance(by: .milliseconds(150))
        tree.application.stop()
        tree.advance(by: .seconds(10))
        let answer = try #require(tally.value)
        #expect(tree.ending != nil && answer.matched == 12 && answer.done + answer.refusedCount == 12)
        #expect(answer.done == Int(tree.messages.received) && answer.interruption != nil)
        #expect(store.memory.contents.letters.count == 12 - handler.completions.count)
    }

    @Test("numbers of which there is no letter are refused one by one, and are among those that were meant")
    func unknownNumbers() throws {
        let (tree, _, _) = replayScene([FeedSource("a", count: 0), FeedSource("b", count: 0)])
        let tally = tree.begin { try await tree.application.replay(DeadLetterChoice(ids: [2, 77, 1, 77])) }
        #expect(tree.advance(atMost: .seconds(20)) { tally.value != nil })
        #expect(tally.value?.matched == 3 && tally.value?.done == 2 && tally.value?.refused.map(\.id) == [77])
        tree.finish()
    }

    // MARK: - Timeouts

    @Test("a worker that begins to hand over while others are ended for taking too long is not ended")
    func handoverAmongTimeouts() throws {
        let store = SlowStore(clock)
        var settings = ApplicationSettings.virtual
        settings.workerTimeout = .milliseconds(34)
        let handedOver = Locked<[String]>([])
        let answers = Locked<[Bool]>([])
        let handler = DirectedHandler { [clock] data, context in
            // Both are overdue at 40 ms, when they are looked at. The first is ended then; the second is done in that moment.
            guard context.attempt == 1 else { return .done }
            if data == "a:1" { try await clock.sleep(for: .seconds(100)) }
            try await clock.sleep(for: .milliseconds(35))
            try await clock.sleep(for: .milliseconds(5))
            let isInTime = context.beginsHandover()
            answers.withLock { $0.append(isInTime) }
            guard isInTime else { throw HandoverTooLate() }
            handedOver.withLock { $0.append(data) }
            try await clock.sleep(for: .milliseconds(100))
            return .done
        }
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 2, tick: .milliseconds(100))
        let tree = VirtualTree(
            [FeedSource("a", count: 2)], settings: settings, clock: clock, store: store, handler: handler)
        tree.advance(by: .seconds(5))
        #expect(handedOver.withLock { $0 } == ["a:2"] && answers.withLock { $0 } == [true])
        #expect(tree.messages.processed == 2 && tree.messages.retried == 1 && tree.messages.lateOutcomes == 0)
        #expect(handler.completions == ["a:1": 1, "a:2": 1])
        tree.finish()
    }
}

/// Brings nothing, and does not hear that it is to end until two seconds after.
private struct StubbornSource: Source {
    let name = "a"
    let location = "elsewhere"
    let clock: ManualClock

    init(_ clock: ManualClock) { self.clock = clock }

    func run(_ intake: StreamIntake) async throws {
        try? await Notify().wait()
        let clock = clock
        await intake.runtime.spawn { try? await clock.sleep(for: .milliseconds(1900)) }.value
    }
}

/// Brings nothing, from somewhere.
private struct MovedFeed: Source {
    let name: String
    let location: String

    init(_ name: String, at location: String) {
        (self.name, self.location) = (name, location)
    }

    func run(_ intake: StreamIntake) async throws {
        _ = try await intake.resume()
        try await Notify().wait()
    }
}
