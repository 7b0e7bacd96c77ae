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
