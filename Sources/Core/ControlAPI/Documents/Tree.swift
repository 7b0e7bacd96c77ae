/// The live supervision tree, as `GET /v1/tree` and `ptrctl tree --json` give it.
public struct Tree: Hashable, Sendable, Codable {
    /// When the picture was taken: seconds since the daemon started.
    public let uptimeSeconds: Double
    /// `application_supervisor`, with all that lives under it.
    public let root: TreeNode

    private enum CodingKeys: String, CodingKey {
        case root
        case uptimeSeconds = "uptime_seconds"
    }

    /// Makes one of its parts.
    public init(uptimeSeconds: Double, root: TreeNode) {
        self.uptimeSeconds = uptimeSeconds
        self.root = root
    }
}

/// One child of the tree: a supervisor or a worker in the sense of OTP.
public struct TreeNode: Hashable, Sendable, Codable {
    /// Its name, such as `direct_supervisor.2` or `worker.2.1`.
    public let id: String
    /// Whether it works or supervises.
    public let kind: Kind
    /// What it does at the moment.
    public let state: State
    /// Stands for a process id: new at every restart; 0 if it never ran.
    public let incarnation: UInt64
    /// How often this child was started again since its supervisor started.
    public let restarts: Int
    /// A supervisor's strategy, such as `one_for_one`.
    public let strategy: String?
    /// How many more restarts a supervisor bears.
    public let budget: RestartBudget?
    /// The message that a worker has in hand; of several the oldest.
    public let holds: HeldMessage?
    /// How many messages that are, where there is one.
    public let inHand: Int?
    /// What else there is to know, such as why a stream waits.
    public let note: String?
    /// What it supervises, in the order of the start; empty for a worker.
    public let children: [TreeNode]

    private enum CodingKeys: String, CodingKey {
        case id, kind, state, incarnation, restarts, strategy, budget, holds, note, children
        case inHand = "in_hand"
    }

    /// Makes one of its parts.
    public init(
        id: String, kind: Kind, state: State, incarnation: UInt64, restarts: Int, strategy: String? = nil,
        budget:
            RestartBudget? = nil, holds: HeldMessage? = nil, inHand: Int? = nil, note: String? = nil,
        children: [TreeNode] = []
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.incarnation = incarnation
        self.restarts = restarts
        self.strategy = strategy
        self.budget = budget
        self.holds = holds
        self.inHand = inHand
        self.note = note
        self.children = children
    }

    /// Whether a child works or supervises.
    public struct Kind: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes one of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// It does work.
        public static let worker = Kind(rawValue: "worker")
        /// It supervises others.
        public static let supervisor = Kind(rawValue: "supervisor")
    }

    /// What a child does.
    public struct State: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes one of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// It runs.
        public static let running = State(rawValue: "running")
        /// A worker that waits for a message.
        public static let idle = State(rawValue: "idle")
        /// A worker with a message in hand.
        public static let busy = State(rawValue: "busy")
        /// It gets no more messages, and is stopped when it has finished what it holds.
        public static let draining = State(rawValue: "draining")
        /// A worker that could not be started, and waits before it tries again.
        public static let backingOff = State(rawValue: "backing_off")
        /// Between two attempts to start it again.
        public static let restarting = State(rawValue: "restarting")
        /// It does not run.
        public static let stopped = State(rawValue: "stopped")
    }
}

/// A supervisor's restart intensity, and what is left of it.
public struct RestartBudget: Hashable, Sendable, Codable {
    /// How many restarts are borne within the period.
    public let restarts: Int
    /// The period, in seconds.
    public let withinSeconds: Double
    /// How many of them are left at this moment.
    public let left: Int

    private enum CodingKeys: String, CodingKey {
        case restarts, left
        case withinSeconds = "within_seconds"
    }

    /// Makes one of its parts.
    public init(restarts: Int, withinSeconds: Double, left: Int) {
        self.restarts = restarts
        self.withinSeconds = withinSeconds
        self.left = left
    }
}
