import ControlServer
import FoundationEssentials
import Glibc

/// Tells the processes of workers from others. What ptrd starts are workers, and nothing else.
///
/// A process is a worker's if it descends from us, or the leader of its session does: so it is found, too, when what started it
/// has ended. What has left both (a session of its own, and its parents gone) is still in its worker's control group, where each
/// has one; else it is not found.
struct WorkerKin: Sendable {
    /// A process as the kernel tells of it: proc(5), `/proc/PID/stat`.
    struct Relations: Equatable {
        var parent: pid_t
        var session: pid_t
    }

    /// So many generations are looked at.
    private static let generations = 64

    private let ourselves: pid_t
    private let user: uid_t
    private let relations: @Sendable (pid_t) -> Relations?
    private let group: @Sendable (pid_t) -> String?

    /// - Parameters:
    ///   - ourselves: the process whose descendants they are.
    ///   - relations: what is known of a process; nil: it is not there, or hides.
    ///   - group: the control group of a process.
    init(
        of ourselves: pid_t = getpid(), user: uid_t = geteuid(),
        relations: @escaping @Sendable (pid_t) -> Relations? = WorkerKin.relations,
        group: @escaping @Sendable (pid_t) -> String? = WorkerKin.group
    ) {
        self.ourselves = ourselves
        self.user = user
        self.relations = relations
        self.group = group
    }

    /// Whether somebody at the control socket is a worker's process. One of our user that cannot be looked at is taken for one: it
    /// hides, or has handed its connection to somebody and has ended.
    func contains(_ caller: Caller) -> Bool {
        guard let own = relations(caller.pid) else { return caller.uid == user }
        // The first process of a container is everybody's parent at the end, so that only says something of sessions.
        if ourselves != 1, descends(caller.pid) { return true }
        return own.session != ourselves && descends(own.session) || isInGroupOfWorker(caller.pid)
    }

    /// Where groups are delegated to us, we are in `main`, and beside it are those of the workers and systemd's for what a reload runs.
    private func isInGroupOfWorker(_ process: pid_t) -> Bool {
        guard let own = group(ourselves), own.hasSuffix("/main"), let other = group(process) else { return false }
        let delegated = own.dropLast("main".count)
        return other.hasPrefix(delegated) && other != own && !other.hasPrefix(delegated + ".control")
    }

    private func descends(_ process: pid_t) -> Bool {
        var process = process
        for _ in 0..<Self.generations {
            guard let parent = relations(process)?.parent, parent > 0 else { return false }
            if parent == ourselves { return true }
            process = parent
        }
        return false
    }

    /// Asks the kernel.
    static func relations(of process: pid_t) -> Relations? {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return nil }
        return relations(stat: stat)
    }

    /// The path of a control group in the unified hierarchy.
    static func group(of process: pid_t) -> String? {
        guard let groups = try? String(contentsOfFile: "/proc/\(process)/cgroup", encoding: .utf8) else { return nil }
        return groups.split(separator: "\n").first { $0.hasPrefix("0::/") }.map { String($0.dropFirst("0::".count)) }
    }

    /// Reads a line of `/proc/PID/stat`. The name in it may hold anything, also parentheses and line ends.
    static func relations(stat: String) -> Relations? {
        guard let end = stat.utf8.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = stat[end...].dropFirst().split(separator: " ")
        guard fields.count > 3, let parent = pid_t(fields[1]), let session = pid_t(fields[3]) else { return nil }
        return Relations(parent: parent, session: session)
    }
}
