/// Sets how much is logged, until the next start or reload.
public struct LogLevelRequest: ControlRequest, Hashable, Codable {
    /// The level before and now.
    public typealias Response = LogLevelResponse
    /// `POST /v1/log-level`.
    public static let route = ControlRoute.logLevel

    /// One of trace, debug, info, notice, warning, error, critical.
    public let level: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case level
    }

    /// Makes a request.
    public init(level: String) {
        self.level = level
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        level = try container.decode(String.self, forKey: .level)
    }
}

/// How much is logged.
public struct LogLevelResponse: Hashable, Sendable, Codable {
    /// The level now.
    public let level: String
    /// The level before.
    public let previous: String

    /// Makes one of its parts.
    public init(level: String, previous: String) {
        self.level = level
        self.previous = previous
    }
}
