import Dispatch
import GRDB
import Glibc
import Pipeline

/// Notices that the database was taken away while it is open, and begins anew.
///
/// SQLite does not mind: it goes on with the file that it has open, and all that it says is stored is gone with the end of the
/// process.
extension SQLiteStateStore {
    /// The same as ``StateStore/check()``.
    ///
    /// - Throws: `StateVanished`, ``StorageError``.
    public func check() async throws {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result { try self.checkBlocking() }) }
        }
        try result.get()
    }

    /// Opens a new database where there is none. Without success nothing is left there, which the next try would take for
    /// somebody else's.
    private func begin() throws(StorageError) -> StateStoreCounters {
        do throws(StorageError) {
            return try reopen()
        } catch {
            unlink(directory.database)
            directory.removeLog()
            throw error
        }
    }

    private func checkBlocking() throws {
        let database = directory.database
        let open = opened
        let found = DatabaseFiles(of: database)
        guard let lost = open.files.lost(in: found) else { return }
        do {
            switch lost {
            case .log:
                // What is in it goes into the database by what is open.
                try open.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
                try open.pool.close()
                _ = try reopen()
                throw StateVanished("\(database)-wal was deleted while ptrd ran; what it held is written anew")
            case .database(let isReplaced):
                try directory.renew()
                if found.log == open.files.log { directory.removeLog() }
                let target = isReplaced ? try directory.moveDatabaseAside(at: now(), as: "replaced") : nil
                let counters = try begin()
                // It can still be read by what is open, and with it the dead letters, which nobody else has.
                let isCopied = (try? open.pool.backup(to: pool)) != nil
                if !isCopied { replace(counters) }
                try? open.pool.close()
                let what = target.map { "was replaced while ptrd ran; what was put there is now \($0)" }
                throw StateVanished(
                    "\(database) \(what ?? "was deleted while ptrd ran"); it is written anew, "
                        + (isCopied ? "with all that was in it" : "but the dead letters that were in it are lost"))
            }
        } catch let error as StateVanished {
            throw error
        } catch {
            throw StorageError(error, path: database)
        }
    }
}

/// An open database, and the files that it has open.
struct OpenDatabase: Sendable {
    let pool: DatabasePool
    let files: DatabaseFiles

    init(_ pool: DatabasePool, path: String) {
        self.pool = pool
        files = DatabaseFiles(of: path)
    }
}

/// What lies at the paths of a database and its log.
struct DatabaseFiles: Hashable, Sendable {
    /// What tells a file from another one that has its path.
    struct Identity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64

        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    enum Lost: Hashable {
        case database(isReplaced: Bool)
        case log
    }

    let database: Identity?
    let log: Identity?

    init(of path: String) {
        database = Identity(path: path)
        log = Identity(path: path + "-wal")
    }

    /// What of these files is not there any more.
    func lost(in found: DatabaseFiles) -> Lost? {
        if found.database != database { return .database(isReplaced: found.database != nil) }
        // Without one at the opening there is none to lose.
        return log != nil && found.log != log ? .log : nil
    }
}
