import Benchmark
import Measurement

/// The entry that the benchmark package calls.
let benchmarks: @Sendable () -> Void = {
    for stream in StreamCase.all {
        let measurement = ParserMeasurement(of: stream)
        Benchmark(
            stream.name,
            configuration: Benchmark.Configuration(
                metrics: [.parserRate, .memcpyRate, .memchrRate, .shareOfMemcpy, .allocations, .wallClock],
                warmupIterations: 2, maxDuration: .seconds(3), maxIterations: 100)
        ) { benchmark in
            let round = measurement.round(isWarmup: benchmark.currentIteration < 2)
            benchmark.measurement(.parserRate, Int(round.parser))
            benchmark.measurement(.memcpyRate, Int(round.memcpy))
            benchmark.measurement(.memchrRate, Int(round.memchr))
            benchmark.measurement(.shareOfMemcpy, Int(1000 * round.parser / round.memcpy))
            benchmark.measurement(.allocations, round.blocks)
        } setup: {
            measurement.prepare()
        } teardown: {
            measurement.row.print()
        }
    }
}

extension BenchmarkMetric {
    static let parserRate = custom("parser, MB/s", polarity: .prefersLarger, useScalingFactor: false)
    static let memcpyRate = custom("memcpy, MB/s", polarity: .prefersLarger, useScalingFactor: false)
    static let memchrRate = custom("memchr, MB/s", polarity: .prefersLarger, useScalingFactor: false)
    static let shareOfMemcpy = custom("parser/memcpy, thousandths", polarity: .prefersLarger, useScalingFactor: false)
    static let allocations = custom("blocks allocated", useScalingFactor: false)
}
