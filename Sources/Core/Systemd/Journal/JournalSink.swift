import CSystemd
import Glibc
import Locking
import ProgramKit
public import Writing

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

    /// What an operator should hear about; each state is told once, not once a second.
    public enum Event: Sendable, Equatable {
        /// journald takes nothing; the sink waits.
        case blocked(JournalError)
        /// It takes records again.
        case takesAgain
    }

    /// Where journald listens.
    public static let standardSocket = "/run/systemd/journal/socket"

    private let socket: String
    private let retryMilliseconds: Int32
    private let onEvent: (@Sendable (Event) -> Void)?
    private let send: Send
    private let block = Block()

    /// Whether it has been told that journald takes nothing, and not yet that it does. It outlives a write that is interrupted, and
    /// a writer that is started again.
    private final class Block: Sendable {
        let isTold = Locked(false)
    }

    /// A sink to the system's journal that refuses what journald does not take at once: for logs.
    public init() {
        self.init(socket: Self.standardSocket) { sd_journal_sendv($0, $1) }
    }

    /// A sink to the system's journal that waits for a journald that is not there, or takes nothing, and tries it each second:
    /// that is the operator's to mend, and no reason to lose messages. The wait ends when the writer is stopped.
    ///
    /// - Parameter onEvent: Told from the writer's thread; it must not wait for the same writer.
    public init(waiting onEvent: @escaping @Sendable (Event) -> Void) {
        self.init(socket: Self.standardSocket, onEvent: onEvent) { sd_journal_sendv($0, $1) }
    }

    init(
        socket: String, retryMilliseconds: Int32 = 1000, onEvent: (@Sendable (Event) -> Void)? = nil,
        send: @escaping Send
    ) {
        self.socket = socket
        self.retryMilliseconds = retryMilliseconds
        self.onEvent = onEvent
        self.send = send
    }

    /// Whether journald's socket is there.
    public static var isAvailable: Bool { access(standardSocket, F_OK) == 0 }

    /// The same as ``RecordSink/write(_:until:)``: each record is an entry. Without a journald, the whole batch is refused or
    /// waits.
    public func write(_ records: [JournalRecord], until interruption: Interruption) -> BatchResult {
        guard let onEvent else { return writeOnce(records, until: interruption) }
        var result = BatchResult(decided: 0)
        // Once a batch is often enough, as long as nothing is wrong.
        var looks = true
        while result.decided < records.count {
            if interruption.isRequested {
                result.end = .interrupted
                break
            }
            let error = write(records[result.decided], looks: looks)
            guard let error, error.isOfJournal else {
                looks = false
                if let error { result.refused[result.decided] = error }
                result.decided += 1
                guard
                    block.isTold.withLock({ isTold in
                        defer { isTold = false }; return isTold
                    })
                else { continue }
                // The time that was waited for is not to count against what comes now: a watchdog looks at the batch.
                onEvent(.takesAgain)
                return result
            }
            looks = true
            if !block.isTold.withLock({ isTold in
                defer { isTold = true }; return isTold
            }) {
                onEvent(.blocked(error))
            }
            _ = interruption.wait(milliseconds: retryMilliseconds)
        }
        return result
    }

    private func writeOnce(_ records: [JournalRecord], until interruption: Interruption) -> BatchResult {
        guard isThere else { return .refused(records.count, because: JournalError.unavailable(socket: socket)) }
        var result = BatchResult(decided: 0)
        for record in records {
            if interruption.isRequested {
                result.end = .interrupted
                break
            }
            if let error = write(record, looks: false) { result.refused[result.decided] = error }
            result.decided += 1
        }
        return result
    }

    private func write(_ record: JournalRecord, looks: Bool) -> JournalError? {
        guard !looks || isThere else { return .unavailable(socket: socket) }
        var status: Int32
        repeat { status = record.withVectors(send) } while status == -EINTR
        return status < 0 ? .refused(errno: -status) : nil
    }

    /// libsystemd answers success when the socket is missing, so we look ourselves.
    private var isThere: Bool { access(socket, F_OK) == 0 }
}

extension JournalError {
    /// Whether journald is what is wrong, so that the same record may be taken later, and not the record.
    fileprivate var isOfJournal: Bool {
        switch self {
        case .unavailable: true
        case .refused(let errno): ![E2BIG, EINVAL, EMSGSIZE, EBADMSG].contains(errno)
        }
    }
}
