/// Counts attempts, and those that failed, over a sliding window. The window has ten parts, and the oldest is forgotten as a
/// whole, so that an attempt costs the same however many there are.
struct FailureWindow: Sendable {
    static let parts = 10

    private let width: Duration
    private var counts = Array(repeating: Count(), count: parts)
    /// The number of the part that is being counted in, from the clock's zero.
    private var current = 0
    private var end: Duration
    private var total = Count()

    private struct Count {
        var attempts = 0
        var failures = 0
    }

    package init(_ window: Duration) {
        width = max(window / Self.parts, .nanoseconds(1))
        end = width
    }

    /// Attempts within the window, as of the last one.
    package var attempts: Int { total.attempts }
    /// Those of them that failed.
    var failures: Int { total.failures }

    /// Counts attempts. Those that are entered a little late count for the present.
    package mutating func record(_ count: Int = 1, isFailure: Bool, at now: Duration) {
        if now >= end { move(to: now) }
        counts[current % Self.parts].attempts += count
        total.attempts += count
        guard isFailure else { return }
        counts[current % Self.parts].failures += count
        total.failures += count
    }

    private mutating func move(to now: Duration) {
        let number = max(current + 1, Int(now / width))
        for part in (current + 1)...min(number, current + Self.parts) {
            let forgotten = counts[part % Self.parts]
            total.attempts -= forgotten.attempts
            total.failures -= forgotten.failures
            counts[part % Self.parts] = Count()
        }
        current = number
        end = width * (number + 1)
    }
}
