/// What a program of this package tells its caller when it ends; scripts rely on these numbers.
public struct ExitStatus: RawRepresentable, Hashable, Sendable {
    /// The number handed to `exit(3)`.
    public let rawValue: Int32

    /// Makes a status of any number; the constants are those in use.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The request was carried out, or the daemon is healthy.
    public static let done = ExitStatus(rawValue: 0)
    /// The request failed, or the daemon is degraded.
    public static let failed = ExitStatus(rawValue: 1)
    /// The command line, or the request made of it, was wrong.
    public static let usage = ExitStatus(rawValue: 2)
    /// The daemon is not running.
    public static let notRunning = ExitStatus(rawValue: 3)
    /// The daemon answered badly, or not in time.
    public static let badAnswer = ExitStatus(rawValue: 4)
    /// The caller may not do this.
    public static let denied = ExitStatus(rawValue: 5)
    /// A precondition does not hold, or what was named does not exist.
    public static let precondition = ExitStatus(rawValue: 6)
    /// What was waited for did not come about in time; the number of timeout(1).
    public static let waitTimedOut = ExitStatus(rawValue: 124)
}
