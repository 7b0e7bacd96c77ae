extension Supervisor {
    /// What a supervisor does with the others when one child ends, and when it gives up.
    public struct Options: Sendable {
        /// Which children are started again when one is.
        public var strategy: Strategy
        /// How many restarts it bears before it gives up.
        public var budget: RestartBudget
        /// Whether it ends when its significant children have.
        public var autoShutdown: AutoShutdown
        /// How its children are stopped. Reverse is OTP's way.
        public var stopOrder: StopOrder
        /// Whether it waits before it restarts. Nil, it does not: OTP's way.
        public var backoff: RestartBackoff?

        /// Defaults as in OTP: one_for_one, 1 restart in 5 s, auto_shutdown never; no backoff.
        public init(
            strategy: Strategy = .oneForOne, budget: RestartBudget = RestartBudget(),
            autoShutdown: AutoShutdown = .never, stopOrder: StopOrder = .reverse, backoff: RestartBackoff? = nil
        ) {
            self.strategy = strategy
            self.budget = budget
            self.autoShutdown = autoShutdown
            self.stopOrder = stopOrder
            self.backoff = backoff
        }
    }

    /// Which children are started again when one is.
    public enum Strategy: Sendable, Hashable, CaseIterable {
        /// Only the one that ended.
        case oneForOne
        /// All: the others are stopped first.
        case oneForAll
        /// The one that ended and those started after it.
        case restForOne
    }

    /// Whether the end of significant children ends the supervisor.
    public enum AutoShutdown: Sendable, Hashable, CaseIterable {
        case never
        case anySignificant
        case allSignificant
    }

    /// How the children are stopped when the supervisor stops.
    public enum StopOrder: Sendable, Hashable {
        /// One after another, the last started first, each with a budget of its own: for children that depend on each
        /// other.
        case reverse
        /// All at once: for children that are alike.
        case parallel
    }
}

/// What a supervisor is told when it begins, and again when it is reloaded.
struct SupervisorPlan: Sendable {
    /// What the children of a dynamic supervisor have in common.
    struct Template: Sendable {
        /// Its identifier is what those of the children begin with; its function is not used.
        var specification: ChildSpecification
        var maximumChildren: Int?
    }

    var options: Supervisor.Options
    /// Those of a static supervisor, in start order.
    var children: [ChildSpecification] = []
    /// Nil: the supervisor is static.
    var template: Template?
}
