/// Reads the configuration again and applies what can be applied without a restart. A file that is wrong changes
/// nothing.
public struct ReloadRequest: ControlRequest, Hashable, Codable {
    /// What has changed.
    public typealias Response = ReloadResponse
    /// `POST /v1/reload`.
    public static let route = ControlRoute.reload

    /// Makes a request.
    public init() {
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: [])
    }
}

/// What a reload has changed.
public struct ReloadResponse: Hashable, Sendable, Codable {
    /// What was applied.
    public let changed: [Change]
    /// What differs from the running configuration and takes effect at the next start only.
    public let needsRestart: [Change]
    /// What became of the file that is printed to, which a reload opens anew, in words for people; `nil` where it is no file.
    public let output: String?

    private enum CodingKeys: String, CodingKey {
        case changed, output
        case needsRestart = "needs_restart"
    }

    /// Makes one of its parts.
    public init(changed: [Change], needsRestart: [Change], output: String? = nil) {
        self.changed = changed
        self.needsRestart = needsRestart
        self.output = output
    }

    /// One key of the configuration that has another value now.
    public struct Change: Hashable, Sendable, Codable {
        /// The key, such as `scaling.max` or `stream.tweets-1`.
        public let key: String
        /// Its value before; `null` for what was added.
        public let before: String?
        /// Its value now; `null` for what was removed.
        public let after: String?

        /// Makes one of its parts.
        public init(key: String, before: String? = nil, after: String? = nil) {
            self.key = key
            self.before = before
            self.after = after
        }
    }
}
