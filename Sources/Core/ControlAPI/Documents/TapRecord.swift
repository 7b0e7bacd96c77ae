/// One live message, as `GET /v1/tap` streams them.
public struct TapRecord: Hashable, Sendable, Codable {
    /// When, in UTC.
    public let time: String
    /// What happened to it.
    public let stage: Stage
    /// Its number.
    public let sequence: UInt64
    /// The stream it came from.
    public let stream: String
    /// Its event id; may be empty.
    public let eventID: String
    /// Its type; `message` if the server named none.
    public let type: String
    /// Which attempt ended; not for `received`.
    public let attempt: Int?
    /// The worker that had it; not for `received`.
    public let worker: String?
    /// Why it failed.
    public let reason: String?
    /// From receipt until done or failed.
    public let milliseconds: Double?
    /// Its data, cut to the first 2,048 bytes.
    public let data: String
    /// How long its data is.
    public let bytes: Int

    private enum CodingKeys: String, CodingKey {
        case time, stage, sequence, stream, type, attempt, worker, reason, milliseconds, data, bytes
        case eventID = "event_id"
    }

    /// Makes one of its parts.
    public init(
        time: String, stage: Stage, sequence: UInt64, stream: String, eventID: String, type: String,
        attempt: Int? =
            nil, worker: String? = nil, reason: String? = nil, milliseconds: Double? = nil, data: String, bytes: Int
    ) {
        self.time = time
        self.stage = stage
        self.sequence = sequence
        self.stream = stream
        self.eventID = eventID
        self.type = type
        self.attempt = attempt
        self.worker = worker
        self.reason = reason
        self.milliseconds = milliseconds
        self.data = data
        self.bytes = bytes
    }

    /// At which point a message is looked at.
    public struct Stage: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes one of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// It was admitted.
        public static let received = Stage(rawValue: "received")
        /// Its handler completed.
        public static let done = Stage(rawValue: "done")
        /// An attempt failed, or crashed its worker.
        public static let failed = Stage(rawValue: "failed")

        /// All of this version.
        public static let all: [Stage] = [.received, .done, .failed]
    }
}

/// How many messages a tap has passed over since it last said so, because more came than it samples.
public struct TapSkipped: Hashable, Sendable, Codable {
    /// Messages of the stage that were not looked at.
    public let skipped: UInt64

    /// Makes one of its parts.
    public init(skipped: UInt64) {
        self.skipped = skipped
    }
}
