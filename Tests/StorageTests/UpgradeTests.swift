import GRDB
import Locking
import Logging
import NIOCore
import Pipeline
import TestKit
import Testing

@testable import Storage

/// After a life with streams with ids, with a secret in the query, and without ids; one checkpoint is from before there were
/// locations.
private let stateOfVersion010 =
    Version010.tables + """
        INSERT INTO checkpoint VALUES
            ('old', X'3132', 1795749712976294, NULL),
            ('tweets-1', X'3132', 1795749712976294, 'http://127.0.0.1:8931/tweets/1'),
            ('tweets-2', X'3137', 1795749712976294, 'http://127.0.0.1:8931/tweets/2?token=…&topic=…'),
            ('reset', X'', 1795749712976294, 'http://127.0.0.1:8931/reset');
        INSERT INTO dead_letter VALUES
            (3, 111, 'tweets-1', 11, 3, 'worker.1.4', 27, 1795749711976294, 'took longer than 20 s', X'3131', X'7477656574',
            X'6576656E74203131'),
            (4, 98, 'noid', 40, 3, 'worker.1.2', 29, 1795749712076294, 'no', X'', NULL, X'6576656E742034');
        INSERT INTO dropped_dead_letter VALUES ('tweets-1', 2, 1795749712976294);
        """

@Suite("The state of version 0.1.0", .timeLimit(.minutes(2)))
struct UpgradeTests {
    private let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        let queue = try DatabaseQueue(path: "\(folder.path)/ptrd.sqlite")
        try await queue.write { try $0.execute(sql: stateOfVersion010) }
        try queue.close()
    }

    /// What each stream was asked for with.
    private final class Asked: Sendable {
        let ids = Locked<[String: String]>([:])
    }

    /// A stream that brings one more event than it was left at, and says where it began.
    private struct OneMore: Source {
        let name: String
        let location: String
        var query = ""
        let asked: Asked

        var identity: [UInt8] { Array((location + query).utf8) }

        func run(_ intake: StreamIntake) async throws {
            let id = String(buffer: try await intake.resume())
            asked.ids.withLock { $0[name] = id }
            let next = ByteBuffer(string: "\((Int(id) ?? 0) + 1)")
            try await intake.bring([Event(id: next, data: next)], bytes: 1)
            try await Task.sleep(for: .seconds(3600))
        }
    }

    private struct Done: MessageHandler {
        func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome { .done }
    }

    /// One life with these streams. Returns what each was asked for with.
    private func live(_ streams: [(String, String)], query: String = "") async throws -> [String: String] {
        let store = try await SQLiteStateStore.open(directory: folder.path)
        let asked = Asked()
        let application = Application(
            sources: streams.map { OneMore(name: $0, location: $1, query: query, asked: asked) }, handler: Done(),
            store: store, wallClock: { 42 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await application.recover()
        let life = Task { await application.run() }
        // What was settled in the life before comes again, and is recognised.
        while application.status.messages.processed
            + application.status.streams.reduce(0, { $0 + $1.repeated }) < UInt64(streams.count)
        {
            try await nextTurn()
        }
        #expect(await application.drain(within: .seconds(60)) == 0)
        application.stop()
        _ = await life.value
        try await store.close()
        return asked.ids.withLock { $0 }
    }

    @Test("is opened, and each stream goes on where it was, whatever the values of its query are")
    func resumes() async throws {
        let streams = [
            ("tweets-1", "http://127.0.0.1:8931/tweets/1"),
            ("tweets-2", "http://127.0.0.1:8931/tweets/2?token=…&topic=…"),
            ("old", "http://127.0.0.1:8931/old"), ("reset", "http://127.0.0.1:8931/reset"),
        ]
        let first = try await live(streams, query: "1")
        #expect(first == ["tweets-1": "12", "tweets-2": "17", "old": "12", "reset": ""])
        // From now on the values count.
        let second = try await live(streams, query: "1")
        #expect(second == ["tweets-1": "12", "tweets-2": "17", "old": "12", "reset": ""])
        let third = try await live(streams, query: "2")
        #expect(third == ["tweets-1": "", "tweets-2": "", "old": "", "reset": ""])
    }

    @Test("a stream of another address does not go on from a position of that version either")
    func otherAddress() async throws {
        #expect(try await live([("tweets-1", "http://elsewhere/")]) == ["tweets-1": ""])
    }

    @Test("its dead letters stay, without identities, and so do its counts")
    func deadLetters() async throws {
        let store = try await SQLiteStateStore.open(directory: folder.path)
        let letters = try await store.deadLetters()
        #expect(letters.map(\.id) == [3, 4] && letters.allSatisfy { $0.letter.identity == nil })
        #expect(String(buffer: letters[0].letter.data) == "event 11" && letters[1].letter.type == nil)
        #expect(try await store.droppedDeadLetters() == ["tweets-1": 2])
        try await store.close()
    }

    @Test("gets a secret, which is another one in each state directory, and stays")
    func secret() async throws {
        let first = try await SQLiteStateStore.open(directory: folder.path)
        let secret = try await first.secret()
        try await first.close()
        let again = try await SQLiteStateStore.open(directory: folder.path)
        #expect(secret.count == 32)
        #expect(try await again.secret() == secret)
        try await again.close()
        let other = try await SQLiteStateStore.open(directory: try TemporaryFolder().path)
        #expect(try await other.secret() != secret)
        try await other.close()
    }

    @Test("positions, open runs and identities are stored and read back")
    func roundTrip() async throws {
        let store = try await SQLiteStateStore.open(directory: folder.path)
        let everyByte = ByteBuffer(bytes: UInt8.min...UInt8.max)
        var letter = makeLetter(1)
        letter.identity = "0123456789abcdef0123456789abcdef"
        let checkpoints = [
            Checkpoint(
                stream: "a", lastEventID: ByteBuffer(string: "1"), location: "http://h/", source: everyByte,
                openRun: OpenRun(lastEventID: everyByte, events: everyByte)),
            Checkpoint(
                stream: "b", lastEventID: ByteBuffer(),
                openRun: OpenRun(lastEventID: ByteBuffer(string: "1"), events: ByteBuffer())),
        ]
        try await store.commit(deadLetters: [letter], checkpoints: checkpoints)
        #expect(try await store.checkpoints().prefix(2) == checkpoints[...])
        #expect(try await store.deadLetters().last?.letter == letter)
        var closed = checkpoints[0]
        closed.openRun = nil
        try await store.commit(deadLetters: [], checkpoints: [closed])
        #expect(try await store.checkpoints().first == closed)
        try await store.close()
    }
}
