import DequeModule
import Histogram

/// The latencies of the last 30 to 40 seconds, from receipt to done.
struct LatencyWindow: Sendable {
    /// What the window covers at most.
    static let length = Duration.seconds(40)
    private static let slice = Duration.seconds(10)

    /// In microseconds.
    private static let hour: UInt64 = 3_600_000_000

    // In microseconds up to an hour, to three significant digits.
    private var slices = Array(repeating: Histogram<UInt32>(highestTrackableValue: hour), count: 4)
    private var current = 0
    private var currentEnds: Duration

    package init(at now: Duration) { currentEnds = now + Self.slice }

    /// - Parameter count: how many there were of it.
    mutating func record(_ latency: Duration, count: Int = 1) {
        let (seconds, attoseconds) = latency.components
        // An hour stands for all that is longer.
        let microseconds = min(seconds, 3600) * 1_000_000 + attoseconds / 1_000_000_000_000
        slices[current].record(min(UInt64(max(1, microseconds)), Self.hour), count: UInt32(clamping: count))
    }

    /// Forgets what has become too old.
    package mutating func advance(to now: Duration) {
        var steps = 0
        while now >= currentEnds, steps < slices.count {
            current = (current + 1) % slices.count
            slices[current].reset()
            currentEnds += Self.slice
            steps += 1
        }
        if now >= currentEnds { currentEnds = now + Self.slice }
    }

    package var summary: LatencySummary {
        var all = slices[0]
        for slice in slices.dropFirst() { all.add(slice) }
        guard all.totalCount > 0 else { return LatencySummary() }
        func milliseconds(_ percentile: Double) -> Double { Double(all.valueAtPercentile(percentile)) / 1000 }
        return LatencySummary(
            p50: milliseconds(50), p75: milliseconds(75), p90: milliseconds(90), p95: milliseconds(95),
            p99: milliseconds(99), max: Double(all.max) / 1000)
    }
}

/// Percentiles of the latency from receipt to done, in milliseconds; zeros when nothing was processed in the window.
public struct LatencySummary: Sendable, Hashable {
    /// The median, in milliseconds.
    public var p50 = 0.0
    /// Three quarters took no longer, in milliseconds.
    public var p75 = 0.0
    /// 90 % took no longer, in milliseconds.
    public var p90 = 0.0
    /// 95 % took no longer, in milliseconds.
    public var p95 = 0.0
    /// 99 % took no longer, in milliseconds.
    public var p99 = 0.0
    /// The longest, in milliseconds; an hour stands for all that is longer.
    public var max = 0.0
}

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
