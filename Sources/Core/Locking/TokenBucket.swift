/// A rate with a reserve: so much a second, and so much at once after a rest.
///
/// A value without a clock; its caller says what time it is.
public struct TokenBucket: Hashable, Sendable {
    /// What a bucket refills with and holds.
    public struct Rate: Hashable, Sendable {
        let perSecond: Double
        let burst: Double

        /// - Parameter burst: what is there at once after a rest; what a second brings, if it is not given.
        public init(perSecond: Double, burst: Double? = nil) {
            self.perSecond = perSecond
            self.burst = burst ?? perSecond
        }
    }

    private let rate: Rate
    private var tokens: Double
    /// nil: it is full, and nobody has taken anything.
    private var filledAt: Duration?

    /// Makes a full one.
    public init(_ rate: Rate) {
        self.rate = rate
        tokens = rate.burst
    }

    /// Takes one, or so many; false if there is not one. What is taken may be more than is there: then it takes longer until
    /// there is something again.
    public mutating func take(_ amount: Double = 1, at now: Duration) -> Bool {
        tokens = filled(at: now)
        filledAt = max(now, filledAt ?? now)
        guard tokens >= 1 else { return false }
        tokens -= amount
        return true
    }

    /// Whether it is as good as a new one.
    public func isFull(at now: Duration) -> Bool { filled(at: now) >= rate.burst }

    private func filled(at now: Duration) -> Double {
        let passed = max(.zero, now - (filledAt ?? now)) / .seconds(1)
        return min(rate.burst, tokens + passed * rate.perSecond)
    }
}
