import Glibc
import ProgramKit

/// Where log lines go, decided once at the start.
public enum LogDestination: Sendable, Equatable {
    /// To journald in its own protocol, with fields.
    case journal
    /// To stderr, which the service manager reads: `<N>`-prefixed and without a time, since the reader adds one.
    case prefixedLines
    /// To stderr, for people: with time and level.
    case readableLines

    /// Reads `device:inode`, as `$JOURNAL_STREAM` has it.
    private static func identity(_ text: String) -> FileIdentity? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return nil }
        return FileIdentity(device: device, inode: inode)
    }

    /// Decides.
    ///
    /// `$JOURNAL_STREAM` alone proves nothing: a shell's child inherits it even when its stderr is a file
    /// (systemd.exec(5) asks for this comparison). `$INVOCATION_ID` is inherited too, so a terminal wins over it.
    static func choose(
        journalStream: String?, invocationID: String?, standardError: FileIdentity?, isTerminal: Bool
    ) -> LogDestination {
        if let standardError, let journal = journalStream.flatMap(identity), journal == standardError {
            return .journal
        }
        if isTerminal { return .readableLines }
        return invocationID == nil ? .readableLines : .prefixedLines
    }

    /// Decides for this process.
    public static func current() -> LogDestination {
        choose(
            journalStream: getenv("JOURNAL_STREAM").map { String(cString: $0) },
            invocationID: getenv("INVOCATION_ID").map { String(cString: $0) },
            standardError: FileIdentity(descriptor: STDERR_FILENO),
            isTerminal: isatty(STDERR_FILENO) == 1)
    }
}
