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

@Suite("A replay while the handler is broken")
struct ReplayIntoOutageTests {
    /// A handler that fails until it is mended, and counts what it is given by its data.
    private final class BrokenHandler: MessageHandler {
        private let state = Locked((handled: [String](), isBroken: true))

        func mend() { state.withLock { $0.isBroken = false } }

        /// What it was given, in order.
        var handled: [String] { state.withLock(\.handled) }

        func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
            state.withLock { state in
                state.handled.append(String(buffer: message.event.data))
                return state.isBroken ? .failed("down") : .done
            }
        }
    }

    /// A tree with such a handler, one stream, and letters to replay.
    private final class Scene: Sendable {
        let tree: VirtualTree
        let source = ScriptedSource()
        private let handler = BrokenHandler()

        init() {
            var settings = ApplicationSettings.virtual
            settings.breaker = BreakerPolicy(minimum: 4)
            settings.maxAttempts = 3
            tree = VirtualTree([source], settings: settings, handler: handler)
            tree.settle()
        }

        func mend() { handler.mend() }
        var handled: [String] { handler.handled }
        /// How often letters were tried.
        var triesOfLetters: Int { handled.count { $0.hasPrefix("letter") } }

        var isOpen: Bool { tree.application.ledger.withLock { !$0.breaker.isClosed } }

        /// Admits letters, as a replay does.
        func replay(_ count: Int) {
            let letters = (1...Int64(count)).map { number in
                StoredDeadLetter(
                    id: number,
                    letter: DeadLetter(
                        stream: "scripted", sequence: 1, eventID: ByteBuffer(), type: nil,
                        data: ByteBuffer(string: "letter \(number)"), reason: "", attempts: 3, worker: "",
                        incarnation: 1,
                        diedAt: 0))
            }
            let intake = tree.application.intake
            _ = tree.begin { try await intake.bring(.replays(letters[...]), of: 0, receivedAt: .zero) }
        }

        /// Ten messages come and fail, and the breaker opens.
        func open() {
            for number in 1...10 { source.send("message \(number)") }
            #expect(tree.advance(atMost: .seconds(20)) { isOpen })
        }

        /// The same, and they have all been given up, so that nothing is left to try.
        func openForLong() {
            open()
            #expect(tree.advance(atMost: .seconds(7200)) { tree.messages.inFlight == 0 })
            #expect(isOpen && tree.messages.deadLettered == 10)
        }
    }

    @Test("of the letters one is tried at each of the breaker's trials, and none pays for it")
    func held() {
        let scene = Scene()
        scene.openForLong()
        scene.replay(20)
        scene.tree.advance(by: .seconds(600))
        // One a minute, as long as nothing else comes.
        #expect((5...12).contains(scene.triesOfLetters))
        #expect(scene.isOpen)
        #expect(scene.tree.messages.deadLettered == 10)
        scene.mend()
        #expect(scene.tree.advance(atMost: .seconds(120)) { scene.tree.messages.processed == 20 })
        #expect(!scene.isOpen)
        #expect(scene.tree.finish() == 0)
        #expect(scene.tree.store.deadLetters.count == 10)
    }

    @Test("letters that were admitted before the breaker opened are held, with their attempts")
    func admittedBefore() {
        let scene = Scene()
        scene.replay(40)
        scene.open()
        let before = scene.triesOfLetters
        #expect(scene.tree.messages.received > 20)
        scene.tree.advance(by: .seconds(20))
        #expect(scene.isOpen)
        #expect(scene.triesOfLetters == before)
        scene.mend()
        #expect(scene.tree.advance(atMost: .seconds(120)) { scene.tree.messages.received == 50 })
        #expect(scene.tree.advance(atMost: .seconds(120)) { scene.tree.messages.inFlight == 0 })
        #expect(!scene.isOpen && scene.tree.messages.isBalanced)
        #expect(scene.tree.finish() == 0)
    }

    @Test("a message that the stream brings is tried before letters, also before those that wait in front of it")
    func freshFirst() {
        let scene = Scene()
        scene.openForLong()
        scene.replay(20)
        scene.tree.advance(by: .seconds(90))
        let before = scene.handled.count
        scene.source.send("fresh")
        scene.mend()
        #expect(scene.tree.advance(atMost: .seconds(120)) { scene.handled.contains("fresh") })
        #expect(scene.handled[before...].first == "fresh")
        #expect(!scene.isOpen)
        #expect(scene.tree.advance(atMost: .seconds(30)) { scene.tree.messages.inFlight == 0 })
        #expect(scene.tree.messages.processed == 21)
        #expect(scene.tree.finish() == 0)
    }

    @Test("a drain still ends: with no later to wait for, letters pay for their trials")
    func drain() {
        let scene = Scene()
        scene.openForLong()
        scene.replay(1)
        scene.tree.advance(by: .seconds(90))
        #expect(scene.tree.messages.inFlight == 1)
        #expect(scene.tree.finish(within: .seconds(3600)) == 0)
        #expect(scene.tree.messages.isBalanced && scene.tree.messages.deadLettered == 11)
    }
}
