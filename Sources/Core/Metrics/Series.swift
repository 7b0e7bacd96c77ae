import CoreMetrics
import Locking

/// One series of a metric: its value, and how that is written.
protocol Series: AnyObject, Sendable {
    func write(_ name: String, _ labels: [Label], to text: inout String)
}

extension Series {
    func line(_ name: String, _ labels: [Label], _ value: String, to text: inout String) {
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels.map { "\($0.name)=\"\(MetricName.escapedValue($0.value))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(value)\n"
    }
}

/// A counter. It wraps around, as Prometheus's counters may.
final class Count: CounterHandler, Series {
    private let value = Locked<UInt64>(0)

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        value.withLock { $0 &+= UInt64(amount) }
    }

    func reset() { value.withLock { $0 = 0 } }

    func write(_ name: String, _ labels: [Label], to text: inout String) {
        line(name, labels, "\(value.withLock { $0 })", to: &text)
    }
}

/// A counter of fractions.
final class FractionalCount: FloatingPointCounterHandler, Series {
    private let value = Locked(0.0)

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    func write(_ name: String, _ labels: [Label], to text: inout String) {
        line(name, labels, MetricName.number(value.withLock { $0 }), to: &text)
    }
}

/// A gauge.
final class Level: RecorderHandler, MeterHandler, Series {
    private let value = Locked(0.0)

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { self.value.withLock { $0 = value } }
    func set(_ value: Int64) { record(Double(value)) }
    func set(_ value: Double) { record(value) }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func write(_ name: String, _ labels: [Label], to text: inout String) {
        line(name, labels, MetricName.number(value.withLock { $0 }), to: &text)
    }
}

/// A histogram with fixed buckets. Of a timer, its unit is the second.
final class Histogram: RecorderHandler, TimerHandler, Series {
    private struct State {
        /// Of each bucket, and of what is above the last.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Locked<State>

    init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Locked(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // Not a number would make the sum one for good.
        guard !value.isNaN else { return }
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        state.withLock { state in
            state.counts[low] += 1
            state.sum += value
        }
    }

    func write(_ name: String, _ labels: [Label], to text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            line("\(name)_bucket", labels + [Label(name: "le", value: MetricName.number(bound))], "\(total)", to: &text)
        }
        line("\(name)_sum", labels, MetricName.number(sum), to: &text)
        line("\(name)_count", labels, "\(total)", to: &text)
    }
}
