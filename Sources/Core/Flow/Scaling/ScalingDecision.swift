import Ledger

/// What the autoscaler decided at one tick, and why.
public struct ScalingDecision: Sendable, Hashable {
    /// Direct supervisors before the decision.
    public var from: Int
    /// Direct supervisors after it; the same number when the size stays.
    public var to: Int
    /// How many the load alone would ask for, before any limit.
    public var raw: Int
    /// What the size follows from.
    public var reason: Reason
    /// R: the mean in-flight count of the fast window.
    public var mean: Double
    /// L: the in-flight count at the tick.
    public var inFlight: Int
    /// What there was to do, where the size follows from that; nil: it follows from what is in flight.
    public var work: WorkMeasure?
    /// Until when the hold window keeps the size, when it does; by the tree's clock.
    public var heldUntil: Duration?
    /// While the size is pinned: what it would be if it followed the load.
    public var automatic: Int?
    /// Who took it by hand, in words; nil for what the autoscaler decided, and where that is not known.
    public var by: String?
    /// The size that follows from the load, whether or not it is pinned.
    public var unpinned: Int { automatic ?? to }

    package init(
        from: Int, to: Int, raw: Int, reason: Reason, mean: Double, inFlight: Int, work: WorkMeasure? = nil,
        heldUntil: Duration? = nil, automatic: Int? = nil, by who: String? = nil
    ) {
        self.from = from
        self.to = to
        self.raw = raw
        self.reason = reason
        self.mean = mean
        self.inFlight = inFlight
        self.work = work
        self.heldUntil = heldUntil
        self.automatic = automatic
        by = who
    }

    /// What the size follows from. The raw value is its name in the log and in the control API.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case scaledUp
        case scaledDown
        case withinTolerance
        case limitedByMin
        case limitedByMax
        case limitedByRate
        case heldByWindow
        case coolingDown
        case pinned
        case draining
        case breakerOpen
        case outputBlocked
        case handlerUnavailable
        case workersCannotStart
    }
}

/// Decisions that came to the same answer for the same reason, one after the other.
public struct FoldedDecision: Sendable, Hashable {
    /// The last of them.
    public var decision: ScalingDecision
    /// How many there were.
    public var repeated: Int
    /// When the last one was made, in microseconds since 1970.
    public var time: Int64

    package init(decision: ScalingDecision, repeated: Int, time: Int64) {
        self.decision = decision
        self.repeated = repeated
        self.time = time
    }
}

extension ScalingDecision {
    package func isSameAnswer(as other: ScalingDecision) -> Bool {
        from == other.from && to == other.to && reason == other.reason && by == other.by
    }
}

extension ScalingDecision: CustomStringConvertible {
    /// The decision and its reason in words, for people.
    public var description: String {
        let given = work.map { "\($0)" } ?? "\(inFlight) in flight (mean \(mean.rounded(toPlaces: 1)))"
        let load = "\(given) ask for \(raw)"
        return switch reason {
        case .scaledUp: "scaled up from \(from) to \(to): \(load)"
        case .scaledDown: "scaled down from \(from) to \(to): \(load)"
        case .withinTolerance: "stays at \(to): the load is within the tolerance"
        case .limitedByMin: from == to ? "stays at \(to): the minimum" : "scaled from \(from) to \(to), the minimum"
        case .limitedByMax:
            from == to ? "stays at \(to), the maximum: \(load)" : "scaled from \(from) to \(to), the maximum: \(load)"
        case .limitedByRate: "scaled up from \(from) to \(to), at most doubling at once: \(load)"
        case .heldByWindow: "stays at \(to): the hold window remembers more load"
        case .coolingDown: "stays at \(to): cooling down after the last change"
        case .pinned:
            (from == to ? "pinned to \(to)" : "pinned: from \(from) to \(to)") + (by.map { ", by \($0)" } ?? "")
        case .draining: from == to ? "draining: keeps \(to)" : "draining: from \(from) to \(to), to finish sooner"
        case .breakerOpen: "stays at \(to): the circuit breaker is open"
        case .outputBlocked:
            "stays at \(to): the output takes nothing, and more workers would only wait with the others"
        case .handlerUnavailable:
            "stays at \(to): the handler is unavailable, and more workers would only wait with the others"
        case .workersCannotStart: "stays at \(to): some workers cannot be started; \(load)"
        }
    }
}
