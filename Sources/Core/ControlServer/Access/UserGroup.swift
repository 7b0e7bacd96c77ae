import Glibc
import NIOPosix

/// The groups of the system's users.
public enum UserGroup {
    /// The number of a group; nil if there is none of this name, or its directory does not answer.
    ///
    /// It is asked for on a thread that may block: the directory may be on another machine.
    public static func id(named name: String) async -> UInt32? {
        try? await NIOThreadPool.singleton.runIfActive {
            var entry = group()
            var found: UnsafeMutablePointer<group>?
            // Room for the names of its members, whom nobody asks for here.
            var size = 16 << 10
            while size <= 16 << 20 {
                let code = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
                    getgrnam_r(name, &entry, buffer.baseAddress, buffer.count, &found)
                }
                guard code == ERANGE else { return code == 0 && found != nil ? entry.gr_gid : nil }
                size *= 16
            }
            return nil
        }
    }
}
