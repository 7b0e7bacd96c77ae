public import Flow
public import Ledger

/// One look at the tree.
public struct ApplicationStatus: Sendable {
    /// What the tree as a whole does. It is degraded exactly while there is a problem.
    public enum State: String, Sendable, Hashable {
        case running
        case paused
        case draining
        case degraded
    }

    /// What it does as a whole; `draining` goes before `degraded`, and that before `paused`.
    public var state: State
    /// What is wrong, the worst first.
    public var problems: [Problem]
    /// Why it is degraded, in one sentence.
    public var degradedBecause: String? { problems.sentence }
    /// Since the tree was made.
    public var uptime: Duration
    /// One for each source, in the order in which they were given.
    public var streams: [StreamStatus]
    /// One consistent snapshot: the identity of the bins holds in it.
    public var messages: LedgerSnapshot
    /// Messages settled a second, over the last five seconds.
    public var ratePerSecond: Double
    /// Workers that live.
    public var workers: Int
    /// How many of them have something in hand.
    public var busyWorkers: Int
    /// How many of them have a body that could not be started, and wait before they try again.
    public var backingOffWorkers: Int
    /// How many of them start their first body.
    public var startingWorkers: Int
    /// How many of them end their body, and have nothing in hand any more.
    public var stoppingWorkers: Int
    /// How often a part of the tree was started again, the workers included.
    public var restarts: UInt64
    /// Parts of the tree that hung, were replaced, and have not ended yet.
    public var abandoned: Int
    /// Direct supervisors that live.
    public var directSupervisors: Int
    /// How large the pool is to be, and why.
    public var scaling: Scaling
    /// From receipt to done, over the last 30 to 40 seconds.
    public var latency: LatencySummary
    /// What is stored, and what waits to be.
    public var storage: Storage

    /// What is stored, and what waits to be.
    public struct Storage: Sendable, Hashable {
        /// Dead letters in the store.
        public var deadLetters: Int
        /// Those that wait to be stored.
        public var waiting: Int
        /// Those that were lost because they could neither be stored nor kept, in all lives of the daemon.
        public var dropped: Int
        /// Those that had to go for later ones, in this life.
        public var evicted: Int
        /// Stored ones that are being replayed.
        public var replaying: Int
        /// Why the last write failed; nil when it did not.
        public var lastWriteError: String?
    }

    /// How large the pool is to be, and why. Sizes are numbers of direct supervisors.
    public struct Scaling: Sendable, Hashable {
        /// The size set by hand; nil while it follows the load.
        public var pinned: Int?
        /// How many direct supervisors there are to be.
        public var target: Int
        /// The least that the settings allow.
        public var min: Int
        /// The most that the settings allow.
        public var max: Int
        /// The last decision in words; nil before the first.
        public var lastDecision: ScalingDecision?
    }
}
