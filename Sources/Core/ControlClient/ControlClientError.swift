public import ControlAPI

/// Why a request of ``ControlClient`` brought no answer, or a refusal. Each case knows its sentence, its mend and the
/// exit status that `ptrctl` ends with.
public enum ControlClientError: Error, Hashable, Sendable {
    /// There is no socket, or nobody listens on it.
    case notRunning(socket: String, socketExists: Bool)
    /// The socket is there, but this user may not connect to it.
    case accessDenied(socket: String, group: String?)
    /// This user is in the socket's group, but logged in before it was.
    case groupNotInSession(socket: String, group: String)
    /// The socket belongs to a group that does not exist.
    case groupMissing(socket: String, group: UInt32)
    /// The path cannot be that of a Unix domain socket.
    case unusablePath(socket: String, problem: String)
    /// Something answered, but not what the control API answers.
    case badAnswer(socket: String, problem: String)
    /// The daemon ended, or closed the connection, before its answer was there.
    case brokeOff(socket: String)
    /// No answer came within the client's timeout.
    case timedOut(socket: String, after: Duration)
    /// The daemon understood, and said no.
    case refused(ControlFailure)

    /// What was wrong, in one sentence.
    public var message: String {
        switch self {
        case .notRunning(let socket, socketExists: false):
            "ptrd is not running: there is no socket at \(socket)"
        case .notRunning(let socket, socketExists: true):
            "ptrd is not running: nobody listens on \(socket)"
        case .accessDenied(let socket, let group?):
            "you may not connect to \(socket): that is for the group \(group)"
        case .accessDenied(let socket, nil):
            "you may not connect to \(socket)"
        case .groupNotInSession(let socket, let group):
            "you may not connect to \(socket): you are in the group \(group), but not in this session"
        case .groupMissing(let socket, let group):
            "you may not connect to \(socket): it belongs to the group \(group), which does not exist"
        case .unusablePath(let socket, let problem):
            "\"\(socket)\" cannot be a socket's path: \(problem)"
        case .badAnswer(let socket, let problem):
            "the answer from \(socket) makes no sense: \(problem)"
        case .brokeOff(let socket):
            "ptrd has ended, or closed the connection on \(socket), while it answered"
        case .timedOut(let socket, let timeout):
            "ptrd did not answer on \(socket) within \(timeout.formattedSeconds)"
        case .refused(let failure):
            failure.message
        }
    }

    /// The command or the setting that mends it.
    public var hint: String? {
        switch self {
        case .notRunning(ControlSocket.defaultPath, _):
            "start it with `systemctl start ptrd`, or name another socket with --socket; if it was started too often, "
                + "`systemctl reset-failed ptrd` comes first, and `journalctl -u ptrd` says why it ended"
        case .notRunning(let socket, _):
            "start it with `ptrd --control-socket \(socket)`, or name another socket with --socket"
                + " or $\(ControlSocket.environmentVariable)"
        case .accessDenied(_, group: "root"):
            "run the command as root: `sudo ptrctl …`"
        case .accessDenied(_, let group):
            "join the group that may: `sudo usermod -aG \(group ?? ControlSocket.operatorsGroup) $USER`,"
                + " then log in again"
        case .groupNotInSession(_, let group):
            "log in again, or begin a shell with `newgrp \(group)`"
        case .groupMissing:
            "create the group and start the socket anew: `sudo groupadd --system --force"
                + " \(ControlSocket.operatorsGroup) && sudo systemctl restart ptrd`"
        case .unusablePath:
            "give a path of at most \(ControlSocket.longestPath) bytes with --socket"
                + " or $\(ControlSocket.environmentVariable)"
        case .badAnswer:
            "is it ptrd that listens there, and of the version that `ptrctl version` prints?"
        case .brokeOff, .timedOut:
            "look at it with `systemctl status ptrd` and `journalctl -u ptrd -e`"
        case .refused(let failure):
            failure.hint
        }
    }

    /// What `ptrctl` ends with.
    public var exitStatus: ExitStatus {
        switch self {
        case .notRunning: .notRunning
        case .accessDenied, .groupNotInSession, .groupMissing: .denied
        case .unusablePath: .usage
        case .badAnswer, .brokeOff, .timedOut: .badAnswer
        case .refused(let failure): failure.code.exitStatus
        }
    }
}

extension ControlClientError: CustomStringConvertible {
    /// Message and hint in one line, for people.
    public var description: String {
        message + (hint.map { " (\($0))" } ?? "")
    }
}

extension Duration {
    /// Seconds for a sentence: `5 s`, `0.25 s`.
    fileprivate var formattedSeconds: String {
        let (seconds, attoseconds) = components
        let value = (Double(seconds) + Double(attoseconds) / 1e18).presented(decimals: 3)
        return value == value.rounded() ? "\(Int64(value)) s" : "\(value) s"
    }
}
