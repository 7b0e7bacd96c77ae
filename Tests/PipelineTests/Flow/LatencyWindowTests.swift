import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The window of latencies")
struct LatencyWindowTests {
    private func isNear(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) <= expected / 500 }

    @Test("an empty window has zeros")
    func empty() {
        #expect(LatencyWindow(at: .zero).summary == LatencySummary())
    }

    @Test("percentiles are those of what was recorded, to three significant digits")
    func percentiles() {
        var window = LatencyWindow(at: .zero)
        for milliseconds in (1...1000).reversed() { window.record(.milliseconds(milliseconds)) }
        let summary = window.summary
        #expect(isNear(summary.p50, 500))
        #expect(isNear(summary.p75, 750))
        #expect(isNear(summary.p90, 900))
        #expect(isNear(summary.p95, 950))
        #expect(isNear(summary.p99, 990))
        #expect(isNear(summary.max, 1000))
    }

    @Test("what took equally long counts as often as it was")
    func counts() {
        var window = LatencyWindow(at: .zero)
        window.record(.milliseconds(10), count: 95)
        window.record(.milliseconds(20), count: 5)
        #expect(isNear(window.summary.p95, 10) && isNear(window.summary.p99, 20))
    }

    @Test("percentiles are over all slices of the window")
    func overSlices() {
        var window = LatencyWindow(at: .zero)
        for slice in 0..<4 {
            window.advance(to: .seconds(10 * slice))
            for _ in 0..<25 { window.record(.milliseconds(100 * (slice + 1))) }
        }
        let summary = window.summary
        #expect(isNear(summary.p50, 200))
        #expect(isNear(summary.p75, 300))
        #expect(isNear(summary.max, 400))
    }

    @Test(
        "a latency is kept for 30 to 40 seconds",
        arguments: [
            (0, 39, true), (0, 40, false), (9, 39, true), (9, 40, false), (10, 49, true), (10, 50, false),
            (0, 1000, false),
        ])
    func rotation(_ recorded: Int, _ asked: Int, _ isKept: Bool) {
        var window = LatencyWindow(at: .zero)
        window.advance(to: .seconds(recorded))
        window.record(.milliseconds(7))
        window.advance(to: .seconds(asked))
        #expect((window.summary.max > 0) == isKept)
    }

    @Test("after a long pause a new latency is kept as long as any")
    func longPause() {
        var window = LatencyWindow(at: .zero)
        window.record(.seconds(1))
        window.advance(to: .seconds(1003))
        window.record(.milliseconds(5))
        for second in 1003...1042 { window.advance(to: .seconds(second)) }
        #expect(isNear(window.summary.max, 5))
        window.advance(to: .seconds(1043))
        #expect(window.summary == LatencySummary())
    }

    @Test("nothing is too short or too long to be recorded")
    func extremes() {
        var window = LatencyWindow(at: .zero)
        window.record(.zero)
        window.record(.nanoseconds(-5))
        #expect(window.summary.max == 0.001)
        window.record(.seconds(100_000))
        #expect(isNear(window.summary.max, 3_600_000))
    }
}
