import Measurement
import Pipeline
import ScalingModel

// What the autoscaler costs beside a schedule that knows all that comes, in virtual time: the same figures on every machine.
// `ScalingCosts --json` writes them as JSON, `ScalingCosts SEED` those of another seed.

/// The figures of one load.
struct Figures {
    var load: String
    var cost: Double
    var optimum: Double
    var floor: Double
    /// In milliseconds.
    var p50: Double
    var p99: Double
    /// Of who comes later than 3 s after the start: from receipt to done, by the work alone.
    var slowdown: Double
    var actions: Int
    var largest: Int

    init(_ load: Load, seed: UInt64, workers: Int, policy: ScalingPolicy) {
        let arrivals = load.arrivals(seed: seed)
        let model = PoolModel()
        let outcome = model.run(arrivals, seconds: load.seconds, policy: policy)
        let optimum = Optimum(arrivals, seconds: load.seconds, in: model)
        let late = arrivals.indices.filter { arrivals[$0].time > 3 }
        self.load = load.name
        cost = outcome.cost * Double(workers)
        self.optimum = optimum.cost * Double(workers)
        floor = optimum.floor * Double(workers)
        p50 = outcome.wait(percentile: 50) * 1000
        p99 = outcome.wait(percentile: 99) * 1000
        slowdown =
            late.map { arrivals[$0].work + outcome.waits[$0] }.percentile(99)
            / late.map { arrivals[$0].work }.percentile(99)
        actions = outcome.actions
        largest = outcome.sizes.max() ?? 0
    }

    var json: String {
        """
        {"load": "\(load)", "worker_seconds": \(cost), "optimum": \(optimum), "floor": \(floor), \
        "ratio": \(cost / optimum), "wait_p50_ms": \(p50), "wait_p99_ms": \(p99), "slowdown_p99": \(slowdown), \
        "actions": \(actions), "largest": \(largest)}
        """
    }

    func printRow() {
        var row = Row(load)
        row.add(cost)
        row.add(optimum)
        row.add(floor)
        row.add(cost / optimum, decimals: 2)
        row.add(p50, decimals: 1)
        row.add(p99, decimals: 1)
        row.add(slowdown, decimals: 3)
        row.add(Double(actions))
        row.add(Double(largest))
        row.print()
    }
}

let isJSON = CommandLine.arguments.contains("--json")
let seed = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }.first ?? 1
let policy = ScalingPolicy()
let loads = Load.changing + Load.constant + Load.others

if isJSON {
    let figures = loads.map { Figures($0, seed: seed, workers: policy.workersPerSupervisor, policy: policy).json }
    print("[\n  \(figures.joined(separator: ",\n  "))\n]")
} else {
    var head = Row("load")
    for title in ["work s", "optimum", "floor", "ratio", "p50 ms", "p99 ms", "p99 of", "actions", "largest"] {
        head.add(title, width: 8)
    }
    head.print()
    for load in loads {
        Figures(load, seed: seed, workers: policy.workersPerSupervisor, policy: policy).printRow()
    }
}
