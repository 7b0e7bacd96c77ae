/// When intake and dealing pause because most messages fail (`[breaker]`).
public struct BreakerConfiguration: Sendable, Equatable {
    /// Whether there is a circuit breaker.
    public var enabled: Bool
    /// The share of failed attempts, from 0 to 1, above which it opens.
    public var threshold: Double
    /// The time over which the attempts are counted.
    public var window: Duration
    /// How many attempts the window must hold for it to open.
    public var minimum: Int
    /// The delay before one message is tried.
    public var backoff: BackoffConfiguration

    /// Makes a breaker section; what is left out has its default.
    public init(
        enabled: Bool? = nil,
        threshold: Double? = nil,
        window: Duration? = nil,
        minimum: Int? = nil,
        backoff: BackoffConfiguration? = nil
    ) {
        self.enabled = enabled ?? Options.Breaker.enabled.defaultValue
        self.threshold = threshold ?? Options.Breaker.threshold.defaultValue
        self.window = window ?? Options.Breaker.window.defaultValue
        self.minimum = minimum ?? Options.Breaker.minimum.defaultValue
        self.backoff =
            backoff
            ?? BackoffConfiguration(
                initial: Options.Breaker.backoffInitial.defaultValue, max: Options.Breaker.backoffMax.defaultValue)
    }
}
