/// What a supervisor says of one child.
public struct ChildInfo: Sendable, Hashable {
    /// What a child does: `restarting` is between two attempts to start it again.
    public enum State: String, Sendable, Hashable {
        case running
        case restarting
        case stopped
    }

    /// Its name among its siblings.
    public var id: ChildID
    /// What it does at the moment.
    public var state: State
    /// Whether it does work or supervises.
    public var kind: ChildKind
    /// The current incarnation, or the last one of a child that does not run; 0 when it never ran.
    public var incarnation: UInt64
    /// How many times it was restarted.
    public var restarts: Int
}

/// OTP's `count_children`.
public struct ChildCounts: Sendable, Hashable {
    /// Specifications, of running children or not.
    public var specs = 0
    /// Running children.
    public var active = 0
    /// Specifications of supervisors.
    public var supervisors = 0
    /// Specifications of workers.
    public var workers = 0

    /// Counts nothing.
    public init() {}

    /// Counts children as ``Supervisor/whichChildren()`` gives them.
    public init(_ children: [ChildInfo]) {
        specs = children.count
        active = children.count { $0.state == .running }
        supervisors = children.count { $0.kind == .supervisor }
        workers = children.count { $0.kind == .worker }
    }
}

/// One look at a supervisor.
public struct SupervisorSnapshot: Sendable, Hashable {
    /// What it does when a child ends.
    public var strategy: Supervisor.Strategy
    /// The restarts that it bears.
    public var budget: RestartBudget
    /// How many of them are left at this moment.
    public var remainingRestarts: Int
    /// The children, in the order in which they were started.
    public var children: [ChildInfo]
}
