/// Asks after which event id a stream would go on if it had to begin anew.
public struct StreamPositionRequest: ControlQuestion, Hashable {
    /// The position.
    public typealias Response = StreamPosition
    /// `GET /v1/streams/position`.
    public static let route = ControlRoute.streamPosition
    /// The longest name of a stream that is looked for, in bytes.
    static let longestName = 1024

    /// The stream.
    public let stream: String

    /// Makes a request.
    public init(stream: String) {
        self.stream = stream
    }

    /// Reads `stream`.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        guard let stream = try query.text("stream", longest: Self.longestName) else {
            try query.refuseRest()
            throw ControlFailure(.badRequest, "the parameter stream has to be given", hint: "it is the stream's name")
        }
        self.stream = stream
    }

    /// `stream`.
    public var query: [QueryItem] { [QueryItem("stream", stream)] }
}

/// Sets the event id after which a stream goes on, and has it begin anew there.
public struct SetStreamPositionRequest: ControlRequest, Hashable, Codable {
    /// The position now and before.
    public typealias Response = StreamPosition
    /// `POST /v1/streams/position`.
    public static let route = ControlRoute.setStreamPosition
    /// The longest id that can be set, in bytes; a stream may be configured for less.
    public static let longestPosition = 32 << 10

    /// The stream.
    public let stream: String
    /// The id: what the server is asked with, so nothing that a header cannot hold.
    public let position: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case stream, position
    }

    /// Makes a request.
    public init(stream: String, position: String) {
        self.stream = stream
        self.position = position
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known, and for an id that is none.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        stream = try container.decode(String.self, forKey: .stream)
        position = try container.decode(String.self, forKey: .position)
        guard (1...Self.longestPosition).contains(position.utf8.count) else {
            throw DecodingError.dataCorruptedError(
                forKey: .position, in: container,
                debugDescription: "has to be of 1 to \(Self.longestPosition) bytes; to have none, forget it")
        }
        // RFC 9110, section 5.5.
        guard position.utf8.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .position, in: container, debugDescription: "holds a control character, which no header can")
        }
    }
}

/// Forgets the event id after which a stream goes on, and has it begin anew without one.
public struct ForgetStreamPositionRequest: ControlRequest, Hashable, Codable {
    /// The position before.
    public typealias Response = StreamPosition
    /// `POST /v1/streams/forget`.
    public static let route = ControlRoute.forgetStreamPosition

    /// The stream.
    public let stream: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case stream
    }

    /// Makes a request.
    public init(stream: String) {
        self.stream = stream
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        stream = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .stream)
    }
}

/// After which event id a stream goes on.
public struct StreamPosition: Hashable, Sendable, Codable {
    /// The stream.
    public let stream: String
    /// The id, at most its first ``longestShown`` bytes; `null`: there is none.
    public let position: String?
    /// How long the id is, in bytes; 0 without one.
    public let bytes: Int
    /// What it was before it was set or forgotten, cut in the same way; `null` if there was none, and for a question.
    public let previous: String?
    /// What the caller should know besides, for example that it is not stored yet.
    public let note: String?

    /// More of an id is not shown, in bytes.
    public static let longestShown = 8 << 10

    private enum CodingKeys: String, CodingKey {
        case stream, position, bytes, previous, note
    }

    /// Makes one of its parts.
    public init(stream: String, position: String?, bytes: Int, previous: String? = nil, note: String? = nil) {
        self.stream = stream
        self.position = position
        self.bytes = bytes
        self.previous = previous
        self.note = note
    }

    /// Written out because a position that is none is said, as `null`; what the compiler derives leaves it out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stream, forKey: .stream)
        try container.encode(position, forKey: .position)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(previous, forKey: .previous)
        try container.encodeIfPresent(note, forKey: .note)
    }
}
