import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("What holds for the autoscaler under any load, so long as the time of work is not known")
struct AutoscalerPropertyTests {
    static let seeds: ClosedRange<UInt64> = 1...40

    /// A policy and a load, both drawn at random.
    private struct Trial {
        var policy: ScalingPolicy
        var random: SeededGenerator

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            let min = Int.random(in: 1...4, using: &random)
            policy = ScalingPolicy(
                min: min, max: min + Int.random(in: 0...64, using: &random),
                workersPerSupervisor: .random(in: 1...16, using: &random), tick: .milliseconds(250),
                fastWindow: .milliseconds(Int.random(in: 1...4000, using: &random)),
                beta: .random(in: 0...3, using: &random),
                tolerance: .random(in: 0...0.5, using: &random),
                holdWindow: .milliseconds(Int.random(in: 0...20_000, using: &random)),
                coolDown: .milliseconds(Int.random(in: 0...5000, using: &random)))
        }

        /// Loads that linger, jump and fall silent.
        mutating func loads(_ count: Int) -> [Int] {
            var level = 0
            return (0..<count).map { _ in
                switch Int.random(in: 0..<20, using: &random) {
                case 0: level = 0
                case 1: level = Int.random(in: 0...2000, using: &random)
                case 2: level = level * 2 + 1
                case 3: level /= 3
                default: level = max(0, level + Int.random(in: -3...3, using: &random))
                }
                level = min(level, 100_000)
                return level
            }
        }

        /// The decisions over the loads, the pool being as large as was decided.
        func decisions(_ loads: [Int], from size: Int) -> [(time: Duration, decision: ScalingDecision)] {
            var (scaler, size) = (Autoscaler(policy), size)
            return loads.enumerated().map { index, load in
                let time = policy.tick * index
                let decision = scaler.decide(
                    Autoscaler.Sample(time: time, inFlight: load, supervisors: size))
                size = decision.to
                return (time, decision)
            }
        }
    }

    @Test("the bounds always hold, and growth at most doubles", arguments: seeds)
    func bounds(_ seed: UInt64) {
        var trial = Trial(seed: seed)
        let policy = trial.policy
        // It may find a pool that is larger or smaller than it should be.
        for (_, decision) in trial.decisions(trial.loads(400), from: Int.random(in: 1...100, using: &trial.random)) {
            #expect((policy.min...policy.max).contains(decision.to))
            if decision.from >= policy.min { #expect(decision.to <= max(decision.from + 1, 2 * decision.from)) }
            if decision.from <= policy.max { #expect(decision.to >= (decision.from + 1) / 2) }
        }
    }

    @Test("within the tolerance the pool never grows, and outside of it always, up to the maximum", arguments: seeds)
    func tolerance(_ seed: UInt64) {
        var trial = Trial(seed: seed)
        let policy = trial.policy
        for (_, decision) in trial.decisions(trial.loads(400), from: policy.min) {
            let slots = decision.mean + policy.beta * decision.mean.squareRoot()
            let capacity = Double(decision.from * policy.workersPerSupervisor)
            if slots <= (1 + policy.tolerance) * capacity {
                #expect(decision.to <= decision.from)
            } else {
                #expect(decision.to > decision.from || decision.from == policy.max)
            }
        }
    }

    @Test("the hold holds, it never raises: the pool grows only for the load of this moment", arguments: seeds)
    func holdNeverRaises(_ seed: UInt64) {
        var trial = Trial(seed: seed)
        let policy = trial.policy
        for (_, decision) in trial.decisions(trial.loads(400), from: policy.min) {
            if decision.to > decision.from { #expect(decision.to <= decision.raw) }
            if decision.heldUntil != nil { #expect(decision.to == decision.from) }
        }
    }

    @Test("it shrinks never below what was needed in the hold window, nor within the cool-down", arguments: seeds)
    func shrinking(_ seed: UInt64) {
        var trial = Trial(seed: seed)
        let policy = trial.policy
        let decisions = trial.decisions(trial.loads(400), from: policy.min)
        var lastChange: Duration?
        for (index, (time, decision)) in decisions.enumerated() {
            if decision.to < decision.from {
                let window = decisions[...index].reversed().prefix {
                    $0.time > time - policy.holdWindow || $0.time == time
                }
                let need = window.map { min(max($0.decision.raw, policy.min), policy.max) }.max() ?? 0
                #expect(decision.to >= need)
                #expect(time >= policy.holdWindow)
                if let lastChange { #expect(time >= lastChange + policy.coolDown) }
            }
            if decision.to != decision.from { lastChange = time }
        }
    }

    /// From the minimum a constant load needs a doubling per power of two. One more where `max` is not reached by doublings of
    /// `min`, because the last step is then a part of one; ⌈log₂(max)⌉ has that in it, as `min` is at least 1.
    @Test("under a constant load it grows in at most ⌈log₂(max)⌉ steps, then never moves again", arguments: seeds)
    func constantLoad(_ seed: UInt64) {
        var trial = Trial(seed: seed)
        let load = Int.random(in: 0...1000, using: &trial.random)
        let decisions = trial.decisions(Array(repeating: load, count: 400), from: trial.policy.min).map(\.decision)
        let actions = decisions.indices.filter { decisions[$0].to != decisions[$0].from }
        #expect(actions.count <= ceilLog2(trial.policy.max))
        #expect(actions.allSatisfy { decisions[$0].to > decisions[$0].from })
        #expect(actions == Array(0..<actions.count))
    }

    /// One more action than the halvings: a pool above the maximum is first cut to it.
    @Test(
        "a constant load brings a pool of any size to rest in ⌈log₂(max)⌉ + 1 steps of one direction", arguments: seeds)
    func constantLoadFromAnySize(_ seed: UInt64) {
        var trial = Trial(seed: seed)
        let load = Int.random(in: 0...1000, using: &trial.random)
        let size = Int.random(in: 1...200, using: &trial.random)
        let decisions = trial.decisions(Array(repeating: load, count: 400), from: size).map(\.decision)
        let changes = decisions.filter { $0.to != $0.from }
        #expect(changes.count <= ceilLog2(trial.policy.max) + 1)
        // From below the minimum or above the maximum, the first step is to the bound, whatever the load.
        let free = changes.drop { !(trial.policy.min...trial.policy.max).contains($0.from) }
        #expect(free.allSatisfy { $0.to > $0.from } || free.allSatisfy { $0.to < $0.from })
        #expect(decisions.suffix(100).allSatisfy { $0.to == $0.from })
    }

    @Test("more load at every tick never asks for less", arguments: seeds)
    func monotone(_ seed: UInt64) {
        var trial = Trial(seed: seed)
        let loads = trial.loads(400)
        var (less, more) = (Autoscaler(trial.policy), Autoscaler(trial.policy))
        for (index, load) in loads.enumerated() {
            let size = Int.random(in: trial.policy.min...trial.policy.max, using: &trial.random)
            func sample(_ load: Int) -> Autoscaler.Sample {
                Autoscaler.Sample(
                    time: trial.policy.tick * index, inFlight: load, supervisors: size)
            }
            let extra = Int.random(in: 0...50, using: &trial.random)
            #expect(less.decide(sample(load)).raw <= more.decide(sample(load + extra)).raw)
        }
    }

    private func ceilLog2(_ value: Int) -> Int {
        value <= 1 ? 0 : Int.bitWidth - (value - 1).leadingZeroBitCount
    }
}
