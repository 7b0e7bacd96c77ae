/// A rate with a reserve: so many a second, and so many at once after a rest.
///
/// A value without a clock; its caller says what time it is.
struct TokenBucket: Hashable, Sendable {
    /// What a bucket refills with and holds.
    struct Rate: Hashable, Sendable {
        let perSecond: Double
        let burst: Double
    }

    private var tokens: Double
    private var filledAt: Duration

    /// A full one.
    init(_ rate: Rate, at now: Duration) {
        tokens = rate.burst
        filledAt = now
    }

    /// Takes one; false if there is none.
    mutating func take(_ rate: Rate, at now: Duration) -> Bool {
        tokens = fill(rate, at: now)
        filledAt = max(now, filledAt)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Whether it is as good as a new one.
    func isFull(_ rate: Rate, at now: Duration) -> Bool { fill(rate, at: now) >= rate.burst }

    private func fill(_ rate: Rate, at now: Duration) -> Double {
        let passed = max(.zero, now - filledAt) / .seconds(1)
        return min(rate.burst, tokens + passed * rate.perSecond)
    }
}

/// One bucket for each user.
struct UserBuckets: Sendable {
    private let rate: TokenBucket.Rate
    private var buckets: [UInt32?: TokenBucket] = [:]
    private var sweepAt = 64

    init(_ rate: TokenBucket.Rate) {
        self.rate = rate
    }

    /// How many users are remembered.
    var count: Int { buckets.count }

    /// Takes one of a user's; false if that user has none left. Who is unknown shares one bucket with all who are.
    mutating func take(_ user: UInt32?, at now: Duration) -> Bool {
        if buckets.count >= sweepAt {
            // Who has rested for long enough need not be remembered.
            buckets = buckets.filter { !$0.value.isFull(rate, at: now) }
            sweepAt = max(64, buckets.count * 2)
        }
        return buckets[user, default: TokenBucket(rate, at: now)].take(rate, at: now)
    }
}
