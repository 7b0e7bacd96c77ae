import Glibc

/// Groups as the system's databases and this process have them. A database may be on another machine: whoever must not block
/// asks on a thread that may.
public enum SystemGroup {
    /// The number of a group; nil if there is none of this name, or the database does not answer.
    public static func id(named name: String) -> gid_t? {
        find({ getgrnam_r(name, $0, $1, $2, $3) }, { $0.gr_gid })
    }

    /// The name of a group; nil if there is none of this number.
    public static func name(of group: gid_t) -> String? {
        find({ getgrgid_r(group, $0, $1, $2, $3) }, { $0.gr_name.map { String(cString: $0) } })
    }

    /// Whether the database has the user in the group.
    public static func hasMember(_ group: gid_t, user: uid_t) -> Bool {
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
    public static func isOfProcess(named name: String) -> Bool { id(named: name).map(isOfProcess) ?? false }

    /// Whether this process is in the group; it got its groups when its user logged in.
    public static func isOfProcess(_ group: gid_t) -> Bool {
        if getegid() == group { return true }
        var groups = [gid_t](repeating: 0, count: 65536)
        let count = getgroups(CInt(groups.count), &groups)
        return count > 0 && groups.prefix(Int(count)).contains(group)
    }

    private typealias Entry = Glibc.group

    /// Asks a database, and reads what it found while it is there.
    private static func find<Found>(
        _ ask: (
            UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
        ) -> CInt,
        _ read: (Entry) -> Found?
    ) -> Found? {
        // Room for the names of its members, whom nobody asks for here.
        var size = 16 << 10
        while size <= 16 << 20 {
            let (code, found) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
                var (entry, found) = (Entry(), UnsafeMutablePointer<Entry>?.none)
                guard let space = buffer.baseAddress else { return (ENOMEM, Found?.none) }
                let code = ask(&entry, space, buffer.count, &found)
                return (code, found == nil ? nil : read(entry))
            }
            guard code == ERANGE else { return found }
            size *= 16
        }
        return nil
    }
}
