import ControlServer
import FoundationEssentials
import Glibc

/// Tells the processes of workers from others. What ptrd starts are workers, and nothing else.
///
/// A process is a worker's if it descends from us, or the leader of its session does: so it is found, too, when what started it
/// has ended. What has left both (a session of its own, and its parents gone) is not found by this.
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

    /// - Parameters:
    ///   - ourselves: the process whose descendants they are.
    ///   - relations: what is known of a process; nil: it is not there, or hides.
    init(
        of ourselves: pid_t = getpid(), user: uid_t = geteuid(),
        relations: @escaping @Sendable (pid_t) -> Relations? = WorkerKin.relations
    ) {
        self.ourselves = ourselves
        self.user = user
        self.relations = relations
    }

    /// Whether somebody at the control socket is a worker's process. One of our user that cannot be looked at is taken for one: it
    /// hides, or has handed its connection to somebody and has ended.
    func contains(_ caller: Caller) -> Bool {
        guard let own = relations(caller.pid) else { return caller.uid == user }
        // The first process of a container is everybody's parent at the end, so that only says something of sessions.
        if ourselves != 1, descends(caller.pid) { return true }
        return own.session != ourselves && descends(own.session)
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

    /// Reads a line of `/proc/PID/stat`. The name in it may hold anything, also parentheses and line ends.
    static func relations(stat: String) -> Relations? {
        guard let end = stat.utf8.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = stat[end...].dropFirst().split(separator: " ")
        guard fields.count > 3, let parent = pid_t(fields[1]), let session = pid_t(fields[3]) else { return nil }
        return Relations(parent: parent, session: session)
    }
}
