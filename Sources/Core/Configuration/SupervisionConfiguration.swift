/// The restart budgets of the supervisors (`[supervision]`).
public struct SupervisionConfiguration: Sendable, Equatable {
    /// Of each direct supervisor, over its workers.
    public var directSupervisor: RestartBudget
    /// Of the main supervisor, over the direct supervisors.
    public var mainSupervisor: RestartBudget
    /// Of the application supervisor, over the main supervisor and its neighbours.
    public var application: RestartBudget
    /// Of the stream supervisor, over the streams.
    public var streamSupervisor: RestartBudget

    /// Makes a supervision section; what is left out has its default.
    public init(
        directSupervisor: RestartBudget? = nil,
        mainSupervisor: RestartBudget? = nil,
        application: RestartBudget? = nil,
        streamSupervisor: RestartBudget? = nil
    ) {
        self.directSupervisor = directSupervisor ?? Options.Supervision.directSupervisor.defaultValue
        self.mainSupervisor = mainSupervisor ?? Options.Supervision.mainSupervisor.defaultValue
        self.application = application ?? Options.Supervision.application.defaultValue
        self.streamSupervisor = streamSupervisor ?? Options.Supervision.streamSupervisor.defaultValue
    }
}

/// A restart intensity: a supervisor gives up at more than `restarts` restarts within `within`.
public struct RestartBudget: Sendable, Equatable {
    /// How many restarts are borne.
    public var restarts: Int
    /// The sliding time over which they are counted.
    public var within: Duration

    /// Makes a budget.
    public init(restarts: Int, within: Duration) {
        self.restarts = restarts
        self.within = within
    }
}
