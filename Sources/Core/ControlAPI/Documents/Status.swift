/// One consistent snapshot of the daemon, as `GET /v1/status` and `ptrctl status --json` give it.
///
/// In every snapshot `messages.received = in_flight + processed + killed + dead_lettered`. Keys are only ever added; a
/// client passes over those it does not know.
public struct Status: Hashable, Sendable, Codable {
    /// What the daemon as a whole does.
    public let state: State
    /// What is wrong, the worst first: not empty exactly when the state is ``State/degraded``, or would be if it were not
    /// draining. An older daemon does not say.
    public let problems: [Problem]?
    /// The texts of ``problems`` in one sentence.
    public let degradedBecause: String?
    /// Keys of the configuration that a reload has found changed and that take effect at the next start only.
    public let needsRestart: [String]?
    /// The daemon's version.
    public let version: String
    /// The daemon's process id.
    public let pid: Int32
    /// Seconds since the daemon started, to the millisecond.
    public let uptimeSeconds: Double
    /// The configured streams, in the order of the configuration.
    public let streams: [Stream]
    /// How many messages there were, and what became of them.
    public let messages: Messages
    /// How many workers there are, and how many of them are busy.
    public let workers: Workers
    /// How many direct supervisors live.
    public let directSupervisors: Int
    /// What the autoscaler aims at, and why.
    public let scaling: Scaling
    /// From a message's admission until it was settled, in milliseconds.
    public let latency: Latency
    /// What is stored, and what waits to be; an older daemon does not say.
    public let storage: Storage?

    private enum CodingKeys: String, CodingKey {
        case problems, state, version, pid, streams, messages, workers, scaling, storage
        case needsRestart = "needs_restart"
        case degradedBecause = "degraded_because"
        case uptimeSeconds = "uptime_seconds"
        case directSupervisors = "direct_supervisors"
        case latency = "latency_ms"
    }

    /// Makes a snapshot; the uptime is rounded to the millisecond.
    public init(
        state: State, problems: [Problem]? = nil, degradedBecause: String? = nil, needsRestart: [String]? = nil,
        version: String = Version.current, pid: Int32, uptimeSeconds: Double,
        streams: [Stream], messages: Messages, workers: Workers, directSupervisors: Int, scaling: Scaling,
        latency: Latency, storage: Storage? = nil
    ) {
        self.state = state
        self.problems = problems
        self.degradedBecause = degradedBecause
        self.needsRestart = needsRestart
        self.version = version
        self.pid = pid
        self.uptimeSeconds = uptimeSeconds.presented(decimals: 3)
        self.streams = streams
        self.messages = messages
        self.workers = workers
        self.directSupervisors = directSupervisors
        self.scaling = scaling
        self.latency = latency
        self.storage = storage
    }

    /// What the daemon as a whole does.
    public struct State: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes a state of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Messages are received and worked on.
        public static let running = State(rawValue: "running")
        /// Intake is stopped on purpose; what was admitted is still worked on.
        public static let paused = State(rawValue: "paused")
        /// The daemon is stopping and finishes what it has admitted.
        public static let draining = State(rawValue: "draining")
        /// Something is wrong that the daemon cannot mend alone, such as an open circuit breaker.
        public static let degraded = State(rawValue: "degraded")
    }
}

extension Double {
    /// The number as the API shows it: rounded, and 0 where it is not finite, because JSON has no word for that.
    package func presented(decimals: Int) -> Double {
        guard isFinite else { return 0 }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (self * scale).rounded()
        return scaled.isFinite ? scaled / scale : self
    }
}
