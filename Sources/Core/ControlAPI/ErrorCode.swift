/// The kinds of refusal the control API knows. The raw value is the `code` of an ``ErrorResponse``.
///
/// A code decides the HTTP status of the answer and the exit status of `ptrctl`; ``table`` is the only place that says
/// which.
public struct ErrorCode: RawRepresentable, Hashable, Sendable, Codable {
    /// The word in the JSON, such as `not_found`.
    public let rawValue: String

    /// Makes a code of any word: a later daemon may know more of them.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The request was not understood: bad JSON, an unknown key, a value of the wrong type.
    public static let badRequest = ErrorCode(rawValue: "bad_request")
    /// The caller, or the configuration, does not allow this.
    public static let denied = ErrorCode(rawValue: "denied")
    /// What the request names does not exist, such as a worker's id.
    public static let notFound = ErrorCode(rawValue: "not_found")
    /// The API has no such path: most likely ptrctl and ptrd are of different versions.
    public static let unknownRoute = ErrorCode(rawValue: "unknown_route")
    /// The path exists, but not for this HTTP method.
    public static let methodNotAllowed = ErrorCode(rawValue: "method_not_allowed")
    /// The request is sound, but the present state or configuration forbids it, such as a target above `max`.
    public static let precondition = ErrorCode(rawValue: "precondition")
    /// The request's body is larger than the server reads.
    public static let tooLarge = ErrorCode(rawValue: "too_large")
    /// The caller asks more often than the server answers one user.
    public static let rateLimited = ErrorCode(rawValue: "rate_limited")
    /// A mistake of the daemon.
    public static let `internal` = ErrorCode(rawValue: "internal")
    /// The daemon cannot do this now, for example because it is stopping.
    public static let unavailable = ErrorCode(rawValue: "unavailable")
    /// The daemon gave up waiting for a part of itself.
    public static let timedOut = ErrorCode(rawValue: "timed_out")

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
