import Foundation
import GRDB
import Locking
import NIOCore
import Pipeline
import Synchronization
import Testing

@testable import Storage

/// A folder that lives as long as the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("ptr-state-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A dead letter; whatever a test does not care about has a default.
func makeLetter(
    _ sequence: UInt64 = 1, stream: String = "tweets-1", data: [UInt8] = Array("data".utf8),
    eventID: [UInt8] = Array("7".utf8),
    type: [UInt8]? = nil
) -> DeadLetter {
    DeadLetter(
        stream: stream, sequence: sequence, eventID: ByteBuffer(bytes: eventID),
        type: type.map { ByteBuffer(bytes: $0) },
        data: ByteBuffer(bytes: data), reason: "exit status 3", attempts: 3, worker: "worker.1.2", incarnation: 9,
        diedAt: 1_767_268_800_000_000)
}

func makeCheckpoint(_ stream: String, _ id: String) -> Checkpoint {
    Checkpoint(stream: stream, lastEventID: ByteBuffer(string: id))
}

extension SQLiteStateStore {
    /// A transaction of dead letters and checkpoints only.
    func commit(deadLetters: [DeadLetter], checkpoints: [Checkpoint]) async throws {
        try await commit(StateCommit(deadLetters: deadLetters, checkpoints: checkpoints))
    }
}

@Suite("The state store")
struct SQLiteStateStoreTests {
    private let folder: TemporaryFolder
    private var directory: String { "\(folder.path)/state" }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("is empty at first, in a directory that others cannot read")
    func creation() async throws {
        let store = try await SQLiteStateStore.open(directory: directory)
        #expect(try await store.checkpoints() == [])
        #expect(try await store.deadLetters() == [])
        #expect(store.counters == StateStoreCounters())
        for (name, mode) in [("", 0o750), ("/ptrd.sqlite", 0o640), ("/ptrd.sqlite-wal", 0o640), ("/ptrd.lock", 0o640)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory + name)
            let permissions = try #require(attributes[.posixPermissions] as? Int)
            #expect(permissions & ~mode == 0, "\(name) has mode \(String(permissions, radix: 8))")
        }
        try await store.close()
    }

    @Test("gives back checkpoints and dead letters, byte for byte, after it was opened again")
    func roundTrip() async throws {
        let everyByte = (0...255).map { UInt8($0) }
        let letters = [
            makeLetter(.max, data: everyByte, eventID: everyByte.reversed(), type: [0, 0xff]),
            makeLetter(0, stream: "a 'stream'", data: [], eventID: [], type: []), makeLetter(2, type: nil),
        ]
        let binary = Checkpoint(stream: "b", lastEventID: ByteBuffer(bytes: everyByte))
        let first = try await SQLiteStateStore.open(directory: directory)
        try await first.commit(deadLetters: letters, checkpoints: [makeCheckpoint("c", "1"), binary])
        try await first.commit(deadLetters: [], checkpoints: [makeCheckpoint("c", "")])
        let counters = first.counters
        try await first.close()

        let second = try await SQLiteStateStore.open(directory: directory)
        #expect(try await second.checkpoints() == [binary, makeCheckpoint("c", "")])
        let stored = try await second.deadLetters()
        #expect(stored.map(\.letter) == letters)
        #expect(stored.map(\.id) == [1, 2, 3])
        #expect(second.counters == counters)
        #expect(counters.deadLetters == 3)
        try await second.close()
    }

    @Test("keeps all the words of a reason, also behind a NUL")
    func reasonWithNUL() async throws {
        let store = try await SQLiteStateStore.open(directory: directory)
        var letter = makeLetter()
        letter.reason = "said: a\0b"
        try await store.commit(deadLetters: [letter], checkpoints: [])
        #expect(try await store.deadLetters().map(\.letter.reason) == ["said: a␀b"])
        try await store.close()
    }

    @Test("writes dead letters and checkpoints in one transaction or not at all")
    func atomicity() async throws {
        let store = try await SQLiteStateStore.open(directory: directory)
        try await store.commit(deadLetters: [makeLetter(1)], checkpoints: [makeCheckpoint("s", "1")])
        // Another program breaks what the transaction does last.
        let other = try DatabaseQueue(path: "\(directory)/ptrd.sqlite")
        try await other.write { database in
            try database.execute(
                sql: """
                    CREATE TRIGGER refuse BEFORE INSERT ON dead_letter BEGIN SELECT raise(ABORT, 'refused'); END
                    """)
        }
        let path = "\(directory)/ptrd.sqlite"
        await #expect(throws: StorageError.failed(path: path, reason: "refused")) {
            try await store.commit(deadLetters: [makeLetter(2)], checkpoints: [makeCheckpoint("s", "2")])
        }
        #expect(try await store.checkpoints() == [makeCheckpoint("s", "1")])
        #expect(store.counters.deadLetters == 1)
        try await other.write { try $0.execute(sql: "DROP TRIGGER refuse") }
        try await store.commit(deadLetters: [makeLetter(2)], checkpoints: [makeCheckpoint("s", "2")])
        #expect(try await store.checkpoints() == [makeCheckpoint("s", "2")])
        #expect(try await store.deadLetters().map(\.letter.sequence) == [1, 2])
        try await store.close()
    }

    @Test("a commit is on the disk when it returns")
    func durability() async throws {
        let store = try await SQLiteStateStore.open(directory: directory)
        let synchronous = try await store.writerPragma("synchronous")
        #expect(synchronous == 2, "2 is FULL")
        try await store.close()
    }

    @Test("commits although the task is cancelled, as at the daemon's end")
    func cancelled() async throws {
        let store = try await SQLiteStateStore.open(directory: directory)
        try await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await store.commit(deadLetters: [], checkpoints: [makeCheckpoint("s", "1")])
        }.value
        #expect(try await store.checkpoints() == [makeCheckpoint("s", "1")])
        try await store.close()
    }

    @Test("lets the oldest dead letters go when there are too many, and counts them")
    func countBound() async throws {
        let limits = DeadLetterLimits(count: 3, bytes: 1 << 20)
        let store = try await SQLiteStateStore.open(directory: directory, limits: limits)
        try await store.commit(deadLetters: (1...2).map { makeLetter($0) }, checkpoints: [])
        #expect(store.counters.evicted == 0)
        try await store.commit(deadLetters: (3...5).map { makeLetter($0) }, checkpoints: [])
        #expect(try await store.deadLetters().map(\.letter.sequence) == [3, 4, 5])
        #expect(store.counters.deadLetters == 3)
        #expect(store.counters.evicted == 2)
        try await store.commit(deadLetters: (6...20).map { makeLetter($0) }, checkpoints: [])
        #expect(try await store.deadLetters().map(\.id) == [18, 19, 20])
        #expect(store.counters.evicted == 17)
        try await store.close()
    }

    @Test(
        "lets dead letters go that are too old, all of them if need be, counts them, and looks at each commit and at the start"
    )
    func ageBound() async throws {
        let died: Int64 = 1_767_268_800_000_000
        let moment = Locked(died)
        let limits = DeadLetterLimits(age: .seconds(60))
        func open() async throws -> SQLiteStateStore {
            try await SQLiteStateStore.open(directory: directory, limits: limits) { moment.withLock { $0 } }
        }
        var store = try await open()
        try await store.commit(deadLetters: (1...3).map { makeLetter($0) }, checkpoints: [])
        // Not yet older than that, by a microsecond.
        moment.withLock { $0 = died + 60_000_000 }
        try await store.commit(deadLetters: [], checkpoints: [makeCheckpoint("s", "1")])
        #expect(store.counters.deadLetters == 3 && store.counters.evicted == 0)
        moment.withLock { $0 += 1 }
        try await store.commit(deadLetters: [], checkpoints: [makeCheckpoint("s", "2")])
        #expect(store.counters.deadLetters == 0 && store.counters.evicted == 3 && store.counters.deadLetterBytes == 0)
        #expect(try await store.deadLetters().isEmpty)
        moment.withLock { $0 = died }
        try await store.commit(deadLetters: [makeLetter(4)], checkpoints: [])
        try await store.close()
        moment.withLock { $0 = died + 61_000_000 }
        store = try await open()
        #expect(store.counters.deadLetters == 0)
        try await store.close()
    }

    @Test("bounds that are lowered while it is open let go what is beyond them")
    func loweredBounds() async throws {
        let store = try await SQLiteStateStore.open(directory: directory)
        try await store.commit(deadLetters: (1...9).map { makeLetter($0) }, checkpoints: [])
        store.limits = DeadLetterLimits(count: 4)
        try await store.enforceLimits()
        #expect(try await store.deadLetters().map(\.letter.sequence) == [6, 7, 8, 9])
        #expect(store.counters.deadLetters == 4 && store.counters.evicted == 5)
        store.limits = DeadLetterLimits(count: 2)
        try await store.commit(deadLetters: [], checkpoints: [makeCheckpoint("s", "1")])
        #expect(try await store.deadLetters().map(\.letter.sequence) == [8, 9])
        try await store.close()
    }

    @Test("lets the oldest dead letters go when they are too large, but never the newest")
    func bytesBound() async throws {
        let limits = DeadLetterLimits(count: 100, bytes: 2500)
        let store = try await SQLiteStateStore.open(directory: directory, limits: limits)
        let large = [UInt8](repeating: 1, count: 1000)
        try await store.commit(deadLetters: (1...3).map { makeLetter($0, data: large) }, checkpoints: [])
        #expect(try await store.deadLetters().map(\.letter.sequence) == [2, 3])
        #expect(store.counters.deadLetterBytes <= 2500)
        try await store.commit(deadLetters: [makeLetter(4, data: [UInt8](repeating: 1, count: 9000))], checkpoints: [])
        #expect(try await store.deadLetters().map(\.letter.sequence) == [4])
        try await store.close()

        let smaller = try await SQLiteStateStore.open(
            directory: directory, limits: DeadLetterLimits(count: 1, bytes: 1))
        #expect(smaller.counters.deadLetters == 1)
        try await smaller.close()
    }

    @Test("lists dead letters page by page and by stream, and removes what an operator names")
    func operatorsView() async throws {
        let store = try await SQLiteStateStore.open(directory: directory)
        let letters = (1...6).map { makeLetter($0, stream: $0.isMultiple(of: 2) ? "even" : "odd") }
        try await store.commit(deadLetters: letters, checkpoints: [])
        #expect(try await store.deadLetters(limit: 2).map(\.id) == [1, 2])
        #expect(try await store.deadLetters(DeadLetterFilter(after: 2), limit: 2).map(\.id) == [3, 4])
        #expect(try await store.deadLetters(DeadLetterFilter(stream: "even")).map(\.id) == [2, 4, 6])
        #expect(try await store.deadLetters(DeadLetterFilter(stream: "odd", after: 2), limit: 1).map(\.id) == [3])
        #expect(try await store.deadLetter(5)?.letter == letters[4])
        #expect(try await store.deadLetter(7) == nil)
        #expect(try await store.removeDeadLetters([5, 6, 5, 99]) == 2)
        #expect(try await store.deadLetter(5) == nil)
        let one = DeadLetterTable.size(letters[0])
        #expect(store.counters.deadLetters == 4 && store.counters.deadLetterBytes == 4 * one + 2)
        // A number is never given twice.
        try await store.commit(deadLetters: [makeLetter(7)], checkpoints: [])
        #expect(try await store.deadLetters(DeadLetterFilter(after: 4)).map(\.id) == [7])
        try await store.close()
    }

    @Test("says that it is closed")
    func closed() async throws {
        let store = try await SQLiteStateStore.open(directory: directory)
        try await store.close()
        await #expect(throws: StorageError.closed(path: "\(directory)/ptrd.sqlite")) {
            try await store.commit(deadLetters: [], checkpoints: [makeCheckpoint("s", "1")])
        }
    }
}

extension SQLiteStateStore {
    /// A number that a PRAGMA of the writing connection answers.
    func writerPragma(_ name: String) async throws -> Int? {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA \(name)") }
    }

    /// How many dead letters of which stream were lost, in all lives of the daemon.
    func droppedDeadLetters() async throws -> [String: Int] {
        try await pool.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT stream, count FROM dropped_dead_letter")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
        }
    }
}
