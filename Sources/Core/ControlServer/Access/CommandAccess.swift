import ControlAPI
import Glibc
import NIOPosix
import ProgramKit

/// Who may give commands. Whoever may connect may read; what changes something is for root, the daemon's own user, and
/// the members of one group (`[control] admin_group`).
///
/// Where messages are given to processes, those run as the daemon's user, and are none of them.
public struct CommandAccess: Sendable {
    /// The group's name, for the sentence that says what mends a denial.
    public let group: String
    /// Its number; nil if the system has no such group.
    public let groupID: UInt32?
    /// The user that the daemon runs as.
    public let daemonUser: UInt32
    /// Whether that user may give commands.
    public let trustsDaemonUser: Bool
    /// Whether a caller is a process of a worker: it gives no commands, whatever user it has.
    public let isWorker: @Sendable (Caller) -> Bool

    /// Makes a rule; without a group, it is for root and the daemon's user only.
    public init(
        group: String = ControlSocket.operatorsGroup, groupID: UInt32? = nil, daemonUser: UInt32 = geteuid(),
        trustsDaemonUser: Bool = true, isWorker: @escaping @Sendable (Caller) -> Bool = { _ in false }
    ) {
        self.group = group
        self.groupID = groupID
        self.daemonUser = daemonUser
        self.trustsDaemonUser = trustsDaemonUser
        self.isWorker = isWorker
    }

    /// Whether a user is one of the two that need no group; they are also the last for whom there is no room.
    func isPrivileged(_ user: UInt32) -> Bool { user == 0 || user == daemonUser && trustsDaemonUser }

    /// Why a caller may not give commands; nil if it may.
    func refusal(for caller: Caller?) -> ControlFailure? {
        guard let caller else {
            return ControlFailure(.denied, "the kernel does not say who asks, so nothing is changed for you")
        }
        if isWorker(caller) {
            return ControlFailure(.denied, "a worker's process may change nothing", hint: "only ask what ptrd knows")
        }
        if isPrivileged(caller.uid) { return nil }
        if caller.uid == daemonUser {
            return ControlFailure(
                .denied, "the user ptrd runs as may change nothing here: its workers' processes are of that user, too",
                hint: "use sudo, or a user of the group \(group)")
        }
        guard let groupID else {
            return ControlFailure(
                .denied, "only root and the user ptrd runs as may change something: there is no group \(group)",
                hint: "make it with `sudo groupadd \(group)`, join it with `sudo usermod -aG \(group) $USER`,"
                    + " restart ptrd and log in again; or use sudo")
        }
        if caller.gid == groupID || caller.groups.contains(groupID) { return nil }
        return ControlFailure(
            .denied, "only root, the user ptrd runs as and members of the group \(group) may change something",
            hint: "join it with `sudo usermod -aG \(group) $USER`, then log in again; or use sudo")
    }
}

/// The groups of the system's users.
public enum UserGroup {
    /// The number of a group; nil if there is none of this name, or its directory does not answer.
    ///
    /// It is asked for on a thread that may block: the directory may be on another machine.
    public static func id(named name: String) async -> UInt32? {
        (try? await NIOThreadPool.singleton.runIfActive { SystemGroup.id(named: name) }) ?? nil
    }
}
