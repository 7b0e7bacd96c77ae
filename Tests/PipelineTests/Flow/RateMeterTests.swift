import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The rate")
struct RateMeterTests {
    private func rate(_ samples: [(milliseconds: Int, count: UInt64)]) -> Double {
        var meter = RateMeter()
        for sample in samples { meter.record(sample.count, at: .milliseconds(sample.milliseconds)) }
        return meter.perSecond
    }

    @Test("there is no rate before the second sample")
    func tooEarly() {
        #expect(rate([]) == 0)
        #expect(rate([(0, 100)]) == 0)
        #expect(rate([(500, 100), (500, 200)]) == 0)
    }

    @Test("it is what was settled between the first and the last sample, a second")
    func simple() {
        #expect(rate([(0, 0), (2000, 100)]) == 50)
        #expect(rate([(1000, 1000), (1250, 1010)]) == 40)
    }

    @Test("it looks back five seconds")
    func window() {
        // 100 a second for ten seconds, then nothing.
        let busy = (0...40).map { (milliseconds: $0 * 250, count: UInt64($0 * 25)) }
        #expect(rate(busy) == 100)
        let quiet = (41...60).map { (milliseconds: $0 * 250, count: UInt64(1000)) }
        #expect(rate(busy + quiet.prefix(10)) == 50)
        #expect(rate(busy + quiet) == 0)
    }

    @Test("after a pause it is the rate over the pause")
    func pause() {
        #expect(rate([(0, 0), (1000, 50), (21_000, 1050)]) == 50)
    }
}
