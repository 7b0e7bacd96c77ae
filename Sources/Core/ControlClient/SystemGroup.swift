import Glibc

/// Groups as the system's databases and this process have them.
public enum SystemGroup {
    /// The name of a group; nil if there is none of this number.
    static func name(of group: gid_t) -> String? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64 << 10) { buffer in
            guard getgrgid_r(group, &entry, buffer.baseAddress, buffer.count, &found) == 0, found != nil,
                let name = entry.gr_name
            else { return nil }
            return String(cString: name)
        }
    }

    /// Whether the database has the user in the group.
    static func hasMember(_ group: gid_t, user: uid_t) -> Bool {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64 << 10) { buffer in
            guard let space = buffer.baseAddress,
                getpwuid_r(user, &entry, space, buffer.count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return false }
            var groups = [gid_t](repeating: 0, count: 1024)
            var count = CInt(groups.count)
            guard getgrouplist(name, entry.pw_gid, &groups, &count) >= 0 else { return false }
            return groups.prefix(Int(count)).contains(group)
        }
    }

    /// Whether this process is in the group of that name; false where there is none.
    public static func isOfProcess(named name: String) -> Bool {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64 << 10) { buffer in
            guard let space = buffer.baseAddress,
                getgrnam_r(name, &entry, space, buffer.count, &found) == 0, found != nil
            else { return false }
            return isOfProcess(entry.gr_gid)
        }
    }

    /// Whether this process is in the group; it got its groups when its user logged in.
    static func isOfProcess(_ group: gid_t) -> Bool {
        if getegid() == group { return true }
        var groups = [gid_t](repeating: 0, count: 65536)
        let count = getgroups(CInt(groups.count), &groups)
        return count > 0 && groups.prefix(Int(count)).contains(group)
    }
}
