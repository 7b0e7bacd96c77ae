import ControlServer
import Glibc
import Storage
import Systemd
import Writing

/// What systemd keeps from ptrd looks like a file system that is broken. This names it, and the line that lifts it.
enum Sandbox {
    /// What mends an error about a path that ptrd may not write to, as the end of a sentence; empty where that is not known. It
    /// looks at the file system.
    static func hint(
        for error: any Error, isService: Bool = getenv("INVOCATION_ID") != nil,
        isReadOnly: (String) -> Bool = Sandbox.isReadOnly
    ) -> String {
        guard let (folder, isThere) = folder(of: error) else { return "" }
        if ["/home", "/root", "/run/user"].contains(where: { folder == $0 || folder.hasPrefix($0 + "/") }) {
            return isService
                ? "; the unit hides \(folder) from ptrd (ProtectHome=yes): take a folder elsewhere, or `systemctl edit ptrd` "
                    + "and below [Service] write ProtectHome=tmpfs and BindPaths=\(folder)" : ""
        }
        guard isReadOnly(isThere ? folder : parent(of: folder)) else { return "" }
        guard isService else { return "; the file system there is mounted read-only" }
        let making = isThere ? "" : "make the folder, "
        return "; the unit's sandbox lets ptrd write only to its own folders (ProtectSystem=strict): \(making)"
            + "`systemctl edit ptrd`, below [Service] write ReadWritePaths=\(folder), and `systemctl restart ptrd`"
    }

    /// Whether a file lies where a unit of systemd has a folder of its own, if it has (`PrivateTmp=`).
    static func isPrivate(_ path: String, isService: Bool = getenv("INVOCATION_ID") != nil) -> Bool {
        isService && ["/tmp/", "/var/tmp/"].contains { path.hasPrefix($0) }
    }

    /// Whether the user that ptrd runs as may give commands. A unit says that it may not: then whoever else has that user is a
    /// worker, and the unit reloads as root.
    static var trustsOwnUser: Bool { getenv("PTRD_COMMANDS_OF_OWN_USER").map { strcmp($0, "no") != 0 } ?? true }

    /// The folder that cannot be written to, and whether it is there.
    private static func folder(of error: any Error) -> (path: String, isThere: Bool)? {
        switch error {
        case DescriptorError.cannotOpen(let path, let errno) where isDenial(errno): (parent(of: path), true)
        case ControlListenerError.system(_, let path, let errno) where isDenial(errno): (parent(of: path), true)
        case StorageError.cannotCreateDirectory(let path, let errno) where isDenial(errno): (path, false)
        // The folder, or a file in it.
        case StorageError.notWritable(let path, _):
            (path.hasSuffix(".sqlite") || path.hasSuffix(".lock") ? parent(of: path) : path, true)
        default: nil
        }
    }

    private static func isDenial(_ errno: Int32) -> Bool { [EROFS, EACCES, EPERM].contains(errno) }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func isReadOnly(_ folder: String) -> Bool {
        var status = statvfs()
        // ST_RDONLY.
        return statvfs(folder, &status) == 0 && status.f_flag & 1 != 0
    }
}
