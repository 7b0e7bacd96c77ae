import Glibc
import Locking
import ProgramKit

/// The directory that holds the state, locked against a second ptrd for as long as the value lives.
///
/// The lock is the kernel's (flock(2)) on a file of its own: it ends with the process, however that ends, so there are
/// no stale locks; and programs that only look into the database do not meet it.
final class StateDirectory: Sendable {
    let path: String
    private let lock: Locked<Int32>

    /// The database's path.
    var database: String { "\(path)/ptrd.sqlite" }

    /// Creates the directory if it is missing (its parent must exist), and locks it.
    init(path: String) throws(StorageError) {
        self.path = path
        lock = Locked(try Self.open(path))
    }

    /// Makes directory and lock anew, as far as somebody has taken them away.
    func renew() throws(StorageError) {
        let held = lock.withLock { FileIdentity(descriptor: $0) }
        if held != nil, held == FileIdentity(path: Self.lockFile(path), followsLinks: true) { return }
        let fresh = try Self.open(path)
        let old = lock.withLock { lock in
            defer { lock = fresh }
            return lock
        }
        close(old)
    }

    private static func lockFile(_ path: String) -> String { "\(path)/ptrd.lock" }

    /// Makes the directory if it is not there, and locks it.
    private static func open(_ path: String) throws(StorageError) -> Int32 {
        if mkdir(path, 0o750) != 0 {
            let failure = errno
            var status = stat()
            guard failure == EEXIST else {
                throw [ENOSPC, EDQUOT, EMFILE, ENFILE].contains(failure)
                    ? .system(failure, path: path) : .cannotCreateDirectory(path: path, errno: failure)
            }
            // A link to a directory is one.
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw .notADirectory(path: path) }
        }
        let file = lockFile(path)
        let lock = Glibc.open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard lock >= 0 else { throw .system(errno, path: file) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let failure = errno
            defer { close(lock) }
            guard failure == EWOULDBLOCK else { throw .system(failure, path: file) }
            throw .locked(path: path, process: holder(lock))
        }
        write(getpid(), to: lock)
        return lock
    }

    deinit {
        lock.withLock { _ = close($0) }
    }

    /// Leaves the directory to others; the value is of no use afterwards.
    func unlock() {
        lock.withLock { _ = flock($0, LOCK_UN) }
    }

    /// Creates the database's file with a mode that keeps strangers' messages from strangers; SQLite gives its own
    /// files the same.
    func createDatabase() throws(StorageError) {
        let file = Glibc.open(database, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw .system(errno, path: database) }
        close(file)
    }

    /// Creates the same file where there is none. Returns which one that is; nil: there is something already, and it
    /// stays as it is.
    func createMissingDatabase() throws(StorageError) -> FileIdentity? {
        let file = Glibc.open(database, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard file >= 0 else {
            if errno == EEXIST { return nil }
            throw .system(errno, path: database)
        }
        defer { close(file) }
        guard let identity = FileIdentity(descriptor: file) else { throw .system(errno, path: database) }
        return identity
    }

    /// Removes a database that was created here and is not used. What others have put in its place stays.
    func removeDatabase(_ files: DatabaseFiles) {
        guard let found = try? DatabaseFiles(of: database) else { return }
        let isThere = found.database == files.database
        if isThere { unlink(database) }
        if isThere || files.log != nil && found.log == files.log { removeLog() }
    }

    /// Removes the log of a database that is not there any more: of a new one it would be taken for its own.
    func removeLog() {
        for suffix in ["-wal", "-shm"] { unlink(database + suffix) }
    }

    /// Moves a database that is not to be used out of the way, its log with it, under a name that says why and when. Returns
    /// where it is now.
    ///
    /// - Parameters:
    ///   - moment: microseconds since 1970.
    ///   - reason: a word for the name.
    func moveDatabaseAside(at moment: Int64, as reason: String = "damaged") throws(StorageError) -> String {
        let stem = "\(database).\(reason)-\(UTCTime(microseconds: moment).inFileName)"
        var (target, number) = (stem, 1)
        // Nothing is overwritten. Nobody else gives such names here: the directory is locked.
        while Self.suffixes.contains(where: { Self.exists(target + $0) }) {
            number += 1
            target = "\(stem)-\(number)"
        }
        // The database goes last: interrupted before that, the next start finds it, and moves it again.
        for suffix in Self.suffixes where Self.exists(database + suffix) {
            guard rename(database + suffix, target + suffix) == 0 else { throw .system(errno, path: database + suffix) }
        }
        let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
        return target
    }

    private static let suffixes = ["-wal", "-shm", ""]

    private static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    // The process number in the lock file only serves the error of the second one; it may be missing.

    private static func holder(_ lock: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(lock, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    private static func write(_ process: Int32, to lock: Int32) {
        let text = Array("\(process)\n".utf8)
        if ftruncate(lock, 0) == 0 { _ = pwrite(lock, text, text.count, 0) }
    }
}
