/// What the daemon lives by: each option with its value, as `GET /v1/configuration` gives it.
///
/// There are no secrets in it: of headers only their number is shown, and of a URL no user information and no value of its query.
public struct RunningConfiguration: Hashable, Sendable, Codable {
    /// The streams' options first, in the order of the configuration, then the others in that of ptrd.toml(5).
    public let settings: [Setting]

    /// Makes the document.
    public init(settings: [Setting]) {
        self.settings = settings
    }

    /// One option.
    public struct Setting: Hashable, Sendable, Codable {
        /// Its full key, such as `flow.max_in_flight`.
        public let key: String
        /// Its value as a file would have it; `null` where it has none, or where that is nobody's business.
        public let value: String?
        /// Whether that is the built-in default.
        public let isDefault: Bool

        private enum CodingKeys: String, CodingKey {
            case key, value
            case isDefault = "is_default"
        }

        /// Makes an option.
        public init(key: String, value: String?, isDefault: Bool) {
            self.key = key
            self.value = value
            self.isDefault = isDefault
        }

        /// Written out because `value` is always there, as `null` if need be.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(key, forKey: .key)
            try container.encode(value, forKey: .value)
            try container.encode(isDefault, forKey: .isDefault)
        }
    }
}
