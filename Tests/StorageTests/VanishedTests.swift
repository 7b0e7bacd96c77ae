import Foundation
import GRDB
import Pipeline
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
        arguments: [["", "-wal", "-shm"], [""], ["-wal"], ["-wal", "-shm"]])
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
}
