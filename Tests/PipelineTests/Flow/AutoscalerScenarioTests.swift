import Flow
import ScalingModel
import Testing

@Suite("The autoscaler in virtual time")
struct AutoscalerScenarioTests {
    static let model = PoolModel()

    private func outcome(
        _ load: Load, seed: UInt64, policy: ScalingPolicy = ScalingPolicy()
    ) -> (
        arrivals: [Arrival], outcome: PoolModel.Outcome
    ) {
        let arrivals = load.arrivals(seed: seed)
        return (arrivals, Self.model.run(arrivals, seconds: load.seconds, policy: policy))
    }

    @Test(
        "a load that changes costs at most 1.3 times what one pays who knows all that comes, and that is near the least",
        arguments: Load.changing)
    func cost(_ load: Load) {
        let (arrivals, outcome) = outcome(load, seed: 1)
        let optimum = Optimum(arrivals, seconds: load.seconds, in: Self.model)
        let ratio = outcome.cost / optimum.cost
        #expect(ratio <= 1.3, "\(load.name): \(ratio)")
        // Nor is it bought with waiting.
        #expect(outcome.wait(percentile: 99) < 0.2)
        #expect(optimum.p99 <= Optimum.wait)
        #expect(optimum.cost >= optimum.floor && optimum.cost <= 1.15 * optimum.floor)
    }

    @Test("ten minutes of the same load take at most five steps, the start included", arguments: Load.constant)
    func constant(_ load: Load) {
        for seed: UInt64 in 1...2 {
            let outcome = outcome(load, seed: seed).outcome
            #expect(outcome.actions <= 5, "\(load.name), seed \(seed): \(outcome.actions)")
            #expect(outcome.wait(percentile: 99) < 0.1)
        }
    }

    @Test("what comes later than 3 s after a cold start is done in 1.1 times its own time, 99 of 100")
    func coldStart() throws {
        let load = try #require(Load.changing.first)
        for seed: UInt64 in 1...3 {
            let (arrivals, outcome) = outcome(load, seed: seed)
            let late = arrivals.indices.filter { arrivals[$0].time > 3 }
            let alone = late.map { arrivals[$0].work }.percentile(99)
            let done = late.map { arrivals[$0].work + outcome.waits[$0] }.percentile(99)
            #expect(done <= 1.1 * alone, "seed \(seed): \(done) of \(alone) s")
            // It took 64 for a minute when a backlog was read as load.
            #expect(outcome.sizes.dropFirst(4 * 5).allSatisfy { (34...42).contains($0) })
        }
    }

    @Test("work that is longer than the fast window is staffed by what is in flight")
    func longWork() {
        let load = Load("long", seconds: 400, peak: 20, work: .between(3, 6)) { $0 < 200 ? 20 : 2 }
        let outcome = outcome(load, seed: 1).outcome
        #expect(outcome.wait(percentile: 99) < 1)
        // 90 in flight and the slack of their root; a tenth of it afterwards, but for the hold window.
        #expect((13...18).contains(outcome.sizes[4 * 150]))
        #expect((1...4).contains(outcome.sizes[4 * 399]))
    }

    @Test("a handler that becomes a hundred times slower has a pool that follows")
    func slower() {
        // 100/s of 5 ms, and then of 500 ms.
        let load = Load("slower", seconds: 60, peak: 100) { _ in 100 }
        var arrivals = load.arrivals(seed: 1)
        for index in arrivals.indices { arrivals[index].work = arrivals[index].time < 30 ? 0.005 : 0.5 }
        let outcome = Self.model.run(arrivals, seconds: load.seconds, policy: ScalingPolicy())
        #expect(outcome.sizes[4 * 29] == 1)
        #expect((7...10).contains(outcome.sizes[4 * 45]))
        let late = arrivals.indices.filter { arrivals[$0].time > 36 }.map { outcome.waits[$0] }
        #expect(late.percentile(99) < 0.05)
    }

    @Test("no load at all never moves the pool")
    func nothing() {
        let outcome = Self.model.run([], seconds: 300, policy: ScalingPolicy())
        #expect(outcome.actions == 0 && outcome.cost == 300)
    }
}

extension Load: CustomTestStringConvertible {
    /// Its name.
    public var testDescription: String { name }
}
