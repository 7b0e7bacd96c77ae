/// What a replay or a purge was about. When it is over, `done + refused_count = matched`.
public struct DeadLetterResponse: Hashable, Sendable, Codable {
    /// How many dead letters the selection meant; of a replay that goes on, as far as it has come.
    public let matched: Int
    /// How many were replayed or deleted; 0 for a dry run.
    public let done: Int
    /// Those that could not be replayed, and why; the first 100.
    public let refused: [Refusal]
    /// How many those are; an older daemon does not say.
    public let refusedCount: Int?
    /// Whether it was only counted.
    public let dryRun: Bool
    /// The number of a replay that goes on, for ``ReplayProgressRequest``; left out when it is over.
    public let goesOn: UInt64?
    /// What ended a replay before it had been through with all; left out where nothing did.
    public let error: String?

    private enum CodingKeys: String, CodingKey {
        case matched, done, refused, error
        case refusedCount = "refused_count"
        case dryRun = "dry_run"
        case goesOn = "goes_on"
    }

    /// Makes one of its parts.
    public init(
        matched: Int, done: Int, refused: [Refusal], refusedCount: Int? = nil, dryRun: Bool, goesOn: UInt64? = nil,
        error: String? = nil
    ) {
        self.matched = matched
        self.done = done
        self.refused = refused
        self.refusedCount = refusedCount ?? refused.count
        self.dryRun = dryRun
        self.goesOn = goesOn
        self.error = error
    }

    /// A dead letter that could not be replayed.
    public struct Refusal: Hashable, Sendable, Codable {
        /// Which.
        public let id: Int64
        /// Why, in words.
        public let reason: String

        /// Makes one of its parts.
        public init(id: Int64, reason: String) {
            self.id = id
            self.reason = reason
        }
    }
}
