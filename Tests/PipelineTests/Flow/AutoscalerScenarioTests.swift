import Foundation
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The autoscaler in virtual time")
struct AutoscalerScenarioTests {
    /// A load, and within what it is to be served. Waits are in milliseconds.
    struct Scenario: Sendable, CustomTestStringConvertible {
        var name: String
        var hold = 30
        var seconds = 600.0
        var peak: Double
        var load: @Sendable (Double) -> Double
        var actions: ClosedRange<Int>
        var reversals: ClosedRange<Int>
        var p99: ClosedRange<Double>
        /// The direct supervisors at the end.
        var end: ClosedRange<Int>

        var testDescription: String { name }
    }

    static let scenarios = [
        // 50/s · 0.2 s = 10 in flight, 13.2 slots of 4: 4, with a peak now and then.
        Scenario(
            name: "constant", peak: 50, load: { _ in 50 }, actions: 2...14, reversals: 0...8, p99: 0...60, end: 4...6),
        Scenario(
            name: "step", peak: 100, load: { (200..<400).contains($0) ? 100 : 10 }, actions: 5...14, reversals: 1...7,
            p99: 0...80, end: 1...2),
        Scenario(
            name: "sine", peak: 100, load: { 55 + 45 * sin($0 * 2 * .pi / 300) }, actions: 8...34, reversals: 2...14,
            p99: 0...80, end: 4...9),
        Scenario(
            name: "burst", seconds: 150, peak: 400, load: { (50..<55).contains($0) ? 400 : 5 }, actions: 6...16,
            reversals: 1...5,
            p99: 0...2500, end: 1...2),
        Scenario(
            name: "saw-tooth", peak: 120, load: { $0.truncatingRemainder(dividingBy: 100) * 1.2 }, actions: 15...60,
            reversals: 8...24, p99: 0...120, end: 5...9),
        // The window outlasts the teeth: the pool stays as large as they need it.
        Scenario(
            name: "saw-tooth under a long hold", hold: 150, peak: 120,
            load: { $0.truncatingRemainder(dividingBy: 100) * 1.2 }, actions: 4...14, reversals: 0...6, p99: 0...40,
            end: 8...10),
        Scenario(
            name: "silence", peak: 100, load: { $0 < 100 ? 100 : 0 }, actions: 5...12, reversals: 1...3, p99: 0...300,
            end: 1...1),
    ]

    @Test("each load is served within its declared ranges", arguments: scenarios)
    func scenario(_ scenario: Scenario) {
        for seed: UInt64 in 1...2 {
            let policy = ScalingPolicy(max: 32, workersPerSupervisor: 4, holdWindow: .seconds(scenario.hold))
            let result = QueueSimulation(policy: policy, load: scenario.load, peak: scenario.peak, seed: seed)
                .run(seconds: scenario.seconds)
            let p99 = result.wait(percentile: 99) * 1000
            let end = result.sizes.last ?? 0
            let summary: Comment =
                "seed \(seed): \(result.actions) actions, \(result.reversals) reversals, p99 \(Int(p99)) ms, ends at \(end)"
            #expect(scenario.actions.contains(result.actions), summary)
            #expect(scenario.reversals.contains(result.reversals), summary)
            #expect(scenario.p99.contains(p99), summary)
            #expect(scenario.end.contains(end), summary)
        }
    }

    @Test("no load at all never moves the pool")
    func nothing() {
        let result = QueueSimulation(policy: ScalingPolicy(), load: { _ in 0 }, peak: 1).run(seconds: 300)
        #expect(result.actions == 0)
        #expect(result.waits.isEmpty)
    }
}
