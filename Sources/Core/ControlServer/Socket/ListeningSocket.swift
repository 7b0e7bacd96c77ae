import ControlAPI
import Glibc
import ProgramKit

/// A bound Unix stream socket, ready for NIO to listen on, and what is to be cleaned up after it.
///
/// None of the calls in here waits: the lock and the probe are non-blocking.
struct ListeningSocket: Sendable {
    /// The socket. Whoever is given it closes it.
    let descriptor: CInt
    /// Whether it is ours and belongs to the group that was asked for.
    let isForGroup: Bool
    /// The right to what lies at its place, if we made it: only we may take it away.
    private let lock: SocketLock?
    /// Where it can be reached, and what lay there when it was opened; nil: that is not known.
    private let place: (path: String, identity: FileIdentity)?

    /// The owner and the group may connect, which takes the right to write.
    private static let mode: mode_t = 0o660

    /// - Parameter group: who may connect besides the owner, if we make the socket and may give it to that group.
    static func open(
        _ listener: ControlListener, group: UInt32? = nil
    ) throws(ControlListenerError) -> ListeningSocket {
        switch listener {
        case .path(let path): try open(path: path, group: group)
        case .descriptor(let descriptor): try adopt(descriptor)
        }
    }

    /// Whether it is ours, so that another one may take its place.
    var isOurs: Bool { lock != nil }

    /// The path at which it cannot be reached any more: what lay there was removed, or is something else now. It looks into the
    /// file system, which can take its time.
    var lostPath: String? {
        guard let place, FileIdentity(path: place.path) != place.identity else { return nil }
        return place.path
    }

    /// Removes our socket, unless another has taken its path meanwhile, and gives the lock back.
    func removeFromFileSystem() {
        guard let lock else { return }
        if let place, lostPath == nil { unlink(place.path) }
        lock.release()
    }

    // MARK: A socket of our own

    private static func open(path: String, group: UInt32?) throws(ControlListenerError) -> ListeningSocket {
        guard (1...ControlSocket.longestPath).contains(path.utf8.count), !path.utf8.contains(0) else {
            throw .unusablePath(path, limit: ControlSocket.longestPath)
        }
        let lock = try SocketLock.take(for: path)
        do {
            try removeStaleSocket(at: path)
            let descriptor = try bind(to: path)
            // Without it the socket is for the group of the process, which is all that can be had then.
            let isGroupSet = group.map { lchown(path, uid_t.max, $0) == 0 } ?? false
            return ListeningSocket(descriptor: descriptor, isForGroup: isGroupSet, lock: lock, place: place(at: path))
        } catch {
            lock.release()
            throw error
        }
    }

    /// Makes way for our socket. A path is cleared only if it is a socket that refuses connections: then its owner is
    /// dead.
    private static func removeStaleSocket(at path: String) throws(ControlListenerError) {
        var information = stat()
        guard lstat(path, &information) == 0 else {
            if errno == ENOENT { return }
            throw .system(operation: "look at", path: path, errno: errno)
        }
        guard information.st_mode & S_IFMT == S_IFSOCK else {
            throw .notASocket(path: path)
        }
        let probe = try makeSocket(for: path)
        defer { close(probe) }
        guard withAddress(of: path, { connect(probe, $0, $1) }) != 0 else {
            // On the connecting side the kernel reports the process that called listen(2).
            throw .alreadyListening(path: path, pid: PeerCredentials(of: probe)?.pid)
        }
        switch errno {
        case ECONNREFUSED:
            guard unlink(path) == 0 || errno == ENOENT else {
                throw .system(operation: "remove the stale socket", path: path, errno: errno)
            }
        case ENOENT:
            break
        case EAGAIN, EPROTOTYPE:
            // Its queue is full, or it is of another type: someone is alive behind it.
            throw .alreadyListening(path: path, pid: nil)
        default:
            throw .system(operation: "probe", path: path, errno: errno)
        }
    }

    private static func bind(to path: String) throws(ControlListenerError) -> CInt {
        let descriptor = try makeSocket(for: path)
        // bind(2) makes the node with the descriptor's mode less the umask. Setting it before closes the moment in
        // which the socket would be open to all; setting it after gives the group what the umask has taken.
        guard fchmod(descriptor, mode) == 0,
            withAddress(of: path, { Glibc.bind(descriptor, $0, $1) }) == 0,
            chmod(path, mode) == 0
        else {
            let code = errno
            close(descriptor)
            throw code == EADDRINUSE
                ? .alreadyListening(path: path, pid: nil) : .system(operation: "bind", path: path, errno: code)
        }
        return descriptor
    }

    // MARK: A socket handed over

    private static func adopt(_ descriptor: CInt) throws(ControlListenerError) -> ListeningSocket {
        guard fcntl(descriptor, F_GETFD) >= 0 else {
            throw .unusableDescriptor(descriptor, problem: "is not open")
        }
        guard option(SO_DOMAIN, of: descriptor) == AF_UNIX, option(SO_TYPE, of: descriptor) == streamType else {
            throw .unusableDescriptor(descriptor, problem: "is not a Unix stream socket")
        }
        guard option(SO_ACCEPTCONN, of: descriptor) == 1 else {
            throw .unusableDescriptor(descriptor, problem: "is not listening")
        }
        let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard duplicate >= 0 else {
            throw .unusableDescriptor(descriptor, problem: "cannot be duplicated (\(systemMessage(errno)))")
        }
        return ListeningSocket(
            descriptor: duplicate, isForGroup: false, lock: nil,
            place: boundPath(of: descriptor).flatMap { place(at: $0) })
    }

    private static func place(at path: String) -> (path: String, identity: FileIdentity)? {
        FileIdentity(path: path).map { (path, $0) }
    }

    // MARK: System calls

    private static let streamType = CInt(SOCK_STREAM.rawValue)

    private static func makeSocket(for path: String) throws(ControlListenerError) -> CInt {
        let flags = CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, streamType | flags, 0)
        guard descriptor >= 0 else {
            throw .system(operation: "make a socket for", path: path, errno: errno)
        }
        return descriptor
    }

    /// The path as the kernel takes it. Its length has been checked.
    private static func withAddress(
        of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// The absolute path that a socket is bound to.
    private static func boundPath(of descriptor: CInt) -> String? {
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard status == 0 else { return nil }
        return withUnsafeBytes(of: &address.sun_path) { bytes in
            let path = bytes.prefix { $0 != 0 }
            return path.first == UInt8(ascii: "/") ? String(decoding: path, as: UTF8.self) : nil
        }
    }

    private static func option(_ name: CInt, of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
}
