import Glibc

/// What a user may do with files, by their modes; access(2) answers for ourselves only.
struct FileAccess {
    /// A file or folder that is in the way.
    struct Obstacle: Equatable {
        var path: String
        /// What is missing for a folder or a program, besides reading it: `x`, or nothing.
        var needed: String
    }

    let user: uid_t
    let groups: Set<gid_t>

    init(user: uid_t, groups: Set<gid_t>) {
        self.user = user
        self.groups = groups
    }

    /// - Returns: nil where there is no such user.
    init?(ofUser name: String) {
        guard let entry = getpwnam(name)?.pointee else { return nil }
        var (groups, count) = ([gid_t](repeating: 0, count: 256), Int32(256))
        guard getgrouplist(name, entry.pw_gid, &groups, &count) >= 0 else { return nil }
        self.init(user: entry.pw_uid, groups: Set(groups.prefix(Int(count))))
    }

    /// What keeps the user from a file; nil: nothing, or there is no such file.
    ///
    /// - Parameter wanted: `R_OK` or `X_OK`.
    func obstacle(to file: String, _ wanted: Int32) -> Obstacle? {
        guard user != 0 else { return nil }
        var path = ""
        let parts = file.split(separator: "/")
        for (index, part) in parts.enumerated() {
            path += "/\(part)"
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            let isLast = index == parts.count - 1
            let needed = isLast ? wanted : X_OK
            guard may(needed, status) else { return Obstacle(path: path, needed: needed == X_OK ? "x" : "") }
        }
        return nil
    }

    private func may(_ wanted: Int32, _ status: stat) -> Bool {
        let shift: mode_t = status.st_uid == user ? 6 : groups.contains(status.st_gid) ? 3 : 0
        return status.st_mode >> shift & mode_t(wanted) == mode_t(wanted)
    }
}
