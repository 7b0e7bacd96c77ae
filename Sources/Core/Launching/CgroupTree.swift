import CLaunching
import Glibc
import Locking
import ProgramKit

/// The part of the cgroup hierarchy that systemd has left to us (`Delegate=`), in which each process gets a group of its own.
///
/// Processes may only live in leaves of it, so the first thing that is done is to move ourselves to a group `main`. Without
/// delegation there is no tree, and everything else works: what a process leaves behind with a session of its own is then not
/// killed with it.
public final class CgroupTree: Sendable {
    /// Why there is none, or no group in it.
    public struct Unavailable: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is missing, and what mends it.
        public var description: String
    }

    /// Our part of it.
    public let path: String
    /// What may be limited in its groups, such as `memory`.
    public let controllers: Set<String>
    /// Groups that had living processes when they were to be removed.
    private let leftOver = Locked<[Cgroup]>([])

    /// Takes over what is delegated to us.
    ///
    /// - Throws: why nothing is.
    public static func claim(controllers: [String] = ["memory", "pids", "cpu"]) throws(Unavailable) -> CgroupTree {
        guard let path = ownGroup() else {
            throw Unavailable(description: "this system has no unified cgroup hierarchy, or hides it")
        }
        guard isDelegated(path) else {
            throw Unavailable(
                description:
                    "the cgroup \(path) is not delegated: Delegate=memory pids cpu in the unit makes it so")
        }
        return try CgroupTree(path: path, controllers: controllers)
    }

    /// Takes over a group that is ours to divide.
    ///
    /// - Throws: what failed; what is moved by then stays moved, which does no harm.
    public init(path: String, controllers: [String]) throws(Unavailable) {
        self.path = path
        guard mkdir("\(path)/main", 0o755) == 0 || errno == EEXIST else {
            throw Self.unavailable("\(path) cannot be divided", errno)
        }
        // Not ourselves alone: a helper that systemd has started beside us may be in there.
        for pid in Cgroup(path: path).processes {
            let failure = Cgroup.write("\(pid)", to: "\(path)/main/cgroup.procs")
            guard failure == 0 || failure == ESRCH else {
                throw Self.unavailable("process \(pid) cannot be moved to \(path)/main", failure)
            }
        }
        let offered = Set(
            (Cgroup.read("\(path)/cgroup.controllers") ?? "").split { $0 == " " || $0 == "\n" }.map(String.init))
        // One by one: the kernel takes all of a line or nothing.
        self.controllers = Set(
            controllers.filter {
                offered.contains($0) && Cgroup.write("+\($0)", to: "\(path)/cgroup.subtree_control") == 0
            })
    }

    /// Makes a group for a process.
    ///
    /// - Parameters:
    ///   - name: Of a worker; one that is there already is taken.
    ///   - memoryMax: So many bytes of memory at most; more, and the kernel kills in it. Nil: no limit.
    public func makeGroup(named name: String, memoryMax: Int? = nil) throws(Unavailable) -> Cgroup {
        sweep()
        let group = Cgroup(path: "\(path)/\(String(name.map { $0 == "/" || $0 == "\0" ? "-" : $0 }))")
        guard mkdir(group.path, 0o755) == 0 || errno == EEXIST else {
            throw Self.unavailable("no cgroup \(group.path) can be made", errno)
        }
        guard let memoryMax else { return group }
        guard controllers.contains("memory") else {
            remove(group)
            throw Unavailable(
                description:
                    "memory cannot be limited in \(path): this system has no memory controller there, or it is not delegated"
            )
        }
        let failure = Cgroup.write("\(memoryMax)", to: "\(group.path)/memory.max")
        guard failure == 0 else {
            remove(group)
            throw Self.unavailable("the memory of \(group.path) cannot be limited", failure)
        }
        // The whole worker and not the one of its processes that happens to be the largest.
        _ = Cgroup.write("1", to: "\(group.path)/memory.oom.group")
        return group
    }

    /// Removes the group of a process that has ended. What is killed in it may take a moment to be gone: then it is removed
    /// when the next group is made or removed.
    public func remove(_ group: Cgroup) {
        leftOver.withLock { if !$0.contains(group) { $0.append(group) } }
        sweep()
    }

    /// How many groups could not be removed yet.
    public var leftOverCount: Int {
        sweep()
        return leftOver.withLock(\.count)
    }

    private func sweep() {
        leftOver.withLock { groups in
            groups.removeAll { rmdir($0.path) == 0 || errno == ENOENT }
        }
    }

    private static func unavailable(_ what: String, _ errno: Int32) -> Unavailable {
        let mend =
            errno == EROFS || errno == EACCES || errno == EPERM
            ? "; in the unit, Delegate=memory pids cpu and ReadWritePaths=-/sys/fs/cgroup/system.slice/ptrd.service"
            : ""
        return Unavailable(description: "\(what): \(systemMessage(errno))\(mend)")
    }

    /// The directory of the group that we are in; nil: there is no unified hierarchy.
    static func ownGroup() -> String? {
        guard let groups = Cgroup.read("/proc/self/cgroup"), let mounts = Cgroup.read("/proc/self/mountinfo") else {
            return nil
        }
        return ownGroup(groups: groups, mounts: mounts)
    }

    /// The same, from what `/proc/self/cgroup` and `/proc/self/mountinfo` say.
    static func ownGroup(groups: String, mounts: String) -> String? {
        guard let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        let group = line.dropFirst(3)
        for mount in mounts.split(separator: "\n") {
            let fields = mount.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields[dash + 1] == "cgroup2",
                dash > 4
            else { continue }
            // In a container the mount shows a part of the hierarchy.
            let root = fields[3] == "/" ? "" : fields[3]
            guard group.hasPrefix(root) else { continue }
            let rest = group.dropFirst(root.count)
            return rest == "/" || rest.isEmpty ? String(fields[4]) : "\(fields[4])\(rest)"
        }
        return nil
    }

    /// Whether a group is ours to divide. That we could is no sign of it: root can everywhere.
    static func isDelegated(_ path: String) -> Bool {
        for attribute in ["user.delegate", "trusted.delegate"] {
            if claunching_is_marked(path, attribute) { return true }
        }
        var status = stat()
        return geteuid() != 0 && stat(path, &status) == 0 && status.st_uid == geteuid()
    }
}
