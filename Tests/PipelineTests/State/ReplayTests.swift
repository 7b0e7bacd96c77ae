import Locking
import NIOCore
import Supervision
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

private final class Flag: Sendable {
    private let state = Locked(false)

    var isSet: Bool { state.withLock { $0 } }

    func set() { state.withLock { $0 = true } }
}

@Suite("Replaying dead letters")
struct ReplayTests {
    /// A tree over a store that outlives it, with a handler that fails what it is told to.
    private final class Tree: Sendable {
        let application: Application
        let handler: DirectedHandler
        let store: MemoryStore
        private let life: Task<Supervisor.Ending, Never>

        init(
            _ sources: [FeedSource], store: MemoryStore = MemoryStore(), maxInFlight: Int = 64,
            _ behaviour: @escaping DirectedHandler.Behaviour = { _, _ in .done }
        ) {
            var settings = ApplicationSettings.quick
            settings.maxAttempts = 2
            settings.maxInFlight = maxInFlight
            let handler = DirectedHandler(behaviour)
            let application = Application(
                settings: settings, sources: sources, handler: handler, store: store, wallClock: { 42 },
                logger: LogLines().logger)
            self.application = application
            self.handler = handler
            self.store = store
            life = Task {
                try? await application.recover()
                return await application.run()
            }
        }

        var messages: LedgerSnapshot { application.status.messages }

        func end() async {
            application.stop()
            _ = await life.value
        }
    }

    private static let isMultipleOf3: @Sendable (String) -> Bool = { data in
        Int(data.drop { !$0.isNumber }).map { $0.isMultiple(of: 3) } ?? false
    }

    /// A tree whose stream `a` of nine messages has left three dead letters: 3, 6 and 9. They fail until `isMended`.
    private func treeWithLetters(_ isMended: Flag, maxInFlight: Int = 64) async -> Tree {
        let tree = Tree([FeedSource("a", count: 9)], maxInFlight: maxInFlight) { data, _ in
            Self.isMultipleOf3(data) && !isMended.isSet ? .failed("broken") : .done
        }
        await tree.store.reaches { $0.letters.count == 3 && $0.checkpoint(of: "a") == "9" }
        return tree
    }

    @Test("they are received anew, the identity stays, and what is settled goes from the store")
    func settled() async throws {
        let isMended = Flag()
        let tree = await treeWithLetters(isMended)
        #expect(try await tree.application.countDeadLetters() == ["a": 3])
        isMended.set()
        #expect(try await tree.application.replay() == 3)
        await tree.handler.completed(9)
        await tree.store.reaches { $0.letters.isEmpty }
        #expect(tree.messages.received == 12 && tree.messages.processed == 9 && tree.messages.deadLettered == 3)
        #expect(tree.messages.isBalanced)
        #expect(tree.store.contents.checkpoint(of: "a") == "9")
        // A receiver that starts again goes on after the stream's last id, not after a replay's.
        _ = try await tree.application.crash(.receiver("a"))
        #expect(await tree.application.drain(within: .seconds(60)) == 0)
        #expect(tree.messages.received == 12 && tree.messages.replaying == 0)
        await tree.end()
    }

    @Test("what dies again takes the stored one's place, and is not replayed for ever")
    func diesAgain() async throws {
        let tree = await treeWithLetters(Flag())
        #expect(try await tree.application.replay() == 3)
        await tree.store.reaches { $0.letters.keys.sorted() == [4, 5, 6] }
        #expect(tree.messages.received == 12 && tree.messages.deadLettered == 6 && tree.messages.isBalanced)
        #expect(tree.store.contents.letters.values.map { String(buffer: $0.data) }.sorted() == ["a:3", "a:6", "a:9"])
        #expect(tree.store.contents.letters.values.allSatisfy { $0.attempts == 2 && $0.reason == "broken" })
        await tree.end()
    }

    @Test("a replay that waits for room when the tree ends is told so, and so is one that comes later; nothing is lost")
    func treeEnds() async throws {
        let gate = Gate()
        let store = MemoryStore()
        try await store.commit(StateCommit(deadLetters: (0..<4).map { _ in .ofReplayTests }))
        let tree = Tree([FeedSource("a", count: 0)], store: store, maxInFlight: 2) { _, _ in
            try await gate.pass()
            return .done
        }
        let replay = Task { try await tree.application.replay() }
        await gate.arrivals(2)
        await tree.end()
        await #expect(throws: ReplayError.stopping) { try await replay.value }
        let all = try await tree.application.deadLetters()
        #expect(all.count == 4)
        await #expect(throws: ReplayError.stopping) { try await tree.application.replay(Array(all.suffix(1))) }
    }

    @Test("some of them, by their numbers or a filter, up to a limit")
    func some() async throws {
        let isMended = Flag()
        let tree = await treeWithLetters(isMended)
        isMended.set()
        #expect(try await tree.application.replay(DeadLetterFilter(stream: "a"), limit: 1) == 1)
        await tree.store.reaches { $0.letters.keys.sorted() == [2, 3] }
        let last = try await tree.application.deadLetters(DeadLetterFilter(after: 2))
        #expect(try await tree.application.replay(last) == 1)
        await tree.store.reaches { $0.letters.keys.sorted() == [2] }
        #expect(try await tree.application.replay(DeadLetterFilter(stream: "b")) == 0)
        // It was replayed since the list was made.
        #expect(try await tree.application.replay(last) == 0)
        #expect(await tree.application.drain(within: .seconds(60)) == 0)
        #expect(tree.messages.replaying == 0)
        await tree.end()
    }

    @Test("a stream that is not configured any more is an error that names it, and nothing is replayed")
    func unknownStream() async throws {
        let store = MemoryStore()
        let strangers = ["b", "c", "b", "a"].map { name in
            var letter = DeadLetter.ofReplayTests
            letter.stream = name
            return letter
        }
        try await store.commit(StateCommit(deadLetters: strangers))
        let tree = Tree([FeedSource("a", count: 0)], store: store)
        let error = ReplayError.unknownStreams(["b", "c"])
        await #expect(throws: error) { try await tree.application.replay() }
        let all = try await tree.application.deadLetters()
        await #expect(throws: error) { try await tree.application.replay(all) }
        #expect("\(error)".contains("b, c"))
        #expect(tree.messages.received == 0)
        #expect(try await tree.application.replay(DeadLetterFilter(stream: "a")) == 1)
        await tree.store.reaches { $0.letters.keys.sorted() == [1, 2, 3] }
        await tree.end()
    }

    @Test("they wait for room in the window like any message")
    func window() async throws {
        let store = MemoryStore()
        try await store.commit(StateCommit(deadLetters: Array(repeating: .ofReplayTests, count: 10)))
        let gate = Gate()
        let tree = Tree([FeedSource("a", count: 0)], store: store, maxInFlight: 6) { _, _ in
            try await gate.pass()
            return .done
        }
        let replay = Task { try await tree.application.replay() }
        await gate.arrivals(4)
        #expect(tree.messages.received == 6 && tree.messages.inFlight == 6 && tree.application.waiting == 4)
        #expect(tree.messages.replaying == 10)
        gate.open()
        #expect(try await replay.value == 10)
        await tree.store.reaches { $0.letters.isEmpty }
        #expect(tree.messages.processed == 10)
        await tree.end()
    }

    @Test("a process that ends in between still has them, whatever the workers had done")
    func endsInBetween() async throws {
        let isMended = Flag()
        let tree = await treeWithLetters(isMended)
        isMended.set()
        // Settled, but that cannot be stored any more.
        tree.store.fill()
        #expect(try await tree.application.replay() == 3)
        await tree.handler.completed(9)
        await tree.store.reaches { $0.failures > 1 }
        #expect(tree.store.contents.letters.count == 3)
        // They are done; only the store does not know yet.
        #expect(try await tree.application.replay() == 0)
        await tree.end()
        tree.store.fill(false)

        let next = Tree([FeedSource("a", count: 9)], store: tree.store)
        #expect(try await next.application.replay() == 3)
        await next.store.reaches { $0.letters.isEmpty }
        #expect(next.messages.received == 3 && next.messages.processed == 3)
        await next.end()
    }

    @Test("a tree that stops takes none")
    func stopping() async throws {
        let tree = await treeWithLetters(Flag())
        #expect(await tree.application.drain(within: .seconds(60)) == 0)
        await #expect(throws: ReplayError.stopping) { try await tree.application.replay() }
        #expect(tree.store.contents.letters.count == 3 && tree.messages.replaying == 0)
        await tree.end()
    }

    @Test("crashes of the tree lose no replay, and complete none twice")
    func crashes() async throws {
        let store = MemoryStore()
        let letters = (1...300).map { number in
            var letter = DeadLetter.ofReplayTests
            letter.data = ByteBuffer(string: "r\(number)")
            return letter
        }
        try await store.commit(StateCommit(deadLetters: letters))
        let gate = Gate()
        let tree = Tree([FeedSource("a", count: 300)], store: store) { _, _ in
            try await gate.pass()
            return .done
        }
        let replay = Task { try await tree.application.replay() }
        await gate.arrivals(4)
        for target in [CrashTarget.directSupervisor(nil), .flowManager, .receiver("a"), .mainSupervisor] {
            _ = try await tree.application.crash(target)
            #expect(tree.messages.isBalanced)
        }
        gate.open()
        #expect(try await replay.value == 300)
        await tree.handler.completed(600)
        await tree.store.reaches { $0.letters.isEmpty && $0.checkpoint(of: "a") == "300" }
        #expect(tree.handler.completions.count == 600 && tree.handler.completions.values.allSatisfy { $0 == 1 })
        #expect(tree.messages.received == 600 && tree.messages.processed == 600)
        await tree.end()
    }
}
