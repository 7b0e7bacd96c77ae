/// The last crashes, as `GET /v1/crashes` gives them: the oldest first.
public struct Crashes: Hashable, Sendable, Codable {
    /// Those that are still kept.
    public let crashes: [Crash]

    /// Makes one of its parts.
    public init(crashes: [Crash]) {
        self.crashes = crashes
    }
}

/// One crash: what ended, why, and what its supervisor did about it.
public struct Crash: Hashable, Sendable, Codable {
    /// Its number in this life of the daemon, from 1; `ptrctl explain crash ID` shows it.
    public let id: UInt64
    /// When it was detected, in UTC.
    public let time: String
    /// What crashed.
    public let child: String
    /// Its supervisor.
    public let supervisor: String
    /// The incarnation that crashed.
    public let incarnation: UInt64
    /// What it ended with, in words.
    public let reason: String
    /// Whose fault it was.
    public let cause: Cause
    /// Whether it was charged to the supervisor's restart budget; what a message does is not.
    public let charged: Bool
    /// What the supervisor did.
    public let action: Action
    /// The incarnation that replaced it.
    public let replacement: UInt64?
    /// From the detection until the replacement ran.
    public let replacedInMicroseconds: Int64?
    /// The supervisor's restart budget after it.
    public let budget: RestartBudget?
    /// The message in hand.
    public let message: CrashMessage?

    private enum CodingKeys: String, CodingKey {
        case id, time, child, supervisor, incarnation, reason, cause, charged, action, replacement, budget, message
        case replacedInMicroseconds = "replaced_in_microseconds"
    }

    /// Makes one of its parts.
    public init(
        id: UInt64, time: String, child: String, supervisor: String, incarnation: UInt64, reason: String, cause: Cause,
        charged: Bool, action: Action, replacement: UInt64? = nil, replacedInMicroseconds: Int64? = nil,
        budget:
            RestartBudget? = nil, message: CrashMessage? = nil
    ) {
        self.id = id
        self.time = time
        self.child = child
        self.supervisor = supervisor
        self.incarnation = incarnation
        self.reason = reason
        self.cause = cause
        self.charged = charged
        self.action = action
        self.replacement = replacement
        self.replacedInMicroseconds = replacedInMicroseconds
        self.budget = budget
        self.message = message
    }

    /// Whose fault a crash was.
    public struct Cause: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes one of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The message's: its handler threw over it.
        public static let message = Cause(rawValue: "message")
        /// A kill message, as it is meant to.
        public static let killMessage = Cause(rawValue: "kill_message")
        /// The message took longer than workers.timeout.
        public static let timeout = Cause(rawValue: "timeout")
        /// An operator's, by `ptrctl crash`.
        public static let injected = Cause(rawValue: "injected")
        /// Its own.
        public static let own = Cause(rawValue: "own")
    }

    /// What a supervisor did about a crash.
    public struct Action: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes one of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// It started the child again.
        public static let restarted = Action(rawValue: "restarted")
        /// The child could not be started yet and is tried again.
        public static let restarting = Action(rawValue: "restarting")
        /// The budget was spent: it stopped its children and ended.
        public static let gaveUp = Action(rawValue: "gave_up")
        /// It left the child stopped.
        public static let stopped = Action(rawValue: "stopped")
    }
}

/// What became of the message that a crashed worker had in hand.
public struct CrashMessage: Hashable, Sendable, Codable {
    /// Its number.
    public let sequence: UInt64
    /// The stream it came from.
    public let stream: String
    /// Its event id; may be empty.
    public let eventID: String
    /// Which attempt it was.
    public let attempt: Int
    /// How many it has.
    public let maxAttempts: Int
    /// What became of it.
    public let fate: Fate

    private enum CodingKeys: String, CodingKey {
        case sequence, stream, attempt, fate
        case eventID = "event_id"
        case maxAttempts = "max_attempts"
    }

    /// Makes one of its parts.
    public init(sequence: UInt64, stream: String, eventID: String, attempt: Int, maxAttempts: Int, fate: Fate) {
        self.sequence = sequence
        self.stream = stream
        self.eventID = eventID
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.fate = fate
    }

    /// What became of a message whose worker crashed.
    public struct Fate: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes one of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// It waits out its backoff and is dealt again; the attempt counts.
        public static let retried = Fate(rawValue: "retried")
        /// It was dealt again at once; the attempt does not count.
        public static let dealtAgain = Fate(rawValue: "dealt_again")
        /// It had no attempt left.
        public static let deadLettered = Fate(rawValue: "dead_lettered")
        /// It was a kill message.
        public static let killed = Fate(rawValue: "killed")
    }
}
