import DequeModule

/// Decides how many direct supervisors there should be.
///
/// Once it is known how long the work takes, the size follows from the rate at which it comes times that (Little), with the
/// slack of square-root staffing, and with what works off a backlog within the drain horizon: at once, whatever the size is.
/// Until then, and for work that is longer than the fast window, it follows from the count of messages in process: that tells
/// the same while the pool keeps up, and only grows while it does not; so each step at most doubles or halves the size.
///
/// A direct supervisor that is not needed any more is kept for a twelfth of the time that it was needed, and at most for the hold
/// window. A backlog is nothing that is needed again, so it is not held.
///
/// A value without a clock: the time is part of the sample.
public struct Autoscaler: Sendable {
    /// For which part of the time that it was needed a direct supervisor is kept when it is not.
    static let patience = 12
    /// Between growing and shrinking lies at least so much, in units of √R, or chance would undo each step.
    static let gap = 2.5

    /// The settings it decides by.
    public private(set) var policy: ScalingPolicy
    private var recent: Deque<(time: Duration, load: Double)> = []
    private var meter = WorkMeter()
    private var held = HeldSizes()
    private var last: Duration?
    private var lastChange: Duration?

    /// Starts without a memory: what it finds is kept for the first hold window, as it may have missed the load.
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
        /// What was counted of the work; nil: the size follows from what is in flight.
        public var work: WorkCounts?
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
            time: Duration, inFlight: Int, supervisors: Int, work: WorkCounts? = nil, pinned: Int? = nil,
            isDraining: Bool = false, isResting: Bool = false, isUnavailable: Bool = false,
            isStartFailing: Bool = false, isOutputBlocked: Bool = false
        ) {
            self.time = time
            self.inFlight = inFlight
            self.supervisors = supervisors
            self.work = work
            self.pinned = pinned
            self.isDraining = isDraining
            self.isResting = isResting
            self.isUnavailable = isUnavailable
            self.isStartFailing = isStartFailing
            self.isOutputBlocked = isOutputBlocked
        }
    }

    /// What follows from the load, before anything limits it.
    private struct Demand {
        /// Workers that are wanted.
        var slots: Double
        /// The same in direct supervisors, and that within the bounds.
        var raw: Int
        var need: Int
        /// Direct supervisors that are not given up: those for the backlog may be, others only when chance does not bring them back.
        var kept: Int
        /// Whether it follows from the time of work, and not from what is in flight.
        var isKnown: Bool
    }

    /// Decides on the size for the next tick.
    public mutating func decide(_ sample: Sample) -> ScalingDecision {
        let n = sample.supervisors
        if sample.isResting || sample.isUnavailable || sample.isOutputBlocked {
            // It begins anew afterwards: the size is held until the hold window has been watched again.
            self = Autoscaler(policy)
            return ScalingDecision(
                from: n, to: n, raw: n,
                reason: sample.isResting
                    ? .breakerOpen : sample.isUnavailable ? .handlerUnavailable : .outputBlocked,
                mean: Double(sample.inFlight), inFlight: sample.inFlight)
        }
        let mean = observe(sample)
        let work = sample.work.flatMap {
            meter.measure(
                $0, slots: n * policy.workersPerSupervisor, at: sample.time, window: policy.fastWindow,
                tick: policy.tick)
        }
        let demand = work.map { self.demand($0, sample) } ?? self.demand(mean)
        let passed = last.map { sample.time - $0 } ?? .zero
        if last == nil { held.hold(n, for: policy.holdWindow) }
        last = sample.time
        held.pass(passed, needing: demand.kept)

        var (to, reason, heldUntil) = follow(sample, demand)
        let needed = Swift.min(demand.kept, to)
        if demand.isKnown {
            held.earn(needed, passed / Self.patience, limit: policy.holdWindow)
        } else {
            held.hold(needed, for: policy.holdWindow)
        }
        var automatic: Int?
        if let pinned = sample.pinned, !sample.isDraining {
            automatic = to
            (to, reason, heldUntil) = (clamp(pinned), .pinned, nil)
        }
        if sample.isDraining { reason = .draining }
        if to != n { lastChange = sample.time }
        return ScalingDecision(
            from: n, to: to, raw: demand.raw, reason: reason, mean: mean, inFlight: sample.inFlight, work: work,
            heldUntil: heldUntil, automatic: automatic)
    }

    // MARK: - What is wanted

    /// By what is in flight.
    private func demand(_ mean: Double) -> Demand {
        let slots = staffed(mean)
        let raw = supervisors(for: slots)
        return Demand(slots: slots, raw: raw, need: clamp(raw), kept: clamp(raw), isKnown: false)
    }

    /// By the rate at which work comes, the time it takes, and the backlog.
    private func demand(_ work: WorkMeasure, _ sample: Sample) -> Demand {
        let steady = staffed(work.load)
        let slots = steady + backlog(work, sample)
        let margin = Swift.max(0, Self.gap * work.load.squareRoot() - policy.tolerance * steady)
        let raw = supervisors(for: slots)
        return Demand(
            slots: slots, raw: raw, need: clamp(raw), kept: clamp(supervisors(for: steady + margin)), isKnown: true)
    }

    /// Workers that work off what waits within the drain horizon: no more than there is for them to take. Of what is held back
    /// nobody knows how much it is, so it is worked off as fast as it can be.
    private func backlog(_ work: WorkMeasure, _ sample: Sample) -> Double {
        guard let counts = sample.work else { return 0 }
        guard let horizon = policy.drainHorizon, horizon > .zero, !counts.isHeldBack else { return counts.waiting }
        return Swift.min(counts.waiting, work.waiting * work.seconds / (horizon / .seconds(1)))
    }

    private func staffed(_ load: Double) -> Double { load + policy.beta * load.squareRoot() }

    private func supervisors(for slots: Double) -> Int {
        slots > 0 ? Int((Swift.min(slots, 1e9) / Double(policy.workersPerSupervisor)).rounded(.up)) : 0
    }

    private func clamp(_ size: Int) -> Int { Swift.min(Swift.max(size, policy.min), policy.max) }

    /// R: the load of the fast window.
    private mutating func observe(_ sample: Sample) -> Double {
        while let first = recent.first, first.time <= sample.time - policy.fastWindow { recent.removeFirst() }
        recent.append((sample.time, sample.load ?? Double(sample.inFlight)))
        return recent.reduce(0) { $0 + $1.load } / Double(recent.count)
    }

    // MARK: - What follows

    private typealias Answer = (to: Int, reason: ScalingDecision.Reason, heldUntil: Duration?)

    private func follow(_ sample: Sample, _ demand: Demand) -> Answer {
        let n = sample.supervisors
        if n < policy.min { return (policy.min, .limitedByMin, nil) }
        if n > policy.max { return (policy.max, .limitedByMax, nil) }
        if demand.slots > (1 + policy.tolerance) * Double(n * policy.workersPerSupervisor) {
            if sample.isStartFailing { return (n, .workersCannotStart, nil) }
            let step = demand.isKnown ? Int.max : Swift.max(n + 1, 2 * n)
            let reason: ScalingDecision.Reason =
                step < demand.need ? .limitedByRate : demand.need < demand.raw ? .limitedByMax : .scaledUp
            return (Swift.max(n, Swift.min(demand.need, step)), reason, nil)
        }
        if sample.isDraining { return (n, .draining, nil) }
        return shrink(from: n, demand, at: sample.time)
    }

    private func shrink(from n: Int, _ demand: Demand, at now: Duration) -> Answer {
        guard demand.need < n, demand.kept < n else {
            return (n, demand.raw < policy.min ? .limitedByMin : .withinTolerance, nil)
        }
        guard held.size < n else { return (n, .heldByWindow, now + held.rest(of: n)) }
        let least = Swift.max(held.size, demand.need, demand.kept)
        if demand.isKnown, Double(least) > (1 - Swift.min(policy.tolerance, 0.5)) * Double(n) {
            return (n, .withinTolerance, nil)
        }
        if let lastChange, now < lastChange + policy.coolDown { return (n, .coolingDown, lastChange + policy.coolDown) }
        return (demand.isKnown ? least : Swift.max(least, (n + 1) / 2), .scaledDown, nil)
    }
}
