import Locking

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
            buckets = buckets.filter { !$0.value.isFull(at: now) }
            sweepAt = max(64, buckets.count * 2)
        }
        return buckets[user, default: TokenBucket(rate)].take(at: now)
    }
}
