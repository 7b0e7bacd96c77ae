import Locking
import Testing

@testable import ControlServer

@Suite("A rate")
struct TokenBucketTests {
    private let rate = TokenBucket.Rate(perSecond: 2, burst: 3)

    @Test("lets a burst pass, then as many as time brings")
    func burst() {
        var bucket = TokenBucket(rate)
        #expect((0..<4).map { _ in bucket.take(at: .zero) } == [true, true, true, false])
        #expect(bucket.take(at: .milliseconds(499)) == false)
        #expect(bucket.take(at: .milliseconds(500)) == true)
        #expect(bucket.take(at: .milliseconds(500)) == false)
        // However long the rest, no more than a burst.
        #expect((0..<4).map { _ in bucket.take(at: .seconds(3600)) } == [true, true, true, false])
    }

    @Test("is not disturbed by a time before the last")
    func backwards() {
        var bucket = TokenBucket(rate)
        for _ in 0..<3 { #expect(bucket.take(at: .seconds(1)) == true) }
        #expect(bucket.take(at: .zero) == false)
        #expect(bucket.take(at: .milliseconds(1499)) == false)
        #expect(bucket.take(at: .milliseconds(1500)) == true)
    }

    @Test("is each user's own, and who has rested is forgotten")
    func users() {
        var buckets = UserBuckets(rate)
        for _ in 0..<3 { #expect(buckets.take(1, at: .zero) == true) }
        #expect(buckets.take(1, at: .zero) == false)
        #expect(buckets.take(2, at: .zero) == true)
        #expect(buckets.take(nil, at: .zero) == true)
        for user in 0..<10_000 as Range<UInt32> { _ = buckets.take(user, at: .seconds(Int(user))) }
        #expect(buckets.count < 200)
    }
}
