import Foundation
import GRDB
import NIOCore
import Pipeline
import Testing

@testable import Storage

@Suite("Damaged state")
struct DamageTests {
    /// 2026-11-23 18:16:54 UTC.
    private static let moment: Int64 = 1_795_457_814_000_000

    private let folder: TemporaryFolder
    private var database: String { "\(folder.path)/ptrd.sqlite" }
    private var aside: String { "\(database).damaged-20261123T181654Z" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ onDamage: DamagePolicy = .stop) async throws -> SQLiteStateStore {
        try await SQLiteStateStore.open(directory: folder.path, onDamage: onDamage, now: { Self.moment })
    }

    /// Makes a store of some pages, closed.
    private func makeStore() async throws {
        let store = try await open()
        try await store.commit(deadLetters: (1...300).map { makeLetter($0) }, checkpoints: [makeCheckpoint("s", "1")])
        try await store.close()
    }

    private func overwrite(at offset: UInt64, with bytes: [UInt8]) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: database))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: bytes)
        try file.close()
    }

    private func contents(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

    enum Damage: CaseIterable {
        case header, randomPage, end

        /// Where it hits a file of that size, and how much of it.
        func range(size: UInt64) -> (offset: UInt64, count: Int) {
            switch self {
            case .header: (0, 64)
            case .randomPage: (size / 8192 * 4096, 4096)
            case .end: (size - 4096, 4096)
            }
        }
    }

    private func damage(_ damage: Damage) throws -> Data {
        let size = try #require(contents(database)).count
        #expect(size > 5 * 4096)
        let (offset, count) = damage.range(size: UInt64(size))
        try overwrite(at: offset, with: (0..<count).map { _ in UInt8.random(in: 1...255) })
        return try #require(contents(database))
    }

    @Test("is an error that names the file and both ways out, and nothing is touched", arguments: Damage.allCases)
    func stop(_ kind: Damage) async throws {
        try await makeStore()
        let damaged = try damage(kind)
        let error = await #expect(throws: StorageError.self) { try await open() }
        guard case .damaged(database, _) = error else {
            Issue.record("the error was \(String(describing: error))")
            return
        }
        for words in [database, "move it aside", "on_damage = \"move_aside\""] {
            #expect("\(error!)".contains(words))
        }
        #expect(contents(database) == damaged)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.contains("damaged") })
    }

    @Test("is moved aside when told so, byte for byte, and a fresh file is begun", arguments: Damage.allCases)
    func moveAside(_ kind: Damage) async throws {
        try await makeStore()
        let damaged = try damage(kind)
        let store = try await open(.moveAside)
        let moved = try #require(store.movedAside)
        #expect(moved.from == database && moved.to == aside && !moved.reason.isEmpty)
        #expect(contents(aside) == damaged)
        #expect(try await store.checkpoints() == [])
        #expect(try await store.deadLetters() == [])
        try await store.commit(deadLetters: [makeLetter(1)], checkpoints: [makeCheckpoint("s", "2")])
        try await store.close()

        let again = try await open(.moveAside)
        #expect(again.movedAside == nil)
        #expect(try await again.checkpoints() == [makeCheckpoint("s", "2")])
        try await again.close()
    }

    @Test("takes its log along, and overwrites nothing that was moved before")
    func namesAreFree() async throws {
        try Data("rubbish".utf8).write(to: URL(fileURLWithPath: database))
        try Data("log".utf8).write(to: URL(fileURLWithPath: "\(database)-wal"))
        try Data("an older one's".utf8).write(to: URL(fileURLWithPath: "\(aside)-wal"))
        let store = try await open(.moveAside)
        #expect(store.movedAside?.to == "\(aside)-2")
        #expect(contents("\(aside)-2") == Data("rubbish".utf8))
        #expect(contents("\(aside)-2-wal") == Data("log".utf8))
        #expect(contents("\(aside)-wal") == Data("an older one's".utf8))
        #expect(!FileManager.default.fileExists(atPath: aside))
        try await store.close()
    }

    @Test("is not what a later version wrote: that is never moved")
    func tooNew() async throws {
        try await open().close()
        try await DatabaseQueue(path: database).write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99 from the future')")
        }
        await #expect(throws: StorageError.tooNew(path: database)) { try await open(.moveAside) }
        #expect(FileManager.default.fileExists(atPath: database))
    }

    @Test("is not a log that ends in the middle: what was committed before its end is there")
    func truncatedLog() async throws {
        let store = try await open()
        try await store.commit(deadLetters: [], checkpoints: [makeCheckpoint("s", "1")])
        try await store.commit(deadLetters: [makeLetter(1)], checkpoints: [makeCheckpoint("s", "2")])
        // As after a crash: the files of a store that was not closed.
        let copy = try TemporaryFolder()
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: database + suffix, toPath: "\(copy.path)/ptrd.sqlite\(suffix)")
        }
        try await store.close()
        let log = "\(copy.path)/ptrd.sqlite-wal"
        let size = try #require(contents(log)).count
        try #require(size > 3000)
        #expect(truncate(log, size - 3000) == 0)
        let reopened = try await SQLiteStateStore.open(directory: copy.path)
        #expect(try await reopened.checkpoints() == [makeCheckpoint("s", "1")])
        #expect(try await reopened.deadLetters() == [])
        try await reopened.close()
    }

    @Test("an empty file is a store that has not begun")
    func emptyFile() async throws {
        try Data().write(to: URL(fileURLWithPath: database))
        let store = try await open(.moveAside)
        #expect(store.movedAside == nil)
        try await store.close()
    }
}
