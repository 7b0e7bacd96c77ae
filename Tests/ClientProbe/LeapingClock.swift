import NIOConcurrencyHelpers

/// A clock on which a sleep is over at once, the time having moved on by it. Timeouts, which are to be longer than any
/// wait, do not pass: who sleeps for that long sleeps until cancelled.
final class LeapingClock: Clock {
    /// In seconds, from how long a sleep counts as a timeout.
    static let horizon = 100_000

    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let offset = NIOLockedValueBox(Duration.zero)

    var now: Instant { Instant(offset: offset.withLockedValue { $0 }) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        if now.duration(to: deadline) > .seconds(Self.horizon / 2) {
            let never = AsyncStream<Never> { _ in }
            for await _ in never {}
        }
        try Task.checkCancellation()
        offset.withLockedValue { $0 = max($0, deadline.offset) }
    }
}
