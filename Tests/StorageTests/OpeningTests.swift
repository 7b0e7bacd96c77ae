import Foundation
import GRDB
import NIOCore
import Pipeline
import ProgramKit
import Testing

@testable import Storage

@Suite("Opening the state store")
struct OpeningTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("refuses a directory another one works with, and names the process")
    func locked() async throws {
        let first = try await SQLiteStateStore.open(directory: folder.path)
        let process = ProcessInfo.processInfo.processIdentifier
        await #expect(throws: StorageError.locked(path: folder.path, process: process)) {
            try await SQLiteStateStore.open(directory: folder.path)
        }
        try await first.close()
        try await SQLiteStateStore.open(directory: folder.path).close()
    }

    @Test("leaves a damaged file alone and says how to go on")
    func damaged() async throws {
        let path = "\(folder.path)/ptrd.sqlite"
        let rubbish = Data("this is no database, whatever its name says".utf8)
        try rubbish.write(to: URL(fileURLWithPath: path))
        let error = await #expect(throws: StorageError.self) { try await SQLiteStateStore.open(directory: folder.path) }
        guard case .damaged(path, _) = error else {
            Issue.record("the error was \(String(describing: error))")
            return
        }
        #expect("\(error!)".contains("\(path) is damaged"))
        #expect("\(error!)".contains("move it aside"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == rubbish)
    }

    @Test("notices damage within the tables")
    func damagedTables() async throws {
        let path = "\(folder.path)/ptrd.sqlite"
        let store = try await SQLiteStateStore.open(directory: folder.path)
        try await store.commit(deadLetters: (1...200).map { makeLetter($0) }, checkpoints: [makeCheckpoint("s", "1")])
        try await store.close()
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let size = try file.seekToEnd()
        // All but the first page, which holds the schema.
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(repeating: 0xaa, count: Int(size) - 4096))
        try file.close()
        let error = await #expect(throws: StorageError.self) { try await SQLiteStateStore.open(directory: folder.path) }
        guard case .damaged(path, _) = error else {
            Issue.record("the error was \(String(describing: error))")
            return
        }
    }

    @Test("refuses the file of a later version")
    func tooNew() async throws {
        try await SQLiteStateStore.open(directory: folder.path).close()
        let path = "\(folder.path)/ptrd.sqlite"
        try await DatabaseQueue(path: path).write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99 from the future')")
        }
        await #expect(throws: StorageError.tooNew(path: path)) {
            try await SQLiteStateStore.open(directory: folder.path)
        }
    }

    @Test("creates the directory but not its parents")
    func parents() async throws {
        let path = "\(folder.path)/a/b"
        await #expect(throws: StorageError.cannotCreateDirectory(path: path, errno: ENOENT)) {
            try await SQLiteStateStore.open(directory: path)
        }
    }

    @Test("refuses a path that is no directory")
    func notADirectory() async throws {
        let path = "\(folder.path)/file"
        try Data().write(to: URL(fileURLWithPath: path))
        await #expect(throws: StorageError.notADirectory(path: path)) {
            try await SQLiteStateStore.open(directory: path)
        }
    }

    @Test("says that a directory does not let it write")
    func notWritable() async {
        // Root may write everywhere, so a process of its own becomes somebody else.
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            try #require(chmod(folder.path, 0o555) == 0)
            if getuid() == 0 { try #require(setuid(65_534) == 0) }
            let path = "\(folder.path)/ptrd.lock"
            await #expect(throws: StorageError.notWritable(path: path, reason: "Permission denied")) {
                try await SQLiteStateStore.open(directory: folder.path)
            }
        }
    }

    @Test(
        "sorts what SQLite reports",
        arguments: [
            (ResultCode.SQLITE_FULL, StorageError.diskFull(path: "p")), (.SQLITE_BUSY, .busy(path: "p")),
            (.SQLITE_CORRUPT, .damaged(path: "p", reason: "m")), (.SQLITE_NOTADB, .damaged(path: "p", reason: "m")),
            (.SQLITE_READONLY, .notWritable(path: "p", reason: "m")), (.SQLITE_IOERR, .failed(path: "p", reason: "m")),
        ])
    func errors(code: ResultCode, expected: StorageError) {
        #expect(StorageError(DatabaseError(resultCode: code, message: "m"), path: "p") == expected)
    }

    @Test(
        "tells a full disk from one without inodes, from a quota and from too many open files",
        arguments: [
            (Int32(ENOSPC), "is full; make room"), (EDQUOT, "quota"), (EMFILE, "LimitNOFILE="), (ENFILE, "fs.file-max"),
        ])
    func shortages(errno: Int32, words: String) {
        #expect("\(StorageError.system(errno, path: "/tmp/x"))".contains(words))
    }

    @Test("a file system lacks inodes that has some, none of them free, and room")
    func inodes() {
        var status = statvfs()
        (status.f_files, status.f_favail, status.f_bavail) = (100, 0, 9)
        #expect(DiskShortage(ENOSPC, status) == .inodes)
        for change in [{ $0.f_files = 0 }, { $0.f_favail = 1 }, { $0.f_bavail = 0 }] as [(inout statvfs) -> Void] {
            var other = status
            change(&other)
            #expect(DiskShortage(ENOSPC, other) == .room)
        }
        #expect("\(StorageError.noInodes(path: "/x"))".contains("has no inodes left"))
    }
}
