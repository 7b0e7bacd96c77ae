import Glibc
import NIOCore

/// Who is at the other end of a connection, as the kernel vouches for it.
///
/// The layout is that of the kernel's `struct ucred` (unix(7), SO_PEERCRED), which glibc shows only to programs of its
/// own dialect: three 32-bit fields in this order.
struct PeerCredentials: Hashable, Sendable {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0

    /// Asks the kernel; nil if it does not say.
    static func of(_ channel: any Channel) async -> PeerCredentials? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let answer: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: SocketOptionLevel(SOL_SOCKET), name: SocketOptionName(SO_PEERCRED))
        return try? await answer.get()
    }
}
