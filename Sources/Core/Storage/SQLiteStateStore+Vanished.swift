import FoundationEssentials
import GRDB
import Glibc
import Pipeline
import ProgramKit

/// Notices that the database was taken away while it is open, and begins anew.
///
/// SQLite does not mind: it goes on with the file that it has open, and all that it says is stored is gone with the end of the
/// process.
extension SQLiteStateStore {
    /// The same as ``StateStore/check()``. What fails is tried again by the next one; until then the lost file stays
    /// open, with all that is in it.
    ///
    /// - Throws: `StateVanished`, ``StorageError``.
    public func check() async throws {
        try await lookQueue.run { try self.checkBlocking() }
    }

    private func checkBlocking() throws {
        let open = opened
        do {
            let found = try DatabaseFiles(of: directory.database)
            switch open.files.lost(in: found) {
            case .database: throw try beginAnew(after: open, found)
            case .log: throw try openAgain(open)
            case nil: if open.isClosed { throw try openAgain(open) }
            }
        } catch let error as StateVanished {
            throw error
        } catch {
            throw StorageError(error, path: directory.database)
        }
    }

    /// Makes a log where the old one was. What is in that goes into the database by what is open.
    private func openAgain(_ old: OpenDatabase) throws -> StateVanished {
        if !old.isClosed {
            try old.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            try old.pool.close()
            var closed = old
            closed.isClosed = true
            replace(with: closed)
        }
        replace(with: try Self.openDatabase(in: directory, limits: limits, at: now(), expected: old.files.database).0)
        return StateVanished(
            "\(directory.database)-wal was deleted while ptrd ran; what it held is written anew")
    }

    /// Makes a database where the old one was, with all that was in it: that can still be read by what is open, and its
    /// dead letters nobody else has.
    private func beginAnew(after old: OpenDatabase, _ found: DatabaseFiles) throws -> StateVanished {
        try directory.renew()
        if found.log == nil || found.log == old.files.log { directory.removeLog() }
        var target: String?
        if found.database != nil || found.log != nil && found.log != old.files.log {
            target = try directory.moveDatabaseAside(at: now(), as: "replaced")
        }
        var created = try directory.createMissingDatabase()
        if created == nil {
            // Put there in between.
            target = try directory.moveDatabaseAside(at: now(), as: "replaced")
            created = try directory.createMissingDatabase()
        }
        guard let created else { throw StorageError.system(EEXIST, path: directory.database) }
        var files = DatabaseFiles(database: created, log: nil)
        let isCopied: Bool
        do {
            let (new, counters) = try Self.openDatabase(in: directory, limits: limits, at: now(), expected: created)
            files = new.files
            do {
                isCopied = try fill(new, from: old)
            } catch {
                try? new.pool.close()
                throw error
            }
            replace(with: OpenDatabase(pool: new.pool, files: files, secret: old.secret), isCopied ? nil : counters)
        } catch {
            directory.removeDatabase(files)
            throw error
        }
        try? old.pool.close()
        let what = target.map { "was replaced while ptrd ran; what was put there is now \($0)" }
        return StateVanished(
            "\(directory.database) \(what ?? "was deleted while ptrd ran"); it is written anew, "
                + (isCopied ? "with all that was in it" : "but the dead letters that were in it are lost"))
    }

    /// Copies what was in the old database into the new one. False: that cannot be read any more, and the new one has only
    /// its secret, by which the positions are known again.
    private func fill(_ new: OpenDatabase, from old: OpenDatabase) throws -> Bool {
        do {
            if !old.isClosed {
                try copy(old.pool, new.pool)
                return true
            }
        } catch {
            guard case .damaged = StorageError(error, path: directory.database) else { throw error }
        }
        try new.pool.write { try $0.execute(sql: "UPDATE secret SET secret = ?", arguments: [old.secret]) }
        return false
    }
}

/// An open database, and the files that it has open.
struct OpenDatabase: Sendable {
    let pool: DatabasePool
    let files: DatabaseFiles
    /// The one that is stored in it.
    let secret: Data
    /// Whether the pool was closed, and the database is to be opened again.
    var isClosed = false
}

/// What lies at the paths of a database and its log.
struct DatabaseFiles: Hashable, Sendable {
    enum Lost: Hashable {
        case database
        case log
    }

    let database: FileIdentity?
    let log: FileIdentity?

    /// What of these files is not there any more.
    func lost(in found: DatabaseFiles) -> Lost? {
        if found.database != database { return .database }
        // Without one at the opening there is none to lose.
        return log != nil && found.log != log ? .log : nil
    }
}

extension DatabaseFiles {
    init(of path: String) throws(StorageError) {
        try self.init(database: Self.identity(at: path), log: Self.identity(at: path + "-wal"))
    }

    /// That of the file at a path; nil: there is none. Where that cannot be found out, nothing is known to be lost.
    private static func identity(at path: String) throws(StorageError) -> FileIdentity? {
        if let identity = FileIdentity(path: path, followsLinks: true) { return identity }
        guard errno == ENOENT || errno == ENOTDIR else { throw .system(errno, path: path) }
        return nil
    }
}
