import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The rows of the conformance list that speak of a whole tree.
@Suite("Conformance of the tree")
struct TreeConformanceTests {
    // MARK: - C59

    @Test(
        "C59: a crash loses at most what the crashed one held; in ptr nothing, it is dealt again",
        arguments: CrashScene.parts)
    func crashLosesNothing(_ part: CrashTarget) throws {
        let scene = CrashScene()
        let before = scene.tree.messages
        try scene.crash(part)
        let after = scene.tree.messages
        #expect(after.received >= before.received)
        #expect(after.inFlight == before.inFlight || after.received > before.received)
        scene.finish()
    }

    @Test("C59: a worker that stops over its message costs that message an attempt, and no other message anything")
    func crashByMessage() throws {
        struct Broken: Error {}
        let scene = CrashScene { data, _ in
            if data == "a:7" || data == "b:7" { throw Broken() }
            return .done
        }
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.deadLettered == 2 })
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.processed == 118 })
        #expect(scene.tree.finish() == 0)
        #expect(scene.tree.messages.retried == 4)
        #expect(
            scene.tree.store.deadLetters.map { "\($0.stream):\(String(buffer: $0.eventID))" }.sorted() == [
                "a:7", "b:7",
            ])
        #expect(scene.tree.store.deadLetters.allSatisfy { $0.attempts == 3 })
    }

    // MARK: - C60

    @Test("C60: a stop waits until all is processed")
    func drainWaits() {
        let scene = CrashScene()
        let left = scene.tree.begin { [scene] in await scene.tree.application.drain(within: .seconds(60)) }
        scene.tree.settle()
        #expect(left.value == nil)
        let connections = scene.feeds.map(\.connections)
        #expect(scene.tree.advance(atMost: .seconds(60)) { left.value != nil })
        #expect(left.value == 0)
        // What was read before the stop and waited for admission is done, too; nothing was read after it.
        let messages = scene.tree.messages
        #expect(messages.inFlight == 0 && messages.processed == messages.received && messages.received < 120)
        #expect(scene.handler.completions.count == Int(messages.received))
        #expect(scene.feeds.map(\.connections) == connections)
        #expect(scene.tree.finish() == 0)
    }

    @Test("C60: within its limit; what is left then is counted, and stays before the checkpoint")
    func drainTimesOut() throws {
        let gate = Gate()
        let scene = CrashScene { data, _ in
            if data == "a:9" || data == "b:12" { try await gate.pass() }
            return .done
        }
        let begin = scene.tree.clock.now.offset
        let left = scene.tree.begin { [scene] in await scene.tree.application.drain(within: .seconds(3)) }
        #expect(scene.tree.advance(atMost: .seconds(60)) { left.value != nil })
        #expect(scene.tree.clock.now.offset - begin == .seconds(3))
        #expect(left.value == 2)
        #expect(scene.tree.store.checkpoint(of: "a") == "8" && scene.tree.store.checkpoint(of: "b") == "11")
        scene.tree.application.stop()
        scene.tree.settle()
        guard case .stopped? = scene.tree.ending else { return #expect(Bool(false), "\(scene.tree.ending as Any)") }
        #expect(scene.tree.messages.inFlight == 2 && scene.tree.messages.leased == 0)
        #expect(scene.tree.store.checkpoint(of: "a") == "8" && scene.tree.store.checkpoint(of: "b") == "11")
    }

    @Test("C60: what failed waits out its backoff and is tried again before the stop is over")
    func drainRetries() {
        let scene = CrashScene { data, context in
            data.hasSuffix("4") && context.attempt < 3 ? .failed("not yet") : .done
        }
        let left = scene.tree.begin { [scene] in await scene.tree.application.drain(within: .seconds(60)) }
        #expect(scene.tree.advance(atMost: .seconds(60)) { left.value != nil })
        #expect(left.value == 0)
        #expect(scene.tree.messages.retried > 0 && scene.tree.messages.deadLettered == 0)
        #expect(scene.tree.finish() == 0)
    }

    @Test("C60: a stop in the middle of a drain ends it at once; what is left is counted")
    func stopDuringDrain() {
        let gate = Gate()
        let scene = CrashScene { _, _ in
            try await gate.pass()
            return .done
        }
        let left = scene.tree.begin { [scene] in await scene.tree.application.drain(within: .seconds(60)) }
        scene.tree.advance(by: .seconds(1))
        #expect(left.value == nil)
        let held = scene.tree.application.left
        let begin = scene.tree.clock.now.offset
        scene.tree.application.stop()
        scene.tree.settle()
        #expect(scene.tree.ending != nil)
        #expect(scene.tree.clock.now.offset == begin)
        #expect(left.value == held && held > 0)
    }

    // MARK: - C61

    @Test(
        "C61: in-flight counting is right on the queued path, while draining, and while the pool is resized",
        arguments: 1...10 as ClosedRange<UInt64>)
    func counting(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var settings = ApplicationSettings.virtual
        settings.maxInFlight = 24
        settings.workerTimeout = .seconds(60)
        let clock = ManualClock()
        // How many runs of the handler there are at this moment.
        let running = Locked(0)
        let handler = DirectedHandler { data, context in
            running.withLock { $0 += 1 }
            defer { running.withLock { $0 -= 1 } }
            let number = Int(data.split(separator: ":")[1]) ?? 0
            try await clock.sleep(for: .milliseconds(10 + number * 7 % 90))
            return number % 9 == 0 && context.attempt == 1 ? .failed("once") : .done
        }
        let tree = VirtualTree(
            [FeedSource("a", count: 150), FeedSource("b", count: 150)], settings: settings, clock: clock,
            handler: handler)
        func look() {
            let look = tree.messages
            let settled = Int(look.processed + look.killed + look.deadLettered)
            #expect(look.inFlight == Int(look.received) - settled)
            // What is done waits for more of it only while there is more to deal.
            #expect(look.answered == 0 || look.answered > 0 && look.queued > 0)
            #expect(look.leased == running.withLock { $0 })
            #expect(look.leased <= tree.status.workers)
        }
        for _ in 0..<40 {
            try tree.application.scale(to: .random(in: 2...8, using: &random))
            tree.advance(by: .milliseconds(.random(in: 1...40, using: &random)))
            look()
        }
        let left = tree.begin { await tree.application.drain(within: .seconds(60)) }
        while left.value == nil {
            tree.advance(by: .milliseconds(10))
            look()
        }
        #expect(left.value == 0)
        look()
        #expect(tree.messages.inFlight == 0)
        tree.finish()
    }
}
