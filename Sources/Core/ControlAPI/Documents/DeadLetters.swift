/// Dead letters, as `GET /v1/dead-letters` gives them: the oldest first, without their data.
public struct DeadLetters: Hashable, Sendable, Codable {
    /// A page of them.
    public let deadLetters: [DeadLetterSummary]
    /// Where the next page begins (`after`); `null` on the last.
    public let next: Int64?
    /// How many are stored, whether they match or not.
    public let total: Int
    /// What they hold, in bytes.
    public let totalBytes: Int

    private enum CodingKeys: String, CodingKey {
        case next, total
        case deadLetters = "dead_letters"
        case totalBytes = "total_bytes"
    }

    /// Makes one of its parts.
    public init(deadLetters: [DeadLetterSummary], next: Int64? = nil, total: Int, totalBytes: Int) {
        self.deadLetters = deadLetters
        self.next = next
        self.total = total
        self.totalBytes = totalBytes
    }
}

/// One dead letter without its data.
public struct DeadLetterSummary: Hashable, Sendable, Codable {
    /// Its number in the state directory.
    public let id: Int64
    /// The stream it came from.
    public let stream: String
    /// Its event id; may be empty.
    public let eventID: String
    /// Its type; `message` if the server named none.
    public let type: String
    /// When it was given up, in UTC.
    public let time: String
    /// What the last attempt ended with.
    public let reason: String
    /// How often it was tried.
    public let attempts: Int
    /// The worker that had it last.
    public let worker: String
    /// The incarnation of that worker.
    public let incarnation: UInt64
    /// Its number in the life of the daemon that gave it up.
    public let sequence: UInt64
    /// How long its data is.
    public let bytes: Int
    /// The beginning of its data, in one line.
    public let preview: String
    /// What names the event, unchanged by replays, for whoever must not take it twice; left out for one that an older version
    /// stored.
    public let identity: String?

    private enum CodingKeys: String, CodingKey {
        case id, stream, type, time, reason, attempts, worker, incarnation, sequence, bytes, preview,
            identity
        case eventID = "event_id"
    }

    /// Makes one of its parts.
    public init(
        id: Int64, stream: String, eventID: String, type: String, time: String, reason: String, attempts: Int,
        worker:
            String, incarnation: UInt64, sequence: UInt64, bytes: Int, preview: String,
        identity: String? = nil
    ) {
        self.id = id
        self.stream = stream
        self.eventID = eventID
        self.type = type
        self.time = time
        self.reason = reason
        self.attempts = attempts
        self.worker = worker
        self.incarnation = incarnation
        self.sequence = sequence
        self.bytes = bytes
        self.preview = preview
        self.identity = identity
    }
}

/// One dead letter with its data, as `GET /v1/dead-letters/{id}` gives it.
public struct DeadLetterDetail: Hashable, Sendable, Codable {
    /// All but the data.
    public let summary: DeadLetterSummary
    /// Its data.
    public let data: String

    /// Makes one of its parts.
    public init(summary: DeadLetterSummary, data: String) {
        self.summary = summary
        self.data = data
    }
}
