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
