/// What happened of late, as `GET /v1/events` gives it: the oldest first.
public struct Events: Hashable, Sendable, Codable {
    /// Those that were asked for and are still kept.
    public let events: [Event]
    /// Where to go on: the number after the last one there is.
    public let next: UInt64
    /// How many were asked for and are no longer kept.
    public let missed: UInt64

    /// Makes one of its parts.
    public init(events: [Event], next: UInt64, missed: UInt64) {
        self.events = events
        self.next = next
        self.missed = missed
    }
}

/// Something that happened.
public struct Event: Hashable, Sendable, Codable {
    /// Its number in this life of the daemon, from 1.
    public let id: UInt64
    /// When, in UTC: `2026-01-31T09:30:00.123456Z`.
    public let time: String
    /// What it is about.
    public let kind: Kind
    /// How grave it is.
    public let level: Level
    /// The form for people.
    public let message: String
    /// The form for machines: what it happened to, and the particulars.
    public let fields: [String: String]

    /// Makes one of its parts.
    public init(id: UInt64, time: String, kind: Kind, level: Level, message: String, fields: [String: String]) {
        self.id = id
        self.time = time
        self.kind = kind
        self.level = level
        self.message = message
        self.fields = fields
    }

    /// What an event is about.
    public struct Kind: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes one of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// A part of the tree ended by an error, and what became of it.
        public static let crash = Kind(rawValue: "crash")
        /// The size of the pool changed, or was pinned.
        public static let scale = Kind(rawValue: "scale")
        /// A stream went up or down, was paused or has ended.
        public static let stream = Kind(rawValue: "stream")
        /// A supervisor gave up, a child was abandoned or could not be restarted.
        public static let supervision = Kind(rawValue: "supervision")
        /// A message became a dead letter.
        public static let message = Kind(rawValue: "message")
        /// The circuit breaker opened, tries or closed.
        public static let breaker = Kind(rawValue: "breaker")
        /// What the handler needs is down, or there again.
        public static let handler = Kind(rawValue: "handler")
        /// The state could not be written, or can be again.
        public static let state = Kind(rawValue: "state")
        /// Somebody changed something over this API: the audit trail.
        public static let control = Kind(rawValue: "control")
        /// The daemon as a whole: started, reloaded, draining.
        public static let daemon = Kind(rawValue: "daemon")

        /// All of this version.
        public static let all: [Kind] = [
            .crash, .scale, .stream, .supervision, .message, .breaker, .handler, .state, .control, .daemon,
        ]
    }

    /// How grave an event is; the words of the log.
    public struct Level: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes one of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Everyday business.
        public static let debug = Level(rawValue: "debug")
        /// Worth knowing.
        public static let info = Level(rawValue: "info")
        /// Worth a look.
        public static let notice = Level(rawValue: "notice")
        /// Something is not as it should be.
        public static let warning = Level(rawValue: "warning")
        /// Something went wrong.
        public static let error = Level(rawValue: "error")
    }
}
