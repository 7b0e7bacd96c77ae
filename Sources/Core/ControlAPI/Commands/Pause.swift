/// Stops reading from one stream or from all of them; what was admitted is worked on.
public struct PauseRequest: ControlRequest, Hashable, Codable {
    /// The streams that are paused now.
    public typealias Response = PauseResponse
    /// `POST /v1/pause`.
    public static let route = ControlRoute.pause

    /// The stream; all if it is not given.
    public let stream: String?
    /// After how long to go on by itself, more than 0 and at most ``longest``; until `resume` if it is not given.
    public let forSeconds: Double?

    /// The longest pause that ends by itself, in seconds: 30 days.
    public static let longest = 2_592_000.0

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case stream
        case forSeconds = "for_seconds"
    }

    /// Makes a request.
    public init(stream: String? = nil, forSeconds: Double? = nil) {
        self.stream = stream
        self.forSeconds = forSeconds
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known and for a time out of bounds.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        stream = try container.decodeIfPresent(String.self, forKey: .stream)
        forSeconds = try container.decodeIfPresent(Double.self, forKey: .forSeconds)
        guard forSeconds.map({ $0 > 0 && $0 <= Self.longest }) ?? true else {
            throw DecodingError.dataCorruptedError(
                forKey: .forSeconds, in: container,
                debugDescription: "has to be more than 0 and at most \(Int(Self.longest))")
        }
    }
}

/// What a pause, or its end, brought about.
public struct PauseResponse: Hashable, Sendable, Codable {
    /// The streams it was about.
    public let streams: [String]
    /// The state of the daemon after it.
    public let state: Status.State
    /// For how long they are paused, if that has an end.
    public let forSeconds: Double?
    /// What the caller should know besides.
    public let note: String?

    private enum CodingKeys: String, CodingKey {
        case streams, state, note
        case forSeconds = "for_seconds"
    }

    /// Makes one of its parts.
    public init(streams: [String], state: Status.State, forSeconds: Double? = nil, note: String? = nil) {
        self.streams = streams
        self.state = state
        self.forSeconds = forSeconds
        self.note = note
    }
}

/// Reads again from one stream or from all of them; a stream that the server told to stop is tried again.
public struct ResumeRequest: ControlRequest, Hashable, Codable {
    /// The streams that are read again.
    public typealias Response = PauseResponse
    /// `POST /v1/resume`.
    public static let route = ControlRoute.resume

    /// The stream; all that are paused, if it is not given.
    public let stream: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case stream
    }

    /// Makes a request.
    public init(stream: String? = nil) {
        self.stream = stream
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        stream = try container.decodeIfPresent(String.self, forKey: .stream)
    }
}
