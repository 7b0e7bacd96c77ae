import Glibc

/// The system's words for an error number, such as `No such file or directory`.
public func systemMessage(_ errno: Int32) -> String {
    // strerror(3) shares one buffer between threads; this one is ours.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
        guard let base = buffer.baseAddress, strerror_r(errno, base, buffer.count) == 0 else {
            return "error \(errno)"
        }
        return String(cString: base)
    }
}

/// What a file system has no more of. The error is the same for all of it; what helps is not.
public enum DiskShortage: Sendable, Hashable {
    /// Blocks for data.
    case room
    /// Inodes: no file can be made, however much room there is.
    case inodes
    /// What our user may have of it.
    case quota

    /// Of a write to a descriptor that failed with `ENOSPC` or `EDQUOT`.
    public init(_ errno: Int32, at descriptor: Int32) {
        var status = statvfs()
        self.init(errno, fstatvfs(descriptor, &status) == 0 ? status : nil)
    }

    /// Of a file that could not be made, by the same errors.
    public init(_ errno: Int32, near path: String) {
        var status = statvfs()
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        self.init(errno, statvfs(folder, &status) == 0 ? status : nil)
    }

    /// Of such an error, and what the file system says of itself; nil: it says nothing.
    public init(_ errno: Int32, _ status: statvfs?) {
        guard errno != EDQUOT else {
            self = .quota
            return
        }
        // Some file systems have no fixed number of inodes, and report none at all.
        let hasNoInodes = status.map { $0.f_files > 0 && $0.f_favail == 0 && $0.f_bavail > 0 } ?? false
        self = hasNoInodes ? .inodes : .room
    }

    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .room: "the disk is full"
        case .inodes: "the file system has no inodes left"
        case .quota: "the disk quota is used up"
        }
    }

    /// What helps.
    public var mend: String {
        switch self {
        case .room: "make room"
        case .inodes: "remove files (`df -i` shows how many there are), for room is not what is missing"
        case .quota: "make room, or raise the quota of the user that ptrd runs as"
        }
    }
}
