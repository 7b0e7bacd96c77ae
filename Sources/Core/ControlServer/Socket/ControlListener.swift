import Glibc
import ProgramKit

/// Where a ``ControlServer`` listens.
public enum ControlListener: Hashable, Sendable {
    /// Make the socket ourselves, at this path, for the owner and the group of the process (mode 0660). It is taken
    /// away again when the server stops.
    case path(String)
    /// Listen on a socket that is already bound, as systemd hands it over (sd_listen_fds(3)). The descriptor stays the
    /// caller's: the server works on a duplicate, leaves the path alone, and can be run again.
    case descriptor(CInt)
}

extension ControlListener: CustomStringConvertible {
    /// The path, or the descriptor's number, for people.
    public var description: String {
        switch self {
        case .path(let path): path
        case .descriptor(let descriptor): "file descriptor \(descriptor)"
        }
    }
}

/// Why the control server could not begin to listen, and what mends it.
public enum ControlListenerError: Error, Hashable, Sendable {
    /// A Unix domain socket's path has a limit that this one exceeds (or it is empty, or contains a zero byte).
    case unusablePath(String, limit: Int)
    /// A live process listens there. Its socket is never taken from it.
    case alreadyListening(path: String, pid: Int32?)
    /// Something that is not a socket has the path. It is never removed.
    case notASocket(path: String)
    /// A step of the operating system failed.
    case system(operation: String, path: String, errno: Int32)
    /// The descriptor that was handed over is not a listening Unix stream socket.
    case unusableDescriptor(CInt, problem: String)
    /// The socket is not at its path any more: it was removed, or something else has taken its place.
    case unreachable(path: String)
}

extension ControlListenerError: CustomStringConvertible {
    /// What was wrong, where, and the mend.
    public var description: String {
        switch self {
        case .unusablePath(let path, let limit):
            "the control socket's path \"\(path)\" is \(path.utf8.count) bytes long, where 1 to \(limit) are possible:"
                + " set a shorter one in [control] socket"
        case .alreadyListening(let path, let pid):
            "another process listens on \(path) already\(pid.map { " (pid \($0))" } ?? ""): stop it, or set another path"
                + " in [control] socket"
        case .notASocket(let path):
            "\(path) exists and is not a socket: move it away, or set another path in [control] socket"
        case .system(let operation, let path, let code):
            "cannot \(operation) \(path): \(systemMessage(code))" + Self.mend(for: code)
        case .unreachable(let path):
            "the control socket cannot be reached any more, \(path) was removed or replaced; one that systemd holds comes "
                + "back with `systemctl restart ptrd`"
        case .unusableDescriptor(let descriptor, let problem):
            "file descriptor \(descriptor) \(problem): the socket unit needs ListenStream= with an absolute path"
        }
    }

    private static func mend(for code: Int32) -> String {
        switch code {
        case EACCES, EPERM, EROFS:
            "; let systemd make the socket (ptrd.socket), or set a path in [control] socket that ptrd may write to"
        case EMFILE, ENFILE:
            "; raise LimitNOFILE= of the unit"
        case ENOSPC, EDQUOT:
            "; the file system there is full, or has no inodes left (`df -i`)"
        case ENOENT, ENOTDIR:
            "; make the directory first, or set another path in [control] socket"
        default:
            ""
        }
    }
}
