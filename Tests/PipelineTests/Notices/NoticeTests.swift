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

@Suite("What a source is told of its messages")
struct NoticeTests {
    private struct NoGood: Error {}

    private let source = ReceiptSource()
    private let clock = ManualClock()

    /// Messages that begin with `bad` fail, a `kill` stops its worker, and all others take 50 ms.
    private func tree(
        _ sources: [any Source]? = nil, attempts: Int = 1, store: (any StateStore)? = nil
    ) -> VirtualTree {
        var settings = ApplicationSettings.fixed
        settings.maxAttempts = attempts
        settings.killMessage = Array("kill".utf8)
        return VirtualTree(
            sources ?? [source], settings: settings, clock: clock, store: store,
            handler: DirectedHandler { [clock] data, _ in
                try await clock.sleep(for: .milliseconds(50))
                if data.hasPrefix("bad") { throw NoGood() }
                return .done
            })
    }

    private func reload(_ tree: VirtualTree, _ sources: [any Source], renewed: Set<String> = []) {
        let done = tree.begin {
            try await tree.application.reload(tree.application.settings, sources: sources, renewed: renewed)
            return true
        }
        tree.settle()
        #expect(done.value == true)
    }

    @Test("each receipt is told once, with the bin that its message ended in")
    func bins() {
        let tree = tree(attempts: 2)
        source.send(["one", "kill", "bad", "two"])
        tree.advance(by: .seconds(3))
        #expect(source.told.sorted() == ["1 processed", "2 killed", "3 deadLettered", "4 processed"])
        tree.finish()
        #expect(source.told.count == 4)
    }

    @Test("what is settled at once is told at once, in one call")
    func batches() {
        let tree = tree()
        source.send(["1", "2", "3", "4"])
        tree.settle()
        #expect(source.toldInBatches.isEmpty)
        tree.advance(by: .milliseconds(50))
        #expect(source.toldInBatches.map(\.count) == [4])
        tree.finish()
    }

    @Test("nothing is told of what has no receipt, nor to a source that does not want it")
    func unwanted() {
        let silent = ReceiptSource("b", wantsNotices: false)
        let tree = tree([source, silent])
        silent.send(["one", "bad"])
        source.send(Event(data: ByteBuffer(string: "one")))
        source.send(Event(data: ByteBuffer(string: "bad")))
        source.send(["two"], from: 7)
        tree.advance(by: .seconds(3))
        #expect(tree.messages.processed == 3 && tree.messages.deadLettered == 2)
        #expect(silent.told.isEmpty && source.told == ["7 processed"])
        tree.finish()
    }

    @Test("a dead letter is told when it is stored, and its replay is not told at all")
    func storedLetter() {
        let store = MemoryStore()
        store.fill()
        let tree = tree(store: store)
        source.send(["bad", "one"])
        tree.advance(by: .seconds(3))
        #expect(tree.messages.deadLettered == 1 && store.contents.failures > 0)
        #expect(source.told == ["2 processed"])
        store.fill(false)
        #expect(tree.advance(atMost: .seconds(1)) { source.told == ["2 processed", "1 deadLettered"] })
        #expect(store.contents.letters.count == 1)
        let replayed = tree.begin { try await tree.application.replay() }
        tree.advance(by: .seconds(3))
        #expect(replayed.value == 1 && tree.messages.deadLettered == 2)
        tree.finish()
        #expect(source.told.count == 2)
    }

    @Test("a crash of any part of the tree loses no notice and repeats none", arguments: CrashScene.parts)
    func crash(part: CrashTarget) {
        let other = ReceiptSource("b")
        let tree = tree([source, other], attempts: 2)
        for source in [source, other] { source.send((1...60).map { $0.isMultiple(of: 7) ? "bad" : "\($0)" }) }
        for _ in 0..<12 {
            tree.advance(by: .milliseconds(70))
            _ = tree.crash(part)
        }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed + tree.messages.deadLettered == 120 })
        tree.advance(by: .seconds(1))
        for source in [source, other] {
            let expected = (1...60).map { "\($0) \($0.isMultiple(of: 7) ? "deadLettered" : "processed")" }
            #expect(source.told.sorted() == expected.sorted())
        }
        tree.finish()
    }

    @Test("what is stored while flow_manager is gone is told by the next one")
    func storedWithoutManager() {
        let (store, gate) = (MemoryStore(), Gate())
        store.hold(at: gate)
        let tree = tree(store: store)
        source.send(["bad"])
        tree.advance(by: .seconds(1))
        #expect(tree.messages.deadLettered == 1 && source.told.isEmpty)
        let ended = tree.begin { [tree] in
            try await tree.application.supervisor.terminateChild(.flowManager)
            return true
        }
        tree.settle()
        #expect(ended.value == true)
        gate.open()
        tree.advance(by: .seconds(1))
        #expect(store.contents.letters.count == 1 && source.told.isEmpty)
        _ = tree.begin { [tree] in try await tree.application.supervisor.restartChild(.flowManager) }
        tree.settle()
        #expect(source.told == ["1 deadLettered"])
        tree.finish()
    }

    // MARK: - Other sources

    @Test("a source that is taken out is told nothing any more; what it brought is worked on all the same")
    func removed() {
        let tree = tree([source, ReceiptSource("b")])
        source.send((1...40).map { $0 == 1 ? "bad" : "\($0)" })
        tree.advance(by: .milliseconds(120))
        let before = source.told
        #expect(!before.isEmpty && tree.application.waiting > 0)
        reload(tree, [ReceiptSource("b")])
        tree.advance(by: .seconds(3))
        #expect(source.hasEnded && tree.messages.processed == 39 && tree.messages.deadLettered == 1)
        #expect(source.told == before)
        tree.finish()
    }

    @Test(
        "the one that takes its place is told of its own only, whether it goes on in its stream, begins another or comes back",
        arguments: ["test", "elsewhere"], [true, false])
    func replaced(location: String, isAbsentBetween: Bool) {
        let tree = tree()
        source.send((1...40).map { $0 == 1 ? "bad" : "\($0)" })
        tree.advance(by: .milliseconds(120))
        let before = source.told
        #expect(!before.isEmpty && tree.application.waiting > 0)
        let successor = ReceiptSource(at: location)
        if isAbsentBetween { reload(tree, []) }
        reload(tree, [successor], renewed: ["a"])
        successor.send(["bad", "one"], from: 100)
        tree.advance(by: .seconds(5))
        #expect(tree.messages.processed == 40 && tree.messages.deadLettered == 2)
        #expect(source.told == before)
        #expect(successor.told.sorted() == ["100 deadLettered", "101 processed"])
        tree.finish()
    }

    @Test("one that a reload leaves as it is is told on, and the one that was meant in its place is told nothing")
    func unchanged() {
        let tree = tree()
        source.send(["one"])
        let same = ReceiptSource()
        reload(tree, [same])
        source.send(["two"], from: 2)
        tree.advance(by: .seconds(1))
        #expect(source.told == ["1 processed", "2 processed"] && same.told.isEmpty && !source.hasEnded)
        tree.finish()
    }

    @Test("whoever ends a source waits until the call that is under way has returned")
    func underWay() async {
        let (recipients, steps, ending) = (SourceTable([]), RecordedIDs(), Eventual<Task<Void, Never>>())
        let runtime = SupervisionRuntime(clock: clock)
        let number = recipients.begin(
            AnsweringSource {
                ending.set(
                    Task.immediate {
                        await recipients.end(of: "answering", runtime: runtime)
                        steps.add("ended")
                    })
                steps.add("returns")
            })
        var pending = PendingNotices(to: number)
        #expect(pending.append(1, .processed, to: number) == true)
        recipients.tell(pending)
        await ending.value?.value
        recipients.tell(pending)
        #expect(steps.all == ["returns", "ended"])
    }

    // MARK: - The end of the tree

    @Test(
        "what workers end with when flow_manager has stopped is told before the tree has ended, dead letters included")
    func lastOnes() {
        var settings = ApplicationSettings.fixed
        settings.maxAttempts = 1
        let tree = VirtualTree(
            [source], settings: settings, clock: clock,
            handler: DirectedHandler { [clock] data, _ in
                guard data != "bad" else { return .failed("no") }
                // Done as soon as it is told to stop.
                try? await clock.sleep(for: .seconds(3))
                return .done
            })
        source.send(["one", "bad", "two"])
        tree.advance(by: .milliseconds(100))
        #expect(tree.messages.leased == 2 && tree.messages.unsavedDeadLetters == 1 && source.told.isEmpty)
        tree.application.stop()
        #expect(tree.advance(atMost: .seconds(10)) { tree.ending != nil })
        #expect(source.told.sorted() == ["1 processed", "2 deadLettered", "3 processed"])
    }

    @Test("a disk that hangs keeps the end of the tree from nothing but the notices of dead letters")
    func hungDisk() {
        let (store, gate) = (MemoryStore(), Gate())
        store.hold(at: gate)
        let tree = tree(store: store)
        source.send(["bad", "one"])
        tree.advance(by: .seconds(1))
        tree.application.stop()
        #expect(tree.advance(atMost: .seconds(20)) { tree.ending != nil })
        #expect(tree.application.unstored.deadLetters == 1)
        #expect(source.told == ["2 processed"])
        gate.open()
        tree.settle()
        #expect(source.told == ["2 processed"])
    }
}

/// A source that does something when it is told.
private struct AnsweringSource: Source {
    let name = "answering"
    let location = "test"
    let wantsNotices = true
    let answer: @Sendable () -> Void

    func settled(_ notices: [SettlementNotice]) { answer() }
    func run(_ intake: StreamIntake) async throws {}
}
