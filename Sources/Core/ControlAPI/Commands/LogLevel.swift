/// Sets how much is logged, until the next start or reload.
public struct LogLevelRequest: ControlRequest, Hashable, Codable {
    /// The level before and now.
    public typealias Response = LogLevelResponse
    /// `POST /v1/log-level`.
    public static let route = ControlRoute.logLevel

    /// One of ``levels``.
    public let level: String

    /// The levels there are, from the most to the least that is logged: those of swift-log.
    public static let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case level
    }

    /// Makes a request.
    public init(level: String) {
        self.level = level
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key or a level that is not known.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        level = try container.decode(String.self, forKey: .level)
        guard Self.levels.contains(level) else {
            throw DecodingError.dataCorruptedError(
                forKey: .level, in: container,
                debugDescription: "\(level.debugDescription) is no level; these are: "
                    + Self.levels.joined(separator: ", "))
        }
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
