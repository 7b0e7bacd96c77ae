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
    ///   - random: a number in 0 ..< 1, evenly distributed.
    public mutating func nextDelay(retryAfter: Duration? = nil, random: Double) -> Duration {
        let base = reconnectionTime
        let ceiling = max(base, maximumDelay)
        var upper = base
        // Doubling step by step stops at the ceiling before anything can overflow.
        for _ in 0..<waits where upper < ceiling { upper = min(upper * 2, ceiling) }
        waits += 1
        let delay = base + (upper - base) * random
        return max(delay, min(retryAfter ?? .zero, maximumServerDelay))
    }

    /// A good spell ends the row: the next wait is the reconnection time again.
    public mutating func reset() { waits = 0 }
}
