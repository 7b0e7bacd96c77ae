import Foundation
import GRDB
import Pipeline
import Synchronization
import Testing

@testable import Storage

@Suite("A database that is taken away while it is open")
struct VanishedTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStateStore
    private var path: String { "\(folder.path)/ptrd.sqlite" }

    init() async throws {
        folder = try TemporaryFolder()
        store = try await SQLiteStateStore.open(directory: folder.path)
        try await store.commit(deadLetters: [makeLetter(1), makeLetter(2)], checkpoints: [makeCheckpoint("s", "2")])
    }

    private func remove(_ suffixes: [String]) throws {
        for suffix in suffixes { try FileManager.default.removeItem(atPath: path + suffix) }
    }

    /// What the next life finds.
    private func reopened() async throws -> (checkpoints: [String], letters: Int) {
        try await store.close()
        let next = try await SQLiteStateStore.open(directory: folder.path)
        let found = (
            try await next.checkpoints().map { String(buffer: $0.lastEventID) }, try await next.deadLetters().count
        )
        try await next.close()
        return found
    }

    @Test(
        "is noticed by the next look, and written anew with all that was in it",
        arguments: [["", "-wal", "-shm"], [""], ["", "-wal"], ["-wal"], ["-wal", "-shm"]])
    func deleted(_ suffixes: [String]) async throws {
        try remove(suffixes)
        await #expect(throws: StateVanished.self) { try await store.check() }
        try await store.check()
        #expect(store.counters.deadLetters == 2)
        try await store.commit(deadLetters: [makeLetter(3)], checkpoints: [makeCheckpoint("s", "3")])
        let found = try await reopened()
        #expect(found.checkpoints == ["3"] && found.letters == 3)
    }

    @Test("is noticed by a commit, which stores nothing then")
    func commit() async throws {
        try remove(["", "-wal", "-shm"])
        let error = await #expect(throws: StateVanished.self) {
            try await store.commit(deadLetters: [makeLetter(3)], checkpoints: [])
        }
        #expect(error?.description == "\(path) was deleted while ptrd ran; it is written anew, with all that was in it")
        #expect(try await reopened().letters == 2)
    }

    @Test("with its directory: directory and lock are made anew, too, and a second daemon is refused")
    func directory() async throws {
        try FileManager.default.removeItem(atPath: folder.path)
        await #expect(throws: StateVanished.self) { try await store.check() }
        await #expect(throws: StorageError.self) { try await SQLiteStateStore.open(directory: folder.path) }
        #expect(try await reopened().letters == 2)
    }

    @Test("and replaced: what was put there is moved aside, and nothing of it is lost")
    func replaced() async throws {
        let other = try TemporaryFolder()
        let theirs = try await SQLiteStateStore.open(directory: other.path)
        try await theirs.commit(deadLetters: [], checkpoints: [makeCheckpoint("s", "other")])
        try await theirs.close()
        try remove([""])
        try FileManager.default.moveItem(atPath: "\(other.path)/ptrd.sqlite", toPath: path)
        await #expect(throws: StateVanished.self) { try await store.check() }
        #expect(try await reopened().checkpoints == ["2"])
        let aside = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).first { $0.contains(".replaced-") })
        let kept = try await DatabaseQueue(path: "\(folder.path)/\(aside)").read { database in
            try Data.fetchOne(database, sql: "SELECT last_event_id FROM checkpoint")
        }
        #expect(kept == Data("other".utf8))
    }

    // MARK: - What does not work at once

    /// A store of its own whose copies are made by a test, with two letters and a checkpoint.
    private func store(
        in directory: String, copy: @escaping @Sendable (DatabasePool, DatabasePool) throws -> Void
    ) async throws -> SQLiteStateStore {
        let directory = try StateDirectory(path: directory)
        let (database, counters) = try SQLiteStateStore.openDatabase(in: directory, limits: DeadLetterLimits(), at: 0)
        let store = SQLiteStateStore(
            directory: directory, database: database, limits: DeadLetterLimits(), counters: counters, now: { 0 },
            copy: copy)
        try await store.commit(deadLetters: [makeLetter(1), makeLetter(2)], checkpoints: [makeCheckpoint("s", "2")])
        return store
    }

    private static let full = DatabaseError(resultCode: .SQLITE_FULL)

    @Test("without room for it: what is open stays open, nothing is left at its path, and the next look tries again")
    func noRoom() async throws {
        let other = try TemporaryFolder()
        let isFull = Atomic(true)
        let path = "\(other.path)/ptrd.sqlite"
        let store = try await store(in: other.path) { old, new in
            if isFull.load(ordering: .relaxed) { throw Self.full }
            try old.backup(to: new)
        }
        let secret = try await store.secret()
        for suffix in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: path + suffix) }
        for _ in 0..<2 {
            await #expect(throws: StorageError.diskFull(path: path)) { try await store.check() }
            #expect(try FileManager.default.contentsOfDirectory(atPath: other.path) == ["ptrd.lock"])
            #expect(try await store.deadLetters().count == 2 && store.counters.deadLetters == 2)
        }
        isFull.store(false, ordering: .relaxed)
        await #expect(throws: StateVanished.self) { try await store.check() }
        try await store.check()
        try await store.close()
        let next = try await SQLiteStateStore.open(directory: other.path)
        #expect(try await next.secret() == secret && next.counters.deadLetters == 2)
        try await next.close()
    }

    @Test("and cannot be read any more: a new one has its secret, by which the positions are known again")
    func unreadable() async throws {
        let other = try TemporaryFolder()
        let store = try await store(in: other.path) { _, _ in throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
        let secret = try await store.secret()
        try FileManager.default.removeItem(atPath: "\(other.path)/ptrd.sqlite")
        let error = await #expect(throws: StateVanished.self) { try await store.check() }
        #expect(error?.description.hasSuffix("but the dead letters that were in it are lost") == true)
        try await store.check()
        #expect(try await store.secret() == secret && store.counters.deadLetters == 0)
        try await store.close()
    }

    @Test("and its log cannot be made anew: the next look that can opens it again")
    func logInTheWay() async throws {
        try remove(["-wal"])
        try FileManager.default.createDirectory(atPath: path + "-wal", withIntermediateDirectories: false)
        for _ in 0..<2 { await #expect(throws: StorageError.self) { try await store.check() } }
        try remove(["-wal"])
        await #expect(throws: StateVanished.self) { try await store.check() }
        try await store.check()
        try await store.commit(deadLetters: [makeLetter(3)], checkpoints: [makeCheckpoint("s", "3")])
        let found = try await reopened()
        #expect(found.checkpoints == ["3"] && found.letters == 3)
    }

    @Test(
        "and meanwhile replaced: what was put there is not touched, and moved aside by the next look",
        arguments: [true, false])
    func replacedMeanwhile(_ isFull: Bool) async throws {
        let other = try TemporaryFolder()
        let copies = Atomic(0)
        let path = "\(other.path)/ptrd.sqlite"
        let theirs = Data("theirs".utf8)
        let store = try await store(in: other.path) { old, new in
            if copies.add(1, ordering: .relaxed).oldValue == 0 {
                try FileManager.default.removeItem(atPath: path)
                try theirs.write(to: URL(filePath: path))
                if isFull { throw Self.full }
            }
            try old.backup(to: new)
        }
        try FileManager.default.removeItem(atPath: path)
        for look in 1...2 {
            do {
                try await store.check()
                Issue.record("nothing was noticed")
            } catch {
                #expect((error is StateVanished) == (look == 2 || !isFull))
            }
            if look == 1 { #expect(FileManager.default.contents(atPath: path) == theirs) }
        }
        try await store.check()
        let aside = try #require(
            try FileManager.default.contentsOfDirectory(atPath: other.path).first { $0.contains(".replaced-") })
        #expect(FileManager.default.contents(atPath: "\(other.path)/\(aside)") == theirs)
        #expect(try await store.deadLetters().count == 2)
        try await store.close()
    }

    @Test("a log that others have put there is moved aside, and is not taken for the new one's")
    func otherLog() async throws {
        try remove(["", "-wal", "-shm"])
        try Data("theirs".utf8).write(to: URL(filePath: path + "-wal"))
        await #expect(throws: StateVanished.self) { try await store.check() }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let aside = try #require(names.first { $0.contains(".replaced-") })
        #expect(FileManager.default.contents(atPath: "\(folder.path)/\(aside)") == Data("theirs".utf8))
        #expect(try await reopened().letters == 2)
    }

    @Test("only a file that is not there is lost: what cannot be looked at may be there")
    func unknown() throws {
        let (loop, file) = ("\(folder.path)/loop", "\(folder.path)/file")
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        #expect(throws: StorageError.self) { try DatabaseFiles(of: "\(loop)/ptrd.sqlite") }
        try Data().write(to: URL(filePath: file))
        #expect(try DatabaseFiles(of: "\(file)/ptrd.sqlite").database == nil)
        #expect(try DatabaseFiles(of: "\(folder.path)/missing").database == nil)
    }

    @Test("a file that is there is neither created nor opened as the new one")
    func exclusive() async throws {
        let directory = try StateDirectory(path: TemporaryFolder().path + "-new")
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let created = try #require(try directory.createMissingDatabase())
        #expect(try directory.createMissingDatabase() == nil)
        try FileManager.default.moveItem(atPath: directory.database, toPath: "\(directory.path)/moved")
        try Data().write(to: URL(filePath: directory.database))
        #expect(throws: StorageError.self) {
            try SQLiteStateStore.openDatabase(in: directory, limits: DeadLetterLimits(), at: 0, expected: created)
        }
    }
}
