import Glibc

/// The directory that holds the state, locked against a second ptrd for as long as the value lives.
///
/// The lock is the kernel's (flock(2)) on a file of its own: it ends with the process, however that ends, so there are
/// no stale locks; and programs that only look into the database do not meet it.
final class StateDirectory: Sendable {
    let path: String
    private let lock: Int32

    /// The database's path.
    var database: String { "\(path)/ptrd.sqlite" }

    /// Creates the directory if it is missing (its parent must exist), and locks it.
    init(path: String) throws(StorageError) {
        self.path = path
        if mkdir(path, 0o750) != 0 {
            let failure = errno
            var status = stat()
            guard failure == EEXIST else {
                throw failure == ENOSPC || failure == EDQUOT
                    ? .diskFull(path: path) : .cannotCreateDirectory(path: path, errno: failure)
            }
            // A link to a directory is one.
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw .notADirectory(path: path) }
        }
        let file = "\(path)/ptrd.lock"
        let lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard lock >= 0 else { throw .system(errno, path: file) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let failure = errno
            defer { close(lock) }
            guard failure == EWOULDBLOCK else { throw .system(failure, path: file) }
            throw .locked(path: path, process: Self.holder(lock))
        }
        self.lock = lock
        Self.write(getpid(), to: lock)
    }

    deinit {
        close(lock)
    }

    /// Leaves the directory to others; the value is of no use afterwards.
    func unlock() {
        _ = flock(lock, LOCK_UN)
    }

    /// Creates the database's file with a mode that keeps strangers' messages from strangers; SQLite gives its own
    /// files the same.
    func createDatabase() throws(StorageError) {
        let file = open(database, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw .system(errno, path: database) }
        close(file)
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
