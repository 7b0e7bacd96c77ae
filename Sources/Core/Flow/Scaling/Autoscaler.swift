import DequeModule

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
    /// How much more than there is must be needed before it grows; 0.1 is a tenth.
    public var tolerance: Double
    /// For how long the largest need is remembered before the pool shrinks.
    public var holdWindow: Duration
    /// The time between a change and the next shrinking.
    public var coolDown: Duration
    /// In what time a backlog may be worked off, if it is not to be read as load.
    public var drainHorizon: Duration?

    /// Makes a policy. The defaults are those of `[scaling]` in the configuration.
    public init(
        min: Int = 1, max: Int = 64, workersPerSupervisor: Int = 8, tick: Duration = .milliseconds(250),
        fastWindow: Duration = .seconds(2), beta: Double = 1, tolerance: Double = 0.1,
        holdWindow: Duration = .seconds(60), coolDown: Duration = .seconds(5), drainHorizon: Duration? = nil
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

/// Decides how many direct supervisors there should be, from the count of messages in process: in-flight staffing with
/// a one-sided hold.
///
/// While the pool is not saturated, the in-flight count is arrival rate times service time (Little) and does not depend
/// on the size of the pool, so there is no loop that could oscillate; while it is saturated, the count only grows, and
/// the answer is monotone. Growth is at once, at most doubling; shrinking waits until the hold window has forgotten the
/// load.
///
/// A value without a clock: the time is part of the sample.
public struct Autoscaler: Sendable {
    /// The settings it decides by.
    public private(set) var policy: ScalingPolicy
    private var recent: Deque<(time: Duration, load: Double)> = []
    private var needs = LargestNeeds()
    private var started: Duration?
    private var lastChange: Duration?

    /// Starts without a memory, so a low load does not shrink the pool within the first hold window.
    public init(_ policy: ScalingPolicy) {
        self.policy = policy
    }

    /// Goes on by other settings, and with what it remembers.
    package mutating func apply(_ policy: ScalingPolicy) { self.policy = policy }

    /// What is measured at a tick.
    public struct Sample: Sendable {
        /// When it was measured, by the tree's clock.
        public var time: Duration
        /// L: messages in flight.
        public var inFlight: Int
        /// Hands being worked on, and what waits, in hands; nil: each message is one.
        public var load: Double?
        /// n: direct supervisors.
        public var supervisors: Int
        /// S: the mean time a worker is busy with a message; needed for the drain horizon only.
        public var meanBusy: Duration?
        /// Set while the size is pinned by hand.
        public var pinned: Int?
        /// Set while what was received is being finished: the pool may grow, but does not follow the load down.
        public var isDraining: Bool
        /// Set while the circuit breaker is open: what is in flight then is no load, but what is held back.
        public var isResting: Bool
        /// Set while the handler is unavailable: more workers would only wait with the others.
        public var isUnavailable: Bool
        /// Set while some workers cannot start: more of them would not either, for all that is known.
        public var isStartFailing: Bool
        /// Set while the output takes nothing: more workers would only wait with the others.
        public var isOutputBlocked: Bool

        /// Makes a sample.
        public init(
            time: Duration, inFlight: Int, supervisors: Int, meanBusy: Duration? = nil, pinned: Int? = nil,
            isDraining: Bool = false, isResting: Bool = false, isUnavailable: Bool = false,
            isStartFailing: Bool = false, isOutputBlocked: Bool = false
        ) {
            self.time = time
            self.inFlight = inFlight
            self.supervisors = supervisors
            self.meanBusy = meanBusy
            self.pinned = pinned
            self.isDraining = isDraining
            self.isResting = isResting
            self.isUnavailable = isUnavailable
            self.isStartFailing = isStartFailing
            self.isOutputBlocked = isOutputBlocked
        }
    }

    /// Decides on the size for the next tick.
    public mutating func decide(_ sample: Sample) -> ScalingDecision {
        let (n, k) = (sample.supervisors, Double(policy.workersPerSupervisor))
        if sample.isResting || sample.isUnavailable || sample.isOutputBlocked {
            // It begins anew afterwards: the size is held until the hold window has been watched again.
            self = Autoscaler(policy)
            return ScalingDecision(
                from: n, to: n, raw: n,
                reason: sample.isResting
                    ? .breakerOpen : sample.isUnavailable ? .handlerUnavailable : .outputBlocked,
                mean: Double(sample.inFlight), inFlight: sample.inFlight)
        }
        observe(sample)
        let mean = recent.reduce(0) { $0 + $1.load } / Double(recent.count)
        let slots = mean + policy.beta * mean.squareRoot()
        let raw = Int((slots / k).rounded(.up))
        let need = clamp(raw)
        remember(need, at: sample.time)

        var (to, reason, heldUntil) = follow(sample, slots: slots, raw: raw, need: need)
        var automatic: Int?
        if let pinned = sample.pinned, !sample.isDraining {
            automatic = to
            (to, reason, heldUntil) = (clamp(pinned), .pinned, nil)
        }
        if sample.isDraining { reason = .draining }
        if to != n { lastChange = sample.time }
        return ScalingDecision(
            from: n, to: to, raw: raw, reason: reason, mean: mean, inFlight: sample.inFlight, heldUntil: heldUntil,
            automatic: automatic)
    }

    /// What follows from the load.
    private func follow(
        _ sample: Sample, slots: Double, raw: Int, need: Int
    ) -> (to: Int, reason: ScalingDecision.Reason, heldUntil: Duration?) {
        let (n, k) = (sample.supervisors, Double(policy.workersPerSupervisor))
        if n < policy.min { return (policy.min, .limitedByMin, nil) }
        if n > policy.max { return (policy.max, .limitedByMax, nil) }
        if slots > (1 + policy.tolerance) * Double(n) * k {
            if sample.isStartFailing { return (n, .workersCannotStart, nil) }
            let doubled = Swift.max(n + 1, 2 * n)
            let reason: ScalingDecision.Reason =
                doubled < need ? .limitedByRate : need < raw ? .limitedByMax : .scaledUp
            return (Swift.max(n, Swift.min(need, doubled)), reason, nil)
        }
        if sample.isDraining { return (n, .draining, nil) }
        return shrink(from: n, raw: raw, need: need, at: sample.time)
    }

    private func shrink(
        from n: Int, raw: Int, need: Int, at now: Duration
    ) -> (to: Int, reason: ScalingDecision.Reason, heldUntil: Duration?) {
        guard need < n else { return (n, raw < policy.min ? .limitedByMin : .withinTolerance, nil) }
        let held = needs.largest ?? need
        // A window that has not been watched for its whole length may have missed the load (a restart, the start).
        let watchedUntil = (started ?? now) + policy.holdWindow
        if held >= n || now < watchedUntil {
            let largest = needs.last(atLeast: n) ?? .zero
            return (n, .heldByWindow, Swift.max(watchedUntil, largest + policy.holdWindow))
        }
        if let lastChange, now < lastChange + policy.coolDown { return (n, .coolingDown, lastChange + policy.coolDown) }
        return (Swift.max(held, (n + 1) / 2), .scaledDown, nil)
    }

    private mutating func observe(_ sample: Sample) {
        if started == nil { started = sample.time }
        while let first = recent.first, first.time <= sample.time - policy.fastWindow { recent.removeFirst() }
        recent.append((sample.time, effectiveLoad(sample)))
    }

    /// L, or with a drain horizon only as much of the backlog as must be worked on now to be done in that time.
    private func effectiveLoad(_ sample: Sample) -> Double {
        let load = sample.load ?? Double(sample.inFlight)
        let capacity = Double(sample.supervisors * policy.workersPerSupervisor)
        guard let horizon = policy.drainHorizon, let busy = sample.meanBusy, load > capacity, horizon > .zero else {
            return load
        }
        return capacity + (load - capacity) * Swift.min(1, busy / horizon)
    }

    private mutating func remember(_ need: Int, at now: Duration) {
        needs.forget(through: now - policy.holdWindow)
        needs.append(need, at: now)
    }

    private func clamp(_ size: Int) -> Int { Swift.min(Swift.max(size, policy.min), policy.max) }
}
