import Glibc
import ProgramKit

/// The right to make, replace and remove the socket at a path: an flock(2) on a file beside it.
///
/// Without it two daemons that start at once could both find a stale socket, and the slower one would remove the live
/// socket of the faster. The kernel gives the lock back when its holder dies, however it dies.
struct SocketLock: Sendable {
    private let descriptor: CInt
    private let path: String

    /// Takes the lock, and writes our process id into the file for whoever comes second.
    static func take(for socket: String) throws(ControlListenerError) -> SocketLock {
        let path = socket + ".lock"
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else {
                throw .system(operation: "open", path: path, errno: errno)
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                let pid = readPID(descriptor)
                close(descriptor)
                throw code == EWOULDBLOCK
                    ? .alreadyListening(path: socket, pid: pid) : .system(operation: "lock", path: path, errno: code)
            }
            // The holder before us removes the file when it goes. If it did so between our open and our flock, we hold
            // a lock on a file that nobody else will find: begin again.
            guard FileIdentity(descriptor: descriptor) == FileIdentity(path: path) else {
                close(descriptor)
                continue
            }
            writePID(descriptor)
            return SocketLock(descriptor: descriptor, path: path)
        }
    }

    /// Removes the file and gives the lock back, in this order, so that it is never another's file we remove.
    func release() {
        unlink(path)
        close(descriptor)
    }

    private static func writePID(_ descriptor: CInt) {
        let text = "\(getpid())\n"
        // The id only serves an error message: a disk that is full is no reason not to start.
        if ftruncate(descriptor, 0) == 0 {
            _ = text.withCString { pwrite(descriptor, $0, text.utf8.count, 0) }
        }
    }

    private static func readPID(_ descriptor: CInt) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
