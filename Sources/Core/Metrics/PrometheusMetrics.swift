public import CoreMetrics
import Locking

/// Keeps what a program measures through swift-metrics, and shows it in Prometheus's text format.
///
/// A label of swift-metrics is the metric's name, its dimensions are the labels. Counters become counters; meters and recorders
/// that do not aggregate, gauges; recorders that do, and timers (in seconds), histograms with fixed buckets. Names that
/// Prometheus does not know are made into some that it does: other characters become `_`.
///
/// What measures at one name and the same labels shares one value. A name is of one type: what would measure at it as
/// another type, or as more than ``seriesLimit`` series, goes nowhere and is counted in `metrics_refused_total`.
public final class PrometheusMetrics: MetricsFactory, Sendable {
    /// How many sets of labels a name may have: a mistake in a label must not fill the memory.
    public static let seriesLimit = 10_000

    /// The bounds of the buckets of a histogram, in its unit.
    public static let defaultBuckets: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    private struct Family {
        let type: MetricType
        var series: [[Label]: any Series] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        /// Where each series stands: of thousands, one is to be forgotten without a search.
        var places: [ObjectIdentifier: (name: String, labels: [Label])] = [:]
        var refused: UInt64 = 0
    }

    private let descriptions: [String: String]
    private let buckets: [Double]
    private let state = Locked(State())

    /// - Parameters:
    ///   - descriptions: what is said of a metric, by its name.
    ///   - buckets: the upper bounds of the buckets of histograms, ascending.
    public init(descriptions: [String: String] = [:], buckets: [Double] = defaultBuckets) {
        self.descriptions = descriptions
        self.buckets = buckets
    }

    // MARK: - MetricsFactory

    /// A counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { Count() } ?? Count()
    }

    /// A counter of fractions.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { FractionalCount() } ?? FractionalCount()
    }

    /// A histogram, or a gauge if it does not aggregate.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, .gauge) { Level() } ?? Level() }
        return histogram(label, dimensions)
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { Level() } ?? Level()
    }

    /// A histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    /// Forgets a counter.
    public func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    /// Forgets a counter.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
    /// Forgets a histogram or a gauge.
    public func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    /// Forgets a gauge.
    public func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    /// Forgets a histogram.
    public func destroyTimer(_ handler: any TimerHandler) { forget(handler) }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> Histogram {
        series(label, dimensions, .histogram) { [buckets] in Histogram(buckets) } ?? Histogram(buckets)
    }

    private func series<Value: Series>(
        _ label: String, _ dimensions: [(String, String)], _ type: MetricType, make: () -> Value
    ) -> Value? {
        let name = MetricName.of(label)
        var labels = dimensions.map { Label(name: MetricName.ofLabel($0.0, in: type), value: $0.1) }
        labels.sort { $0.name < $1.name }
        return state.withLock { state in
            var family = state.families[name] ?? Family(type: type)
            if let known = family.series[labels] as? Value { return known }
            guard family.type == type, family.series[labels] == nil, family.series.count < Self.seriesLimit,
                zip(labels, labels.dropFirst()).allSatisfy({ $0.name != $1.name })
            else {
                state.refused += 1
                return nil
            }
            let new = make()
            family.series[labels] = new
            state.families[name] = family
            state.places[ObjectIdentifier(new)] = (name, labels)
            return new
        }
    }

    private func forget(_ handler: any AnyObject) {
        state.withLock { state in
            guard let place = state.places.removeValue(forKey: ObjectIdentifier(handler)) else { return }
            state.families[place.name]?.series[place.labels] = nil
            if state.families[place.name]?.series.isEmpty == true { state.families[place.name] = nil }
        }
    }

    // MARK: - The text

    /// Everything in Prometheus's text format, version 0.0.4 (prometheus.io, "Exposition formats").
    public func text() -> String {
        let (families, refused) = state.withLock { ($0.families, $0.refused) }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            header(of: name, family.type, in: &text)
            let series = family.series.sorted { left, right in
                left.key.lexicographicallyPrecedes(right.key) { ($0.name, $0.value) < ($1.name, $1.value) }
            }
            for (labels, value) in series { value.write(name, labels, to: &text) }
        }
        guard refused > 0 else { return text }
        text += "# HELP metrics_refused_total What could not be measured, for its name or for its number of labels.\n"
        text += "# TYPE metrics_refused_total counter\nmetrics_refused_total \(refused)\n"
        return text
    }

    private func header(of name: String, _ type: MetricType, in text: inout String) {
        if let description = descriptions[name] { text += "# HELP \(name) \(MetricName.escapedHelp(description))\n" }
        text += "# TYPE \(name) \(type.rawValue)\n"
    }
}
