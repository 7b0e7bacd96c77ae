import CoreMetrics
import Testing

@testable import PrometheusMetrics

@Suite("Prometheus's text format")
struct PrometheusTextTests {
    private func lines(_ metrics: PrometheusMetrics) -> [String] {
        metrics.text().split(separator: "\n").map(String.init)
    }

    @Test("a counter has its description, its type and a line for each set of labels")
    func counter() {
        let metrics = PrometheusMetrics(descriptions: ["seen_total": "What was seen.\nAll \\ of it."])
        Counter(label: "seen_total", dimensions: [("kind", "b")], factory: metrics).increment(by: 2)
        Counter(label: "seen_total", dimensions: [("kind", "a")], factory: metrics).increment()
        Counter(label: "seen_total", dimensions: [("kind", "b")], factory: metrics).increment()
        #expect(
            lines(metrics) == [
                #"# HELP seen_total What was seen.\nAll \\ of it."#, "# TYPE seen_total counter",
                #"seen_total{kind="a"} 1"#, #"seen_total{kind="b"} 3"#,
            ])
    }

    @Test("a counter never falls")
    func neverFalls() {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "seen_total", factory: metrics)
        counter.increment(by: 3)
        counter.increment(by: -2)
        #expect(lines(metrics).last == "seen_total 3")
    }

    @Test("the values of labels are escaped")
    func escaping() {
        let metrics = PrometheusMetrics()
        Gauge(label: "level", dimensions: [("of", "a\"b\\c\nd")], factory: metrics).record(1.5)
        #expect(lines(metrics).last == #"level{of="a\"b\\c\nd"} 1.5"#)
    }

    @Test(
        "names become such as Prometheus knows",
        arguments: [
            ("http.requests", "http_requests"), ("9lives", "_9lives"), ("", "_"), ("größe", "gr__e"), ("a:b", "a:b"),
        ])
    func names(label: String, name: String) {
        let metrics = PrometheusMetrics()
        Gauge(label: label, dimensions: [("__own", "x"), ("a:b", "y")], factory: metrics).record(1)
        #expect(lines(metrics).last == "\(name){a_b=\"y\",x__own=\"x\"} 1")
    }

    @Test("a timer is a histogram in seconds: its buckets add up, the last one holds all")
    func histogram() {
        let metrics = PrometheusMetrics(buckets: [0.1, 1])
        let timer = Timer(label: "work_seconds", factory: metrics)
        for milliseconds: Int64 in [50, 100, 101, 3000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            lines(metrics) == [
                "# TYPE work_seconds histogram", #"work_seconds_bucket{le="0.1"} 2"#, #"work_seconds_bucket{le="1"} 3"#,
                #"work_seconds_bucket{le="+Inf"} 4"#, "work_seconds_sum 3.251", "work_seconds_count 4",
            ])
    }

    @Test("what is no number is left out of a histogram")
    func notANumber() {
        let metrics = PrometheusMetrics(buckets: [1])
        Recorder(label: "size", factory: metrics).record(Double.nan)
        #expect(lines(metrics).last == "size_count 0")
    }

    @Test("a name is of one type; what comes under another is counted and shown nowhere")
    func oneType() {
        let metrics = PrometheusMetrics()
        Counter(label: "x", factory: metrics).increment()
        Gauge(label: "x", factory: metrics).record(5)
        #expect(lines(metrics).contains("x 1") && !lines(metrics).contains("x 5"))
        #expect(lines(metrics).last == "metrics_refused_total 1")
    }

    @Test("no name has more series than are borne")
    func seriesLimit() {
        let metrics = PrometheusMetrics()
        for number in 0..<(PrometheusMetrics.seriesLimit + 5) {
            Gauge(label: "x", dimensions: [("n", "\(number)")], factory: metrics).record(1)
        }
        #expect(lines(metrics).count { $0.hasPrefix("x{") } == PrometheusMetrics.seriesLimit)
        #expect(lines(metrics).last == "metrics_refused_total 5")
    }

    @Test("what is destroyed is shown no more")
    func destroyed() {
        let metrics = PrometheusMetrics()
        let gauge = Gauge(label: "x", factory: metrics)
        gauge.record(1)
        metrics.destroyRecorder(metrics.makeRecorder(label: "x", dimensions: [], aggregate: false))
        #expect(metrics.text().isEmpty)
    }

    @Test(
        "numbers are written as the format wants them",
        arguments: [
            (1.0, "1"), (0.5, "0.5"), (-3, "-3"), (1e21, "1e+21"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (.nan, "NaN"),
        ])
    func numbers(value: Double, text: String) {
        #expect(MetricName.number(value) == text)
    }
}
