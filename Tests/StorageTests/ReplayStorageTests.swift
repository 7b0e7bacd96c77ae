import Foundation
import GRDB
import NIOCore
import Pipeline
import TestKit
import Testing

@testable import Storage

@Suite("What is stored of replays and of losses")
struct ReplayStorageTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open() async throws -> SQLiteStateStore { try await SQLiteStateStore.open(directory: folder.path) }

    @Test("a replay that was settled goes, one that died again is replaced, in one transaction")
    func replays() async throws {
        let store = try await open()
        try await store.commit(deadLetters: (1...4).map { makeLetter($0) }, checkpoints: [])
        var again = makeLetter(50, data: Array("a longer one".utf8))
        again.replayOf = 2
        try await store.commit(StateCommit(deadLetters: [again], settledReplays: [3, 99]))
        again.replayOf = nil
        let stored = try await store.deadLetters()
        #expect(stored.map(\.id) == [1, 4, 5])
        #expect(stored.last?.letter == again)
        let bytes = [makeLetter(1), makeLetter(4), again].reduce(0) { $0 + DeadLetterTable.size($1) }
        #expect(store.counters.deadLetters == 3 && store.counters.deadLetterBytes == bytes)
        try await store.close()
    }

    @Test("a transaction that fails leaves the replayed letters where they are")
    func failure() async throws {
        let store = try await open()
        try await store.commit(deadLetters: (1...2).map { makeLetter($0) }, checkpoints: [])
        try await DatabaseQueue(path: "\(folder.path)/ptrd.sqlite").write { database in
            try database.execute(
                sql: "CREATE TRIGGER refuse BEFORE INSERT ON dead_letter BEGIN SELECT raise(ABORT, 'refused'); END")
        }
        var again = makeLetter(50)
        again.replayOf = 2
        let commit = StateCommit(
            deadLetters: [again], checkpoints: [makeCheckpoint("s", "1")], settledReplays: [1], dropped: ["s": 1])
        await #expect(throws: StorageError.self) { try await store.commit(commit) }
        #expect(try await store.deadLetters().map(\.id) == [1, 2])
        #expect(try await store.checkpoints() == [])
        #expect(try await store.droppedDeadLetters() == [:])
        #expect(store.counters.deadLetters == 2)
        try await store.close()
    }

    @Test("what was dropped is added up per stream, over all lives")
    func dropped() async throws {
        let first = try await open()
        #expect(first.counters.lost == 0)
        try await first.commit(StateCommit(dropped: ["a": 2, "b": 1]))
        try await first.commit(StateCommit(dropped: ["a": 3]))
        #expect(try await first.droppedDeadLetters() == ["a": 5, "b": 1])
        try await first.close()
        let second = try await open()
        #expect(second.counters.lost == 6)
        try await second.close()
    }

    @Test("a letter that is larger than the store can hold is counted as dropped, and does not hold up the rest")
    func tooLarge() async throws {
        let store = try await open()
        var huge = makeLetter(1)
        // Nobody looks at the bytes, so nobody writes them.
        huge.data = ByteBufferAllocator().buffer(capacity: DeadLetterTable.largest)
        huge.data.moveWriterIndex(to: DeadLetterTable.largest)
        try await store.commit(
            StateCommit(deadLetters: [huge, makeLetter(2)], checkpoints: [makeCheckpoint("s", "2")]))
        #expect(try await store.deadLetters().map(\.letter.sequence) == [2])
        #expect(try await store.checkpoints() == [makeCheckpoint("s", "2")])
        #expect(try await store.droppedDeadLetters() == ["tweets-1": 1])
        #expect(store.counters.lost == 1 && store.counters.deadLetters == 1)
        try await store.close()
    }

    @Test("letters are found by stream, by text in data or reason, by number, and within a size")
    func filters() async throws {
        let store = try await open()
        let letters = [
            makeLetter(1, stream: "a", data: Array("naïve".utf8)), makeLetter(2, stream: "b", data: [0, 0x78, 0x79]),
            makeLetter(3, stream: "a", data: Array("100% x_y".utf8)),
        ]
        try await store.commit(deadLetters: letters, checkpoints: [])
        func ids(_ filter: DeadLetterFilter) async throws -> [Int64] { try await store.deadLetters(filter).map(\.id) }
        #expect(try await ids(DeadLetterFilter(stream: "a")) == [1, 3])
        #expect(try await ids(DeadLetterFilter(text: "ïv")) == [1])
        // Behind a NUL, and no pattern.
        #expect(try await ids(DeadLetterFilter(text: "xy")) == [2])
        #expect(try await ids(DeadLetterFilter(text: "%")) == [3])
        #expect(try await ids(DeadLetterFilter(text: "X_Y")) == [])
        #expect(try await ids(DeadLetterFilter(text: "exit status")) == [1, 2, 3])
        #expect(try await ids(DeadLetterFilter(stream: "b", text: "naïve")) == [])
        #expect(try await ids(DeadLetterFilter(after: 1, through: 2)) == [2])
        #expect(try await ids(DeadLetterFilter(text: "")) == [1, 2, 3])
        #expect(try await store.countDeadLetters() == ["a": 2, "b": 1])
        #expect(try await store.countDeadLetters(DeadLetterFilter(text: "x_y")) == ["a": 1])
        #expect(try await store.newestDeadLetter() == 3)
        let size = DeadLetterTable.size(letters[0])
        #expect(try await store.deadLetters(maxBytes: size).map(\.id) == [1])
        #expect(try await store.deadLetters(maxBytes: size + 1).map(\.id) == [1, 2])
        #expect(try await store.removeDeadLetters(DeadLetterFilter(stream: "a", through: 2)) == 1)
        #expect(try await ids(DeadLetterFilter()) == [2, 3])
        #expect(store.counters.deadLetterBytes == letters[1...].reduce(0) { $0 + DeadLetterTable.size($1) })
        #expect(try await store.removeDeadLetters(DeadLetterFilter()) == 2)
        #expect(store.counters.deadLetters == 0 && store.counters.deadLetterBytes == 0)
        #expect(try await store.newestDeadLetter() == nil)
        try await store.close()
    }

    @Test("a checkpoint keeps where it comes from; those of the first version say nothing of it")
    func migration() async throws {
        // The file as the first version made it.
        let path = "\(folder.path)/ptrd.sqlite"
        try await DatabaseQueue(path: path).write { database in
            try database.execute(
                sql: """
                    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                    INSERT INTO grdb_migrations VALUES ('1 checkpoints and dead letters');
                    CREATE TABLE checkpoint (
                        stream TEXT NOT NULL PRIMARY KEY,
                        last_event_id BLOB NOT NULL,
                        updated_at INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    \(Version010.deadLetterTable)
                    INSERT INTO checkpoint VALUES ('old', x'3137', 1), ('older', x'', 1);
                    INSERT INTO dead_letter VALUES (7, 100, 'old', 3, 2, 'worker.1.1', 9, 1, 'no', x'31', NULL, x'6162');
                    """)
        }
        let store = try await open()
        #expect(try await store.checkpoints() == [makeCheckpoint("old", "17"), makeCheckpoint("older", "")])
        let letter = try #require(try await store.deadLetter(7)).letter
        #expect(letter.stream == "old" && String(buffer: letter.data) == "ab" && letter.type == nil)
        var checkpoint = makeCheckpoint("old", "18")
        checkpoint.location = "http://localhost/a?key=…"
        try await store.commit(deadLetters: [makeLetter(1)], checkpoints: [checkpoint])
        try await store.close()
        let again = try await open()
        #expect(try await again.checkpoints() == [checkpoint, makeCheckpoint("older", "")])
        #expect(try await again.deadLetters().map(\.id) == [7, 8])
        try await again.close()
    }
}
