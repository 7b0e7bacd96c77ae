/// How the number of direct supervisors follows the load (`[scaling]`).
public struct ScalingConfiguration: Sendable, Equatable {
    /// The fewest direct supervisors.
    public var min: Int
    /// The most direct supervisors.
    public var max: Int
    /// How many workers each of them has.
    public var workersPerSupervisor: Int
    /// The time between two decisions.
    public var tick: Duration
    /// The time over which the number in flight is averaged.
    public var fastWindow: Duration
    /// β of the square-root staffing `R + β·√R`: the slack.
    public var beta: Double
    /// How far, as a fraction, the wanted slots may pass the slots there are before the pool grows.
    public var tolerance: Double
    /// The time over which the highest wanted size holds the pool up.
    public var holdWindow: Duration
    /// The least time between two decisions to shrink.
    public var coolDown: Duration
    /// The time in which a backlog should be worked off, so that it is not read as load; `nil` reads it as load.
    public var drainHorizon: Duration?

    /// Makes a scaling; what is left out has its default.
    public init(
        min: Int? = nil,
        max: Int? = nil,
        workersPerSupervisor: Int? = nil,
        tick: Duration? = nil,
        fastWindow: Duration? = nil,
        beta: Double? = nil,
        tolerance: Double? = nil,
        holdWindow: Duration? = nil,
        coolDown: Duration? = nil,
        drainHorizon: Duration? = nil
    ) {
        self.min = min ?? Options.Scaling.min.defaultValue
        self.max = max ?? Options.Scaling.max.defaultValue
        self.workersPerSupervisor = workersPerSupervisor ?? Options.Scaling.workersPerSupervisor.defaultValue
        self.tick = tick ?? Options.Scaling.tick.defaultValue
        self.fastWindow = fastWindow ?? Options.Scaling.fastWindow.defaultValue
        self.beta = beta ?? Options.Scaling.beta.defaultValue
        self.tolerance = tolerance ?? Options.Scaling.tolerance.defaultValue
        self.holdWindow = holdWindow ?? Options.Scaling.holdWindow.defaultValue
        self.coolDown = coolDown ?? Options.Scaling.coolDown.defaultValue
        self.drainHorizon = drainHorizon
    }
}
