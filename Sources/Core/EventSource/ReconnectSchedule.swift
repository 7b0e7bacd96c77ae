/// How long to wait before the next connection attempt (rule C7): a pure value, without a clock.
///
/// The wait is at least the reconnection time: the server's last `retry:`, or ``initialDelay``. The first wait after a
/// good spell is exactly that, as the standard has it. Each further one in a row grows the range it is drawn from: the
/// n-th is drawn evenly between the reconnection time and 2ⁿ⁻¹ times it, but at most ``maximumDelay``, so that the
/// clients of a server that is down spread out instead of knocking in step.
public struct ReconnectSchedule: Sendable, Hashable {
    /// The reconnection time until the server sets one with `retry:`.
    public var initialDelay: Duration
    /// What the growth stops at. A reconnection time above it is kept to nevertheless.
    public var maximumDelay: Duration
    /// The least wait, whatever the server says; `retry: 0` must not make a busy loop.
    public var minimumDelay: Duration
    /// The most that a server can make us wait by `retry:` or `Retry-After`; it must not silence a stream for ever.
    public var maximumServerDelay: Duration
    /// Whether also the first wait is drawn from a range, and what a server asks for is drawn out a little: else all whom
    /// one server dropped at once come back at once. Then the n-th wait is drawn between the reconnection time and 2ⁿ times
    /// it, and ``maximumDelay`` bounds every wait that the server did not ask for.
    public var spreadsEveryWait = false
    /// The server's last `retry:`.
    public var retry: Duration?
    /// How many waits there have been since the last good spell.
    public private(set) var waits = 0

    /// Creates a schedule.
    public init(
        initialDelay: Duration = .seconds(3), maximumDelay: Duration = .seconds(60),
        minimumDelay: Duration = .milliseconds(100), maximumServerDelay: Duration = .seconds(3600)
    ) {
        self.initialDelay = initialDelay
        self.maximumDelay = maximumDelay
        self.minimumDelay = minimumDelay
        self.maximumServerDelay = maximumServerDelay
    }

    /// The reconnection time in force.
    public var reconnectionTime: Duration {
        let wanted = retry.map { min($0, maximumServerDelay) } ?? initialDelay
        return max(wanted, minimumDelay)
    }

    /// Draws the next wait and counts it.
    ///
    /// - Parameters:
    ///   - retryAfter: what the response's `Retry-After` asked for; the wait is not shorter, up to ``maximumServerDelay``.
    ///   - isSlow: whether it is of little use to try soon: the wait is one of those that follow three waits later.
    ///   - random: a number in 0 ..< 1, evenly distributed.
    public mutating func nextDelay(retryAfter: Duration? = nil, isSlow: Bool = false, random: Double) -> Duration {
        let asked = min(retryAfter ?? .zero, maximumServerDelay)
        let base = reconnectionTime
        let doublings = waits + (spreadsEveryWait ? 1 : 0) + (isSlow ? 3 : 0)
        waits += 1
        let ceiling = ceiling(over: base)
        var upper = min(base, ceiling)
        // Doubling step by step stops at the ceiling before anything can overflow.
        for _ in 0..<doublings where upper < ceiling { upper = min(upper * 2, ceiling) }
        var lower = isSlow ? max(base, upper / 2) : base
        // Without room above it, the spread goes below, but never below what the server asked for.
        if spreadsEveryWait, retry == nil, upper - lower < lower / 4 { lower = upper * 3 / 4 }
        lower = min(lower, upper)
        let delay = lower + (upper - lower) * random
        guard asked > delay else { return delay }
        return spreadsEveryWait ? max(asked, min(asked + base * random, maximumServerDelay)) : asked
    }

    private func ceiling(over base: Duration) -> Duration {
        guard spreadsEveryWait else { return max(base, maximumDelay) }
        guard retry != nil else { return max(maximumDelay, minimumDelay) }
        return max(base, min(base + base / 4, maximumServerDelay), maximumDelay)
    }

    /// A good spell ends the row: the next wait is the reconnection time again.
    public mutating func reset() { waits = 0 }
}
