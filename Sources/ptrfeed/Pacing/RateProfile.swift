import FoundationEssentials
import Glibc

/// How fast the whole feed goes, in events a second over both streams: from `minimum` to `maximum` and back once a
/// period.
struct RateRange: Equatable, Sendable, CustomStringConvertible {
    let minimum: Double
    let maximum: Double

    var description: String {
        minimum == maximum ? Self.format(minimum) : "\(Self.format(minimum))..\(Self.format(maximum))"
    }

    private static func format(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}

/// The rate of one stream over time: half of a ``RateRange``, as a sine with a phase of its own.
///
/// Two sines of amplitude a whose phases lie 2φ apart add up to one of amplitude 2a·cos φ. So each stream swings a
/// little more than half of what the total swings, and the total still reaches exactly the minimum and the maximum. φ
/// is 30°, or less where a stream's rate would otherwise fall below zero. The total starts at its minimum.
struct RateProfile: Sendable {
    /// Events a second, on average.
    private let mean: Double
    private let amplitude: Double
    private let phase: Double
    /// Radians a second.
    private let frequency: Double

    /// - Parameters:
    ///   - rate: the rate of the whole feed.
    ///   - period: the time from one minimum to the next, in seconds.
    ///   - stream: 1 or 2.
    init(rate: RateRange, period: Double, stream: Int) {
        let swing = (rate.maximum - rate.minimum) / (rate.maximum + rate.minimum)
        let cosine = max(0.75.squareRoot(), swing)
        mean = (rate.minimum + rate.maximum) / 4
        amplitude = (rate.maximum - rate.minimum) / 4 / cosine
        phase = acos(cosine) * (stream == 1 ? 1 : -1)
        frequency = 2 * .pi / period
    }

    /// Events a second at a time, in seconds since the feed began.
    func rate(at time: Double) -> Double {
        max(0, mean - amplitude * cos(frequency * time + phase))
    }

    /// How many events are due between two times, in seconds since the feed began.
    func integral(from start: Double, to end: Double) -> Double {
        mean * (end - start) - amplitude / frequency * (sin(frequency * end + phase) - sin(frequency * start + phase))
    }
}
