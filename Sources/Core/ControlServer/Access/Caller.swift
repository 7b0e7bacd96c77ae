import Glibc
import NIOCore

/// A process at the other end of a connection, as the kernel vouches for it (unix(7): SO_PEERCRED, SO_PEERGROUPS).
public struct Caller: Sendable, Hashable {
    /// Who gave the command that is being carried out, for a plane that keeps that with what it does; nil: nobody over a
    /// socket, or the kernel did not say.
    @TaskLocal public static var current: Caller?

    /// Its process id.
    public var pid: Int32
    /// Its user.
    public var uid: UInt32
    /// Its group.
    public var gid: UInt32
    /// Its supplementary groups.
    public var groups: [UInt32]

    /// The name of its user, where the system has one.
    public var name: String?

    /// For people: `alice (uid 1000, pid 4242)`.
    var words: String { named("uid \(uid), pid \(pid)") }
    /// The same with the group.
    var allWords: String { named("uid \(uid), gid \(gid), pid \(pid)") }

    private func named(_ numbers: String) -> String { name.map { "\($0) (\(numbers))" } ?? numbers }

    /// Makes a caller.
    public init(pid: Int32, uid: UInt32, gid: UInt32, groups: [UInt32] = [], name: String? = nil) {
        self.name = name
        self.pid = pid
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }
}

/// Who is at the other end of a Unix socket.
///
/// The layout is that of the kernel's `struct ucred` (unix(7), SO_PEERCRED), which glibc shows only to programs of its
/// own dialect: three 32-bit fields in this order.
struct PeerCredentials: Hashable, Sendable {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0

    /// Asks the kernel; nil if it does not say.
    init?(of descriptor: CInt) {
        var size = socklen_t(MemoryLayout<PeerCredentials>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &self, &size) == 0, pid > 0 else { return nil }
    }
}

extension Caller {
    /// What the kernel says of the other end of a socket, as it was when it connected; nil if it does not say.
    init?(of descriptor: CInt) {
        guard let peer = PeerCredentials(of: descriptor) else { return nil }
        self.init(pid: peer.pid, uid: peer.uid, gid: peer.gid, groups: Self.groups(of: descriptor))
    }

    /// The same of a channel, on whose event loop it has to be called.
    init?(of channel: any Channel) {
        let caller = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { Caller(of: $0) }
        guard let caller = caller ?? nil else { return nil }
        self = caller
    }

    /// The supplementary groups; none if the kernel does not say (before Linux 4.13).
    private static func groups(of descriptor: CInt) -> [gid_t] {
        var groups: [gid_t] = []
        var size: socklen_t = 0
        // A buffer that is too small is answered with the size that is needed. They cannot change any more.
        while getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, &groups, &size) != 0 {
            let count = Int(size) / MemoryLayout<gid_t>.size
            guard errno == ERANGE, count > groups.count else { return [] }
            groups = [gid_t](repeating: 0, count: count)
        }
        return groups
    }
}
