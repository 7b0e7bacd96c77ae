import Foundation
import Locking
import Logging
import NIOCore
import Pipeline
import Testing

@testable import Storage

@Suite("A tree over a real store")
struct TwoLivesTests {
    /// Three events with ids.
    private struct ThreeEvents: Source {
        let name = "s"
        let location = "test"

        func run(_ intake: StreamIntake) async throws {
            let next = Int(String(buffer: try await intake.resume())) ?? 0
            let events = (next..<3).map { index in
                Event(id: ByteBuffer(string: "\(index + 1)"), data: ByteBuffer(string: "event \(index + 1)"))
            }
            try await intake.bring(events, bytes: 100)
            try await Task.sleep(for: .seconds(3600))
        }
    }

    /// Fails whatever contains a text, and says what it has handled.
    private struct Fussy: MessageHandler {
        let dislikes: String
        let handled: AsyncStream<String>.Continuation

        func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
            let data = String(buffer: message.event.data)
            handled.yield(data)
            return data.contains(dislikes) ? .failed("I do not like it") : .done
        }
    }

    /// One life: the tree runs, `body` looks on, the tree is drained.
    private func live(
        in directory: String, dislikes: String,
        _ body: (Application, inout AsyncStream<String>.Iterator) async throws -> Void
    ) async throws {
        let store = try await SQLiteStateStore.open(directory: directory)
        let (handled, continuation) = AsyncStream<String>.makeStream()
        var settings = ApplicationSettings()
        settings.maxAttempts = 1
        settings.scaling.max = 1
        let application = Application(
            settings: settings, sources: [ThreeEvents()],
            handler: Fussy(dislikes: dislikes, handled: continuation), store: store, wallClock: { 42 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await application.recover()
        let life = Task { await application.run() }
        var iterator = handled.makeAsyncIterator()
        try await body(application, &iterator)
        #expect(await application.drain(within: .seconds(60)) == 0)
        #expect(application.status.messages.isBalanced)
        application.stop()
        _ = await life.value
        try await store.close()
    }

    @Test("a dead letter outlives the process, is replayed by the next one, and then is gone; no event comes twice")
    func replay() async throws {
        let folder = try TemporaryFolder()
        try await live(in: folder.path, dislikes: "2") { _, handled in
            for _ in 0..<3 { _ = await handled.next() }
        }
        try await live(in: folder.path, dislikes: "nothing") { application, handled in
            let letters = try await application.deadLetters()
            #expect(letters.map { String(buffer: $0.letter.data) } == ["event 2"])
            #expect(letters.map(\.letter.reason) == ["I do not like it"])
            #expect(application.status.storage.deadLetters == 1)
            #expect(try await application.replay(letters) == 1)
            #expect(await handled.next() == "event 2")
        }
        try await live(in: folder.path, dislikes: "nothing") { application, _ in
            let letters = try await application.countDeadLetters()
            #expect(letters == [:])
            #expect(application.status.messages.received == 0)
            #expect(application.status.streams.map(\.lastEventID) == ["3"])
        }
    }
}
