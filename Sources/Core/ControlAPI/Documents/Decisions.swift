/// The last decisions of the autoscaler, as `GET /v1/scaling` gives them: the oldest first.
public struct Decisions: Hashable, Sendable, Codable {
    /// Who decides.
    public let mode: Status.Scaling.Mode
    /// The number of direct supervisors aimed at.
    public let target: Int
    /// What the autoscaler would aim at, while a number is pinned.
    public let automatic: Int?
    /// One for each tick, where the same answer for the same reason stands once.
    public let decisions: [Decision]

    /// Makes one of its parts.
    public init(mode: Status.Scaling.Mode, target: Int, automatic: Int? = nil, decisions: [Decision]) {
        self.mode = mode
        self.target = target
        self.automatic = automatic
        self.decisions = decisions
    }
}

/// What the autoscaler decided at one tick, and why.
public struct Decision: Hashable, Sendable, Codable {
    /// When, in UTC; of several alike the last.
    public let time: String
    /// How many ticks in a row came to the same answer.
    public let repeated: Int
    /// Direct supervisors before.
    public let from: Int
    /// Direct supervisors after.
    public let to: Int
    /// How many the load alone asked for.
    public let raw: Int
    /// One of scaledUp, scaledDown, withinTolerance, limitedByMin, limitedByMax, limitedByRate, heldByWindow,
    /// coolingDown, pinned, draining, breakerOpen, outputBlocked, handlerUnavailable, workersCannotStart.
    public let reason: String
    /// Who took it by hand, such as `alice (uid 1000, pid 4242)`; not for what the autoscaler decided.
    public let by: String?
    /// R: the mean load of the fast window: the in-flight count, or the hands that it makes where a worker takes several at once.
    public let mean: Double
    /// L: the in-flight count at the tick.
    public let inFlight: Int
    /// For how much longer the hold window kept the size.
    public let heldForSeconds: Double?
    /// The decision in words.
    public let text: String

    private enum CodingKeys: String, CodingKey {
        case time, repeated, from, to, raw, reason, by, mean, text
        case inFlight = "in_flight"
        case heldForSeconds = "held_for_seconds"
    }

    /// Makes one of its parts.
    public init(
        time: String, repeated: Int, from: Int, to: Int, raw: Int, reason: String, mean: Double, inFlight: Int,
        heldForSeconds: Double? = nil, text: String, by: String? = nil
    ) {
        self.time = time
        self.repeated = repeated
        self.from = from
        self.to = to
        self.raw = raw
        self.reason = reason
        self.by = by
        self.mean = mean
        self.inFlight = inFlight
        self.heldForSeconds = heldForSeconds
        self.text = text
    }
}
