import DequeModule

/// How many messages a second were settled over the last five seconds.
struct RateMeter: Sendable {
    package static let window = Duration.seconds(5)

    private var samples: Deque<(time: Duration, count: UInt64)> = []

    /// Notes the total at a time.
    mutating func record(_ count: UInt64, at now: Duration) {
        samples.append((now, count))
        // One sample at or before the window's start is kept, to measure from.
        while samples.count > 2, samples[1].time <= now - Self.window { samples.removeFirst() }
    }

    var perSecond: Double {
        guard let first = samples.first, let last = samples.last, last.time > first.time else { return 0 }
        return Double(last.count - first.count) / ((last.time - first.time) / .seconds(1))
    }
}
