/// One look at a supervisor.
public struct SupervisorLook: Sendable, Hashable {
    /// What it does when a child ends.
    public var strategy: Supervisor.Strategy
    /// The restarts that it bears.
    public var budget: RestartBudget
    /// How many of them are left at this moment.
    public var remainingRestarts: Int
    /// The children, in the order in which they were started.
    public var children: [ChildInfo]
}
