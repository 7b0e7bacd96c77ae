/// What a worker may do with a message (`[workers]`).
public struct WorkersConfiguration: Sendable, Equatable {
    /// How often a message is handed out before it becomes a dead letter.
    public var maxAttempts: Int
    /// How long a worker may take for one message.
    public var timeout: Duration
    /// How many workers that hang and were replaced may hang at once.
    public var maxAbandoned: Int
    /// The message that stops its worker on purpose; `nil` is none.
    public var killMessage: String?
    /// The delay before a failed message is dealt again.
    public var backoff: BackoffConfiguration
    /// The longest delay that a handler may ask for instead.
    public var retryAfterMax: Duration
    /// Whom messages are dealt to; `nil`: as fits the handler.
    public var balance: DealingOrder?

    /// The kill message where none is given.
    public static var defaultKillMessage: String? { Options.Workers.killMessage.defaultValue }

    /// Makes a workers section; what is left out has its default.
    public init(
        maxAttempts: Int? = nil,
        timeout: Duration? = nil,
        maxAbandoned: Int? = nil,
        killMessage: String? = defaultKillMessage,
        backoff: BackoffConfiguration? = nil,
        retryAfterMax: Duration? = nil,
        balance: DealingOrder? = nil
    ) {
        self.maxAttempts = maxAttempts ?? Options.Workers.maxAttempts.defaultValue
        self.timeout = timeout ?? Options.Workers.timeout.defaultValue
        self.maxAbandoned = maxAbandoned ?? Options.Workers.maxAbandoned.defaultValue
        self.killMessage = killMessage
        self.backoff =
            backoff
            ?? BackoffConfiguration(
                initial: Options.Workers.backoffInitial.defaultValue, max: Options.Workers.backoffMax.defaultValue)
        self.retryAfterMax = retryAfterMax ?? Options.Workers.retryAfterMax.defaultValue
        self.balance = balance
    }
}

/// Whom messages are dealt to.
public enum DealingOrder: String, Sendable, Equatable, CaseIterable {
    /// The direct supervisors in turn.
    case roundRobin = "round_robin"
    /// The worker that has the least in hand.
    case leastLoaded = "least_loaded"
}
