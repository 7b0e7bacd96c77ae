/// The settings of the circuit breaker.
public struct BreakerPolicy: Sendable, Hashable {
    /// Whether there is one.
    public var isEnabled: Bool
    /// The share of failed attempts above which it opens, from 0 to 1; at 1 it never does.
    public var threshold: Double
    /// Over how long the attempts are counted.
    public var window: Duration
    /// How many attempts the window must hold before their share means anything.
    public var minimum: Int
    /// How long it stays open before it tries one message.
    public var initialBackoff: Duration
    /// The longest time between two trials; the time doubles with each one that fails.
    public var maximumBackoff: Duration

    /// Makes a policy. The defaults are those of `[breaker]` in the configuration.
    public init(
        isEnabled: Bool = true, threshold: Double = 0.5, window: Duration = .seconds(10), minimum: Int = 20,
        initialBackoff: Duration = .seconds(1), maximumBackoff: Duration = .seconds(60)
    ) {
        self.isEnabled = isEnabled
        self.threshold = threshold
        self.window = window
        self.minimum = minimum
        self.initialBackoff = initialBackoff
        self.maximumBackoff = maximumBackoff
    }

    /// No circuit breaker.
    static let disabled = BreakerPolicy(isEnabled: false)
}
