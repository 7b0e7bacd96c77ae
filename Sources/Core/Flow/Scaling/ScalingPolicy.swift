/// The settings of the autoscaler.
public struct ScalingPolicy: Sendable, Hashable {
    /// Direct supervisors, at least.
    public var min: Int
    /// Direct supervisors, at most.
    public var max: Int
    /// k: workers of one direct supervisor.
    public var workersPerSupervisor: Int
    /// The time between two decisions.
    public var tick: Duration
    /// Over how long the in-flight count is averaged.
    public var fastWindow: Duration
    /// β of square-root staffing: slack, in units of √R.
    public var beta: Double
    /// How much more than there is must be needed before it grows, and how much less before it shrinks; 0.1 is a tenth.
    public var tolerance: Double
    /// For how long a direct supervisor that is not needed is kept, at most.
    public var holdWindow: Duration
    /// The time between a change and the next shrinking.
    public var coolDown: Duration
    /// In what time a backlog is to be worked off; nil or zero: at once, so that each message of it wants a worker.
    public var drainHorizon: Duration?

    /// Makes a policy. The defaults are those of `[scaling]` in the configuration.
    public init(
        min: Int = 1, max: Int = 64, workersPerSupervisor: Int = 8, tick: Duration = .milliseconds(250),
        fastWindow: Duration = .seconds(2), beta: Double = 1, tolerance: Double = 0.1,
        holdWindow: Duration = .seconds(60), coolDown: Duration = .seconds(2), drainHorizon: Duration? = .seconds(1)
    ) {
        self.min = min
        self.max = max
        self.workersPerSupervisor = workersPerSupervisor
        self.tick = tick
        self.fastWindow = fastWindow
        self.beta = beta
        self.tolerance = tolerance
        self.holdWindow = holdWindow
        self.coolDown = coolDown
        self.drainHorizon = drainHorizon
    }
}
