import CLaunching
import Glibc
import ProgramKit

/// Denies files to a process for good, with the kernel's Landlock.
///
/// Landlock knows no exceptions: it allows what lies beneath a directory, and denies the rest. So everything is allowed that lies
/// beside the way to what is denied. What is made later in one of the directories on that way (`/`, `/var`, `/var/lib`) is denied
/// to those that were started before, and so is making something there.
///
/// Names are not hidden: a directory can be listed. And nothing is denied that is open already.
public enum Landlock {
    /// Whether kernel and system call filter have it.
    public static var isAvailable: Bool { version > 0 }

    /// Whether signals to others can be denied, too (Linux 6.12).
    public static var deniesSignals: Bool { version >= 6 }

    static let version = claunching_landlock_version()

    /// What is denied: to execute, write and read files, and to make, remove and move what is in directories.
    fileprivate static var access: UInt64 {
        var access: UInt64 = 0b1_1111_1111_0111
        if version >= 2 { access |= 1 << 13 }
        if version >= 3 { access |= 1 << 14 }
        return access
    }

    /// What of it is about files.
    fileprivate static let ofFiles: UInt64 = 0b111 | 1 << 14
}

/// A set of rules that processes are held to.
final class DenialRules {
    let descriptor: Int32
    /// The directories on the way to what is denied, and when they last changed.
    private var ways: [(path: String, changed: timespec)] = []

    /// Denies what lies at, or beneath, real paths.
    init(denying denied: [String]) throws(LaunchError) {
        let made = claunching_landlock_ruleset(Landlock.access, Landlock.deniesSignals)
        let higher = made < 0 || made > 3 ? made : fcntl(made, F_DUPFD_CLOEXEC, 4)
        let failure = errno
        if higher != made { close(made) }
        descriptor = higher
        guard descriptor >= 0 else { throw .landlock(errno: failure, denied.joined(separator: ", ")) }
        try allowBeside(denied, in: "")
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Whether it still allows all that may be allowed.
    var isCurrent: Bool {
        ways.allSatisfy { way in
            guard let now = Self.changed(way.path) else { return false }
            return now.tv_sec == way.changed.tv_sec && now.tv_nsec == way.changed.tv_nsec
        }
    }

    private func allowBeside(_ denied: [String], in directory: String) throws(LaunchError) {
        let way = directory.isEmpty ? "/" : directory
        // First the time, then the look: what comes in between is seen the next time.
        guard let changed = Self.changed(way), let names = DirectoryEntries.of(way) else {
            throw .landlock(errno: errno, denied.joined(separator: ", "))
        }
        ways.append((way, changed))
        for name in names {
            let path = "\(directory)/\(name)"
            if denied.contains(path) { continue }
            if denied.contains(where: { $0.hasPrefix("\(path)/") }) {
                try allowBeside(denied, in: path)
            } else {
                try allow(path)
            }
        }
    }

    private func allow(_ path: String) throws(LaunchError) {
        // A link leads to what has a path of its own.
        let entry = open(path, O_PATH_CLOEXEC_NOFOLLOW)
        // It may be gone by now, or not ours to see.
        guard entry >= 0 else { return }
        defer { close(entry) }
        var status = stat()
        guard fstat(entry, &status) == 0, status.st_mode & S_IFMT != S_IFLNK else { return }
        let access =
            status.st_mode & S_IFMT == S_IFDIR ? Landlock.access : Landlock.access & Landlock.ofFiles
        guard claunching_landlock_allow(descriptor, access, entry) == 0 else {
            throw .landlock(errno: errno, path)
        }
    }

    private static func changed(_ path: String) -> timespec? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mtim : nil
    }
}

/// `O_PATH | O_CLOEXEC | O_NOFOLLOW`; Swift does not import the first.
private let O_PATH_CLOEXEC_NOFOLLOW: Int32 = 0o10000000 | O_CLOEXEC | O_NOFOLLOW

/// Keeps the rules of the last process for the next, which as a rule wants the same.
final class DenialCache {
    private var last: (denied: [String], rules: DenialRules)?

    /// Rules that deny paths; nil: there is nothing to deny, or Landlock is not available.
    func ruleset(denying paths: [String]) throws(LaunchError) -> DenialRules? {
        guard !paths.isEmpty, Landlock.isAvailable else { return nil }
        let denied = paths.compactMap(Self.realPath)
        guard !denied.isEmpty else { return nil }
        if let last, last.denied == denied, last.rules.isCurrent { return last.rules }
        let rules = try DenialRules(denying: denied)
        last = (denied, rules)
        return rules
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
