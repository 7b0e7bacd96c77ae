import Testing

@testable import Flow

@Suite("What the work is measured by")
struct WorkMeterTests {
    /// Ticks of a quarter of a second, a fast window of 2 s.
    private func measures(_ counts: [WorkCounts], slots: Int = 1000) -> [WorkMeasure?] {
        var meter = WorkMeter()
        return counts.enumerated().map { tick, counts in
            meter.measure(
                counts, slots: slots, at: .milliseconds(250) * tick, window: .seconds(2), tick: .milliseconds(250))
        }
    }

    /// 100 a second that take so many seconds each.
    private func steady(_ tick: Int, inHand: Int, batch: Double = 1) -> WorkCounts {
        WorkCounts(
            arrived: UInt64(25 * tick), ended: UInt64(max(0, 25 * tick - inHand)), leased: inHand,
            hands: Int(Double(inHand) / batch), waiting: 0, batch: batch)
    }

    @Test("the time of work is that of Little's law, the rate that of the window")
    func little() throws {
        let measure = try #require(measures((0..<40).map { steady($0, inHand: 20) }).last ?? nil)
        #expect(abs(measure.seconds - 0.2) < 1e-9)
        #expect(abs(measure.perSecond - 100) < 1e-9)
        #expect(abs(measure.load - 20) < 1e-9)
        #expect(measure.waiting == 0)
    }

    @Test("it is not known before some work has ended, nor when it is longer than the window")
    func unknown() {
        #expect(measures([WorkCounts(arrived: 0, ended: 0, leased: 0, hands: 0, waiting: 0)]) == [nil])
        #expect(
            measures((0..<40).map { _ in WorkCounts(arrived: 500, ended: 7, leased: 8, hands: 8, waiting: 9) })[39]
                == nil)
        #expect(measures((0..<400).map { steady($0, inHand: 300) })[399] == nil)
    }

    @Test("in a young pool, where only short work has ended, what is still at work counts too")
    func young() throws {
        // 8 workers for half a second, half of whose work has ended: each took a third of a second, not a quarter.
        let counts = [
            WorkCounts(arrived: 0, ended: 0, leased: 0, hands: 0, waiting: 0),
            WorkCounts(arrived: 100, ended: 2, leased: 8, hands: 8, waiting: 90),
            WorkCounts(arrived: 200, ended: 8, leased: 8, hands: 8, waiting: 184),
        ]
        let measures = measures(counts, slots: 8)
        #expect(measures[1] == nil)
        #expect(measures[2]?.seconds == 4.0 / 12)
        #expect(measures[2]?.waiting == 184)
        #expect(measures[2]?.perSecond == 400)
    }

    @Test("a rate that rises at once counts at once, as far as chance does not explain it")
    func sudden() throws {
        var counts = (0..<40).map { steady($0, inHand: 20) }
        for _ in 0..<2 {
            var next = counts[counts.count - 1]
            next.arrived += 250
            next.waiting += 225
            next.ended += 25
            counts.append(next)
        }
        let measure = try #require(measures(counts).last ?? nil)
        // 500 in half a second, less three times their root; the window says 325/s.
        #expect(abs(measure.perSecond - (500 - 3 * 500.0.squareRoot()) / 0.5) < 1e-9)
    }

    @Test("of hands of several each message has its part, and what a worker has in hand beside its work waits")
    func hands() throws {
        let measure = try #require(measures((0..<40).map { steady($0, inHand: 40, batch: 4) }).last ?? nil)
        #expect(abs(measure.seconds - 0.1) < 1e-9)
        let saturated = try #require(measures((0..<40).map { steady($0, inHand: 40) }, slots: 10).last ?? nil)
        #expect(abs(saturated.seconds - 0.1) < 1e-9)
    }

    @Test("figures that make no sense do not end it")
    func nonsense() {
        let counts = [
            WorkCounts(arrived: .max, ended: 0, leased: .max, hands: .max, waiting: .infinity),
            WorkCounts(arrived: 0, ended: .max, leased: 0, hands: -1, waiting: -1, batch: 0),
            WorkCounts(arrived: .max, ended: .max, leased: .max, hands: .max, waiting: .infinity, batch: .infinity),
        ]
        var scaler = Autoscaler(ScalingPolicy())
        for (index, counts) in (counts + counts).enumerated() {
            let decision = scaler.decide(
                Autoscaler.Sample(time: .seconds(index / 2), inFlight: 1, supervisors: 3, work: counts))
            #expect((1...64).contains(decision.to) && !decision.description.isEmpty)
        }
    }
}
