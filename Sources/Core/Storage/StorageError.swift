import GRDB
import Glibc
import ProgramKit

/// Why the state could not be opened, read or written.
public enum StorageError: Error, Equatable, CustomStringConvertible {
    /// The state directory does not exist and could not be created.
    case cannotCreateDirectory(path: String, errno: Int32)
    /// There is something at the state directory's path, but not a directory.
    case notADirectory(path: String)
    /// The directory or a file in it does not let us write.
    case notWritable(path: String, reason: String)
    /// Another ptrd works with this directory.
    case locked(path: String, process: Int32?)
    /// The file is not a database of ours, or is damaged. It is never repaired or deleted here; it is moved aside where
    /// the configuration says so.
    case damaged(path: String, reason: String)
    /// The file was written by a later version.
    case tooNew(path: String)
    /// The file system is full.
    case diskFull(path: String)
    /// The file system has no inodes left, though it has room.
    case noInodes(path: String)
    /// What our user may have of the file system is used up.
    case quotaUsedUp(path: String)
    /// Another program holds the database locked.
    case busy(path: String)
    /// The store has been closed.
    case closed(path: String)
    /// Anything else SQLite reports.
    case failed(path: String, reason: String)

    /// In words, for people, with what mends it if anything does.
    public var description: String {
        switch self {
        case .cannotCreateDirectory(let path, let errno):
            "cannot create the state directory \(path): \(systemMessage(errno)); create it, or set [state] directory"
        case .notADirectory(let path):
            "the state directory \(path) is not a directory; move it out of the way, or set [state] directory"
        case .notWritable(let path, let reason):
            "cannot write to \(path): \(reason); give it to the user that ptrd runs as, on a file system that can be "
                + "written to, or set [state] directory"
        case .locked(let path, let process):
            "the state directory \(path) is in use by another ptrd\(process.map { " (process \($0))" } ?? ""); "
                + "stop that one, or give this one a directory of its own"
        case .damaged(let path, let reason):
            "the state in \(path) is damaged: \(reason); move it aside (with its -wal and -shm files), or set "
                + "[state] on_damage = \"move_aside\" and let ptrd do that: streams then begin anew, and its dead letters "
                + "stay in the file that was moved"
        case .tooNew(let path):
            "the state in \(path) was written by a later version of ptrd; run that version, or move the file aside"
        case .diskFull(let path): "the file system of \(path) is full; make room, and the state will be written again"
        case .noInodes(let path):
            "the file system of \(path) has no inodes left (`df -i`); remove files, and the state will be written again"
        case .quotaUsedUp(let path):
            "the disk quota for \(path) is used up; make room or raise it, and the state will be written again"
        case .busy(let path): "another program holds \(path) locked; end its transaction"
        case .closed(let path): "the state in \(path) has been closed"
        case .failed(let path, let reason): "the state in \(path): \(reason)"
        }
    }

    /// Sorts what SQLite reports about the database at `path`.
    init(_ error: any Error, path: String) {
        if let error = error as? StorageError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed(path: path, reason: "\(error)")
            return
        }
        // The message may name the statement, never its arguments, which are messages of strangers.
        let reason = error.message ?? "\(error.resultCode)"
        // What stands between the connections cannot be created: the file system has no room for it, or does not let us.
        switch error.extendedResultCode {
        case .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_SHMMAP:
            self = .shortage(of: path)
            return
        case .SQLITE_IOERR_SHMOPEN:
            self = .notWritable(path: path, reason: reason)
            return
        default: break
        }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(path: path, reason: reason)
        case .SQLITE_FULL: self = .shortage(of: path)
        // The log beside the database cannot be made; SQLite does not say why.
        case .SQLITE_CANTOPEN where Self.hasNoInodes(path): self = .noInodes(path: path)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            self = .notWritable(path: path, reason: reason)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(path: path)
        case .SQLITE_MISUSE: self = .closed(path: path)
        default: self = .failed(path: path, reason: reason)
        }
    }

    /// A system error about `path`.
    static func system(_ number: Int32, path: String) -> StorageError {
        switch number {
        case ENOSPC: shortage(of: path)
        case EDQUOT: .quotaUsedUp(path: path)
        case EMFILE, ENFILE:
            .failed(
                path: path,
                reason:
                    "\(systemMessage(number)); raise LimitNOFILE= of the unit (`ulimit -n`), or fs.file-max of the system"
            )
        default: .notWritable(path: path, reason: systemMessage(number))
        }
    }

    /// A file system that takes no more, for want of room or of inodes.
    private static func shortage(of path: String) -> StorageError {
        hasNoInodes(path) ? .noInodes(path: path) : .diskFull(path: path)
    }

    /// The file may be what could not be made.
    private static func hasNoInodes(_ path: String) -> Bool { DiskShortage(ENOSPC, near: path) == .inodes }
}
