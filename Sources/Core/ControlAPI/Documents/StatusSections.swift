extension Status {
    /// The messages of all streams since the daemon started, each in exactly one bin.
    public struct Messages: Hashable, Sendable, Codable {
        /// All that were admitted: the sum of the bins.
        public let received: UInt64
        /// Admitted and not yet settled.
        public let inFlight: Int
        /// Handled to the end.
        public let processed: UInt64
        /// Kill messages that stopped their worker, as they are meant to.
        public let killed: UInt64
        /// Given up after `max_attempts`.
        public let deadLettered: UInt64
        /// How often a message was tried again.
        public let retried: UInt64
        /// Messages settled per second of late, to a tenth.
        public let ratePerSecond: Double
        /// Those in flight that wait out their backoff.
        public let delayed: Int?
        /// Answers of replaced or abandoned workers, which were ignored.
        public let lateOutcomes: UInt64?
        /// What the messages in flight hold, in bytes.
        public let inFlightBytes: Int?

        private enum CodingKeys: String, CodingKey {
            case received, processed, killed, retried, delayed
            case inFlight = "in_flight"
            case deadLettered = "dead_lettered"
            case ratePerSecond = "rate_per_second"
            case lateOutcomes = "late_outcomes"
            case inFlightBytes = "in_flight_bytes"
        }

        /// Makes the section; the rate is rounded to a tenth.
        public init(
            received: UInt64, inFlight: Int, processed: UInt64, killed: UInt64, deadLettered: UInt64, retried: UInt64,
            ratePerSecond: Double, delayed: Int? = nil, lateOutcomes: UInt64? = nil, inFlightBytes: Int? = nil
        ) {
            self.received = received
            self.inFlight = inFlight
            self.processed = processed
            self.killed = killed
            self.deadLettered = deadLettered
            self.retried = retried
            self.ratePerSecond = ratePerSecond.presented(decimals: 1)
            self.delayed = delayed
            self.lateOutcomes = lateOutcomes
            self.inFlightBytes = inFlightBytes
        }
    }

    /// The workers of all direct supervisors.
    public struct Workers: Hashable, Sendable, Codable {
        /// Those that live.
        public let total: Int
        /// Those with a message in hand.
        public let busy: Int
        /// How often a worker was replaced since the daemon started.
        public let restarts: UInt64
        /// Hung workers that were replaced but whose code still runs.
        public let abandoned: Int?

        /// Makes the section.
        public init(total: Int, busy: Int, restarts: UInt64, abandoned: Int? = nil) {
            self.total = total
            self.busy = busy
            self.restarts = restarts
            self.abandoned = abandoned
        }
    }

    /// What the autoscaler aims at, and why.
    public struct Scaling: Hashable, Sendable, Codable {
        /// Who decides the number.
        public let mode: Mode
        /// The number of direct supervisors aimed at.
        public let target: Int
        /// The least number the configuration allows.
        public let min: Int
        /// The greatest number the configuration allows.
        public let max: Int
        /// The last decision in words.
        public let reason: String
        /// The number an operator has pinned, if one has.
        public let pinned: Int?

        /// Makes the section.
        public init(mode: Mode, target: Int, min: Int, max: Int, reason: String, pinned: Int? = nil) {
            self.mode = mode
            self.target = target
            self.min = min
            self.max = max
            self.reason = reason
            self.pinned = pinned
        }

        /// Who decides the number of direct supervisors.
        public struct Mode: RawRepresentable, Hashable, Sendable, Codable {
            /// The word in the JSON.
            public let rawValue: String

            /// Makes a mode of any word: a later daemon may know more of them.
            public init(rawValue: String) {
                self.rawValue = rawValue
            }

            /// The autoscaler.
            public static let auto = Mode(rawValue: "auto")
            /// An operator, with `ptrctl scale N`.
            public static let manual = Mode(rawValue: "manual")
        }
    }

    /// Percentiles in milliseconds, to the microsecond; all 0 before the first message is settled.
    public struct Latency: Hashable, Sendable, Codable {
        /// The median.
        public let p50: Double
        /// Three quarters took no longer.
        public let p75: Double
        /// 90 % took no longer.
        public let p90: Double
        /// 95 % took no longer.
        public let p95: Double
        /// 99 % took no longer.
        public let p99: Double
        /// The longest.
        public let max: Double

        /// Makes the section, in milliseconds; they are rounded to the microsecond, and what is not finite becomes 0.
        public init(
            p50: Double = 0, p75: Double = 0, p90: Double = 0, p95: Double = 0, p99: Double = 0, max: Double = 0
        ) {
            self.p50 = p50.presented(decimals: 3)
            self.p75 = p75.presented(decimals: 3)
            self.p90 = p90.presented(decimals: 3)
            self.p95 = p95.presented(decimals: 3)
            self.p99 = p99.presented(decimals: 3)
            self.max = max.presented(decimals: 3)
        }
    }

    /// The dead letters in the store, and how writing to it goes.
    public struct Storage: Hashable, Sendable, Codable {
        /// Dead letters in the store.
        public let storedDeadLetters: Int
        /// Those that wait to be stored.
        public let waitingDeadLetters: Int
        /// Those that were lost because they could neither be stored nor kept, in all lives of the daemon.
        public let droppedDeadLetters: Int
        /// Those that had to go for later ones, since the daemon started.
        public let evictedDeadLetters: Int
        /// Stored ones that are being replayed.
        public let replaying: Int
        /// Why the last write failed, while checkpoints stand still for it; `null` otherwise.
        public let lastWriteError: String?

        private enum CodingKeys: String, CodingKey {
            case replaying
            case storedDeadLetters = "stored_dead_letters"
            case waitingDeadLetters = "waiting_dead_letters"
            case droppedDeadLetters = "dropped_dead_letters"
            case evictedDeadLetters = "evicted_dead_letters"
            case lastWriteError = "last_write_error"
        }

        /// Makes the section.
        public init(
            storedDeadLetters: Int, waitingDeadLetters: Int, droppedDeadLetters: Int, evictedDeadLetters: Int,
            replaying: Int, lastWriteError: String?
        ) {
            self.storedDeadLetters = storedDeadLetters
            self.waitingDeadLetters = waitingDeadLetters
            self.droppedDeadLetters = droppedDeadLetters
            self.evictedDeadLetters = evictedDeadLetters
            self.replaying = replaying
            self.lastWriteError = lastWriteError
        }

        /// Written out because `last_write_error` is always there, as `null` if need be.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(storedDeadLetters, forKey: .storedDeadLetters)
            try container.encode(waitingDeadLetters, forKey: .waitingDeadLetters)
            try container.encode(droppedDeadLetters, forKey: .droppedDeadLetters)
            try container.encode(evictedDeadLetters, forKey: .evictedDeadLetters)
            try container.encode(replaying, forKey: .replaying)
            try container.encode(lastWriteError, forKey: .lastWriteError)
        }
    }
}
