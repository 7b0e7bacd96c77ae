/// A refusal of the control API: thrown by the daemon's side, received by the client's.
public struct ControlFailure: Error, Hashable, Sendable, Codable {
    /// The kind of refusal.
    public let code: ErrorCode
    /// What was wrong, in one sentence.
    public let message: String
    /// What mends it, if anything does: a command or a setting.
    public let hint: String?

    /// Makes a refusal.
    public init(_ code: ErrorCode, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension ControlFailure: CustomStringConvertible {
    /// Code, message and hint, for people.
    public var description: String {
        "\(code.rawValue): \(message)" + (hint.map { " (\($0))" } ?? "")
    }
}

/// The body of every answer that is not a success: `{"error": {"code": "…", "message": "…", "hint": "…"}}`.
public struct ErrorResponse: Hashable, Sendable, Codable {
    /// The refusal.
    public let error: ControlFailure

    /// Makes the body for a refusal.
    public init(_ error: ControlFailure) {
        self.error = error
    }
}

/// A code decides the HTTP status of the answer and the exit status of `ptrctl`; ``table`` is the only place that says
/// which.
extension ErrorCode {
    /// One line of ``table``.
    public struct Row: Sendable {
        /// What the line is about.
        public let code: ErrorCode
        /// The status of the HTTP answer.
        public let httpStatus: Int
        /// What `ptrctl` ends with.
        public let exitStatus: ExitStatus
    }

    /// Every code with its HTTP status and its exit status.
    public static let table: [Row] = [
        Row(code: .badRequest, httpStatus: 400, exitStatus: .usage),
        Row(code: .denied, httpStatus: 403, exitStatus: .denied),
        Row(code: .notFound, httpStatus: 404, exitStatus: .precondition),
        Row(code: .unknownRoute, httpStatus: 404, exitStatus: .badAnswer),
        Row(code: .methodNotAllowed, httpStatus: 405, exitStatus: .badAnswer),
        Row(code: .precondition, httpStatus: 409, exitStatus: .precondition),
        Row(code: .tooLarge, httpStatus: 413, exitStatus: .usage),
        Row(code: .rateLimited, httpStatus: 429, exitStatus: .badAnswer),
        Row(code: .internal, httpStatus: 500, exitStatus: .badAnswer),
        Row(code: .unavailable, httpStatus: 503, exitStatus: .badAnswer),
        Row(code: .timedOut, httpStatus: 504, exitStatus: .badAnswer),
    ]

    /// The status of the HTTP answer; 500 for a code this version does not know.
    public var httpStatus: Int {
        Self.table.first { $0.code == self }?.httpStatus ?? 500
    }

    /// What `ptrctl` ends with; "answered badly" for a code this version does not know.
    public var exitStatus: ExitStatus {
        Self.table.first { $0.code == self }?.exitStatus ?? .badAnswer
    }
}

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
