/// What `ptrctl top` shows, as `GET /v1/top` gives it.
public struct Top: Hashable, Sendable, Codable {
    /// The whole status, of the same moment.
    public let status: Status
    /// The direct supervisors, by number.
    public let supervisors: [SupervisorLoad]
    /// The messages that have been with a worker for longest, the longest first; at most 20.
    public let slowest: [HeldBy]
    /// The last minutes.
    public let history: History

    /// Makes one of its parts.
    public init(status: Status, supervisors: [SupervisorLoad], slowest: [HeldBy], history: History) {
        self.status = status
        self.supervisors = supervisors
        self.slowest = slowest
        self.history = history
    }
}

/// The load of one direct supervisor.
public struct SupervisorLoad: Hashable, Sendable, Codable {
    /// Its name.
    public let id: String
    /// New at every restart.
    public let incarnation: UInt64
    /// `running`, `draining` or `restarting`.
    public let state: TreeNode.State
    /// Its living workers.
    public let workers: Int
    /// Those with a message in hand.
    public let busy: Int
    /// How often its workers were replaced since it started.
    public let restarts: Int
    /// How many messages its workers have ended with since it started.
    public let handled: UInt64

    /// Makes one of its parts.
    public init(
        id: String, incarnation: UInt64, state: TreeNode.State, workers: Int, busy: Int, restarts: Int, handled: UInt64
    ) {
        self.id = id
        self.incarnation = incarnation
        self.state = state
        self.workers = workers
        self.busy = busy
        self.restarts = restarts
        self.handled = handled
    }
}

/// A message, and the worker that has it.
public struct HeldBy: Hashable, Sendable, Codable {
    /// The worker's name.
    public let worker: String
    /// The message.
    public let message: HeldMessage

    /// Makes one of its parts.
    public init(worker: String, message: HeldMessage) {
        self.worker = worker
        self.message = message
    }
}

/// Measures of the last minutes, one for each interval, the oldest first.
public struct History: Hashable, Sendable, Codable {
    /// The time between two of them.
    public let intervalSeconds: Double
    /// Messages in flight.
    public let inFlight: [Int]
    /// Messages settled a second.
    public let ratePerSecond: [Double]
    /// Living direct supervisors.
    public let directSupervisors: [Int]

    private enum CodingKeys: String, CodingKey {
        case intervalSeconds = "interval_seconds"
        case inFlight = "in_flight"
        case ratePerSecond = "rate_per_second"
        case directSupervisors = "direct_supervisors"
    }

    /// Makes one of its parts.
    public init(intervalSeconds: Double, inFlight: [Int], ratePerSecond: [Double], directSupervisors: [Int]) {
        self.intervalSeconds = intervalSeconds
        self.inFlight = inFlight
        self.ratePerSecond = ratePerSecond
        self.directSupervisors = directSupervisors
    }
}
