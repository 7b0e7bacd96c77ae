/// All workers, as `GET /v1/workers` gives them.
public struct Workers: Hashable, Sendable, Codable {
    /// By direct supervisor and number.
    public let workers: [Worker]

    /// Makes one of its parts.
    public init(workers: [Worker]) {
        self.workers = workers
    }
}

/// One worker.
public struct Worker: Hashable, Sendable, Codable {
    /// Its name, `worker.N.M`.
    public let id: String
    /// Its direct supervisor.
    public let supervisor: String
    /// `idle`, `busy`, `backing_off`, `draining`, `restarting` or `stopped`.
    public let state: TreeNode.State
    /// New at every restart.
    public let incarnation: UInt64
    /// How often it was replaced since its direct supervisor started.
    public let restarts: Int
    /// How many messages this incarnation has ended with, whatever the outcome.
    public let handled: UInt64
    /// The message in its hands; of several the oldest.
    public let holds: HeldMessage?
    /// How many messages are in its hands; an older daemon does not say.
    public let inHand: Int?

    private enum CodingKeys: String, CodingKey {
        case id, supervisor, state, incarnation, restarts, handled, holds
        case inHand = "in_hand"
    }

    /// Makes one of its parts.
    public init(
        id: String, supervisor: String, state: TreeNode.State, incarnation: UInt64, restarts: Int, handled: UInt64,
        holds: HeldMessage? = nil, inHand: Int? = nil
    ) {
        self.id = id
        self.supervisor = supervisor
        self.state = state
        self.incarnation = incarnation
        self.restarts = restarts
        self.handled = handled
        self.holds = holds
        self.inHand = inHand
    }
}
