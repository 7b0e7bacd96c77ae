import Benchmark
import Measurement
import Pipeline

/// The entry that the benchmark package calls.
let benchmarks: @Sendable () -> Void = {
    for demand in [Demand(), Demand(batch: 128)] {
        let throughput = Tree(demand)
        let rates = Rates()
        let name = demand.batch == 1 ? "messages one by one" : "messages in batches of \(demand.batch)"
        Benchmark(
            name,
            configuration: Benchmark.Configuration(
                metrics: [.messageRate, .wallClock, .cpuTotal], warmupIterations: 2, maxDuration: .seconds(5),
                maxIterations: 200)
        ) { benchmark in
            let rate = await throughput.rate(ofHandling: 20_000)
            benchmark.measurement(.messageRate, Int(rate))
            if benchmark.currentIteration >= 2 { rates.samples.add(rate) }
        } setup: {
            await throughput.start()
        } teardown: {
            await throughput.stop()
            rates.print("messages a second", of: name)
        }
    }

    // What no recovery can be faster than: a new task says that it runs.
    let starts = Rates()
    Benchmark(
        "a bare task",
        configuration: Benchmark.Configuration(
            metrics: [.start], warmupIterations: 20, maxDuration: .seconds(3), maxIterations: 2000)
    ) { benchmark in
        let start = await BareTask.start()
        benchmark.measurement(.start, Int(start))
        if benchmark.currentIteration >= 20 { starts.samples.add(start) }
    } teardown: {
        starts.print("microseconds", of: "a bare task")
    }

    for target in [(name: "worker", crash: CrashTarget.worker(nil)), ("direct supervisor", .directSupervisor(nil))] {
        let tree = Tree()
        let recoveries = Rates()
        Benchmark(
            "a new \(target.name)",
            configuration: Benchmark.Configuration(
                metrics: [.recovery], warmupIterations: 20, maxDuration: .seconds(3), maxIterations: 2000)
        ) { benchmark in
            guard let recovery = await tree.recovery(from: target.crash) else { return }
            benchmark.measurement(.recovery, Int(recovery))
            if benchmark.currentIteration >= 20 { recoveries.samples.add(recovery) }
        } setup: {
            await tree.start()
        } teardown: {
            await tree.stop()
            recoveries.print("microseconds", of: "a new \(target.name)")
        }
    }
}

/// The figures of one benchmark.
private final class Rates {
    var samples = Samples()

    func print(_ unit: String, of name: String) {
        var row = Row(name)
        row.add(samples.median)
        row.note(
            "\(unit) (1 % below \(samples.quantile(0.01).text(decimals: 0)), "
                + "1 % above \(samples.quantile(0.99).text(decimals: 0)); \(samples.count) rounds)")
        row.print()
    }
}

extension BenchmarkMetric {
    static let messageRate = custom("messages a second", polarity: .prefersLarger, useScalingFactor: false)
    static let start = custom("spawn to run, microseconds", useScalingFactor: false)
    static let recovery = custom("crash to replacement, microseconds", useScalingFactor: false)
}
