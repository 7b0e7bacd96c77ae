/// Which dead letters are meant: those that match all that is given; at least one thing has to be.
public struct DeadLetterSelection: Hashable, Sendable, Codable {
    /// These.
    public let ids: [Int64]?
    /// Those of this stream.
    public let stream: String?
    /// Those with this text in their data, reason, type or event id.
    public let text: String?
    /// All; without it, an empty selection is refused.
    public let all: Bool
    /// At most so many, the oldest first.
    public let limit: Int?

    /// How many a selection may be limited to.
    public static let limits = 1...1_000_000
    /// The longest text that can be looked for, in bytes.
    public static let longestText = 256

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case ids, stream, text, all, limit
    }

    /// Makes a selection.
    public init(ids: [Int64]? = nil, stream: String? = nil, text: String? = nil, all: Bool = false, limit: Int? = nil) {
        self.ids = ids
        self.stream = stream
        self.text = text
        self.all = all
        self.limit = limit
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known, for what is out of bounds, and if nothing is
    ///   selected.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        ids = try container.decodeIfPresent([Int64].self, forKey: .ids)
        stream = try container.decodeIfPresent(String.self, forKey: .stream)
        text = try container.decodeIfPresent(String.self, forKey: .text)
        all = try container.decodeIfPresent(Bool.self, forKey: .all) ?? false
        limit = try container.decodeIfPresent(Int.self, forKey: .limit)
        try check(container)
    }

    private func check(_ container: KeyedDecodingContainer<CodingKeys>) throws {
        func refuse(_ key: CodingKeys, _ problem: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: problem)
        }
        if let ids, ids.contains(where: { $0 < 1 }) { throw refuse(.ids, "are numbers from 1") }
        if let text, text.isEmpty || text.utf8.count > Self.longestText {
            throw refuse(.text, "has to be of 1 to \(Self.longestText) bytes")
        }
        if let limit, !Self.limits.contains(limit) {
            throw refuse(.limit, "has to be from \(Self.limits.lowerBound) to \(Self.limits.upperBound)")
        }
        guard ids != nil || stream != nil || text != nil || all else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: container.codingPath,
                    debugDescription: "give ids, stream, text, or \"all\": true for all of them"))
        }
    }
}

/// Admits dead letters anew: each counts as received once more, and is no longer stored when it is settled. One that takes
/// longer than a client waits is answered with how far it is, and goes on: ``ReplayProgressRequest``.
public struct ReplayRequest: ControlRequest, Hashable, Codable {
    /// How many it was about.
    public typealias Response = DeadLetterResponse
    /// `POST /v1/dead-letters/replay`.
    public static let route = ControlRoute.replayDeadLetters

    /// Which.
    public let selection: DeadLetterSelection
    /// Only count them.
    public let dryRun: Bool
    /// Also while nothing gets done, because the circuit breaker is open, the handler is unavailable or the output takes
    /// nothing: they wait for that. Otherwise it is refused then.
    public let wait: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case selection, wait
        case dryRun = "dry_run"
    }

    /// Makes a request.
    public init(selection: DeadLetterSelection, dryRun: Bool = false, wait: Bool = false) {
        self.selection = selection
        self.dryRun = dryRun
        self.wait = wait
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        selection = try container.decode(DeadLetterSelection.self, forKey: .selection)
        dryRun = try container.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
        wait = try container.decodeIfPresent(Bool.self, forKey: .wait) ?? false
    }
}

/// Deletes dead letters for good.
public struct PurgeRequest: ControlRequest, Hashable, Codable {
    /// How many it was about.
    public typealias Response = DeadLetterResponse
    /// `POST /v1/dead-letters/purge`.
    public static let route = ControlRoute.purgeDeadLetters

    /// Which.
    public let selection: DeadLetterSelection
    /// Only count them.
    public let dryRun: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case selection
        case dryRun = "dry_run"
    }

    /// Makes a request.
    public init(selection: DeadLetterSelection, dryRun: Bool = false) {
        self.selection = selection
        self.dryRun = dryRun
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        selection = try container.decode(DeadLetterSelection.self, forKey: .selection)
        dryRun = try container.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
    }
}
