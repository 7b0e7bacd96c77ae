import CSystemd
import Glibc

/// Why the journal did not take a record.
public enum JournalError: Error, Equatable, CustomStringConvertible {
    /// There is no journald: its socket is missing.
    case unavailable(socket: String)
    /// journald, or the way to it, refused the record.
    case refused(errno: Int32)

    /// In words, for people.
    public var description: String {
        switch self {
        case .unavailable(let socket):
            "no journal: \(socket) is missing; is systemd-journald running? Or print to stdout or a file instead"
        case .refused(let errno): "the journal refused the record: \(systemMessage(errno))"
        }
    }
}

/// Hands records to journald with `sd_journal_sendv`, which blocks while journald stalls (seconds have been measured).
public struct JournalSink: RecordSink {
    /// Sends one record; 0, or the negative error number.
    typealias Send = @Sendable (UnsafePointer<iovec>, Int32) -> Int32

    /// Where journald listens.
    public static let standardSocket = "/run/systemd/journal/socket"

    private let socket: String
    private let send: Send

    /// A sink to the system's journal.
    public init() {
        self.init(socket: Self.standardSocket) { sd_journal_sendv($0, $1) }
    }

    init(socket: String, send: @escaping Send) {
        self.socket = socket
        self.send = send
    }

    /// Whether journald's socket is there.
    public static var isAvailable: Bool { access(standardSocket, F_OK) == 0 }

    /// The same as ``RecordSink/write(_:until:)``: each record is an entry. Without a journald the whole batch is
    /// refused.
    public func write(_ records: [JournalRecord], until interruption: Interruption) -> BatchResult {
        // libsystemd answers success when the socket is missing, so we look ourselves: once per batch.
        guard access(socket, F_OK) == 0 else {
            return .refused(records.count, because: JournalError.unavailable(socket: socket))
        }
        var result = BatchResult(decided: 0)
        for record in records {
            if interruption.isRequested {
                result.end = .interrupted
                break
            }
            var status: Int32
            repeat { status = record.withVectors(send) } while status == -EINTR
            if status < 0 { result.refused[result.decided] = JournalError.refused(errno: -status) }
            result.decided += 1
        }
        return result
    }
}
