import Logging

/// The priorities of syslog(3), which the journal and the `<N>` prefix of sd-daemon(3) share.
public enum JournalPriority: UInt8, Sendable, Comparable {
    case emergency = 0
    case alert, critical, error, warning, notice, info, debug

    /// The priority of a level of swift-log.
    public init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace, .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }

    /// Urgent is less: 0 is an emergency.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The prefix that journald and the kernel take off a line and read as its priority.
    var prefix: String { "<\(rawValue)>" }
}
