extension Status {
    /// One configured stream.
    public struct Stream: Hashable, Sendable, Codable {
        /// The name in the configuration.
        public let name: String
        /// Where it is read from, without credentials.
        public let url: String
        /// What it does at the moment.
        public let state: State
        /// Events received since the daemon started.
        public let events: UInt64
        /// Bytes of body received since the daemon started.
        public let bytes: UInt64
        /// How often the connection was made anew.
        public let reconnects: UInt64
        /// The last event id that was admitted; empty if the server sends none.
        public let lastEventID: String
        /// What went wrong last, while it is still wrong; `null` otherwise.
        public let error: String?
        /// How often something may have been missed: reconnects on a feed that gives no usable ids.
        public let possibleGaps: UInt64
        /// Events that were larger than allowed and left out.
        public let skipped: UInt64
        /// For how many more seconds it is paused, if that has an end.
        public let pausedForSeconds: Double?
        /// When it was opened, or when it went down, in UTC. An older daemon says nothing of this and what follows.
        public let since: String?
        /// For how long it has been down; left out while it is open.
        public let downForSeconds: Double?
        /// How often it was tried to open it since it went down; 0 while it is open.
        public let attempts: Int?
        /// In how many seconds it is tried again; left out while it is open or being tried, and where it has ended for good.
        public let nextAttemptInSeconds: Double?
        /// The event id that it would go on after if it had to begin anew: the beginning of it, where it is long. Left out while
        /// there is none.
        public let position: String?
        /// Events that the server sent again over a new connection, which were recognised and left out.
        public let repeated: UInt64?
        /// How often the server would not go on after the id it was asked with.
        public let refusedPositions: UInt64?

        private enum CodingKeys: String, CodingKey {
            case name, url, state, events, bytes, reconnects, error, skipped
            case possibleGaps = "possible_gaps"
            case lastEventID = "last_event_id"
            case pausedForSeconds = "paused_for_seconds"
            case since, attempts, position, repeated
            case downForSeconds = "down_for_seconds"
            case nextAttemptInSeconds = "next_attempt_in_seconds"
            case refusedPositions = "refused_positions"
        }

        /// Makes the section of one stream. The defaults are those of one that has received nothing.
        public init(
            name: String, url: String, state: State, events: UInt64 = 0, bytes: UInt64 = 0, reconnects: UInt64 = 0,
            lastEventID: String = "", error: String? = nil, possibleGaps: UInt64 = 0, skipped: UInt64 = 0,
            pausedForSeconds: Double? = nil, since: String? = nil, downForSeconds: Double? = nil, attempts: Int? = nil,
            nextAttemptInSeconds: Double? = nil, position: String? = nil, repeated: UInt64? = nil,
            refusedPositions: UInt64? = nil
        ) {
            self.name = name
            self.url = url
            self.state = state
            self.events = events
            self.bytes = bytes
            self.reconnects = reconnects
            self.lastEventID = lastEventID
            self.error = error
            self.possibleGaps = possibleGaps
            self.skipped = skipped
            self.pausedForSeconds = pausedForSeconds
            self.since = since
            self.downForSeconds = downForSeconds?.presented(decimals: 3)
            self.attempts = attempts
            self.nextAttemptInSeconds = nextAttemptInSeconds?.presented(decimals: 3)
            self.position = position
            self.repeated = repeated
            self.refusedPositions = refusedPositions
        }

        /// Written out because `error` is always there, as `null` if need be; what the compiler derives leaves it out.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(url, forKey: .url)
            try container.encode(state, forKey: .state)
            try container.encode(events, forKey: .events)
            try container.encode(bytes, forKey: .bytes)
            try container.encode(reconnects, forKey: .reconnects)
            try container.encode(lastEventID, forKey: .lastEventID)
            try container.encode(error, forKey: .error)
            try container.encode(possibleGaps, forKey: .possibleGaps)
            try container.encode(skipped, forKey: .skipped)
            try container.encodeIfPresent(pausedForSeconds, forKey: .pausedForSeconds)
            try container.encodeIfPresent(since, forKey: .since)
            try container.encodeIfPresent(downForSeconds, forKey: .downForSeconds)
            try container.encodeIfPresent(attempts, forKey: .attempts)
            try container.encodeIfPresent(nextAttemptInSeconds, forKey: .nextAttemptInSeconds)
            try container.encodeIfPresent(position, forKey: .position)
            try container.encodeIfPresent(repeated, forKey: .repeated)
            try container.encodeIfPresent(refusedPositions, forKey: .refusedPositions)
        }

        /// What a stream does.
        public struct State: RawRepresentable, Hashable, Sendable, Codable {
            /// The word in the JSON.
            public let rawValue: String

            /// Makes a state of any word: a later daemon may know more of them.
            public init(rawValue: String) {
                self.rawValue = rawValue
            }

            /// Connecting, or waiting for the server's answer.
            public static let connecting = State(rawValue: "connecting")
            /// Connected, and receiving what the server sends.
            public static let open = State(rawValue: "open")
            /// Backing off before the next attempt.
            public static let waiting = State(rawValue: "waiting")
            /// Not read from, on purpose.
            public static let paused = State(rawValue: "paused")
            /// Told to stop by the server.
            public static let failed = State(rawValue: "failed")
        }
    }
}
