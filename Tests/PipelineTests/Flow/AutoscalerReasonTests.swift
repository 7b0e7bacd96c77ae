import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The autoscaler's reasons")
struct AutoscalerReasonTests {
    /// Ticks of a second, no averaging, 4 workers in each, and neither hold nor cool-down unless a case is about them.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var min = 1
        var max = 16
        var hold = Duration.zero
        var coolDown = Duration.zero
        /// What comes before the decision in question: loads at the sizes that the autoscaler then wanted.
        var before: [Int] = []
        var inFlight: Int
        /// The size at the decision; nil: what was decided before.
        var from: Int?
        var pinned: Int?
        var isDraining = false
        var isResting = false
        var isUnavailable = false
        var isStartFailing = false
        var isOutputBlocked = false
        var to: Int
        var raw: Int
        var reason: ScalingDecision.Reason

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "16 in flight ask for 20 slots", inFlight: 16, from: 3, to: 5, raw: 5, reason: .scaledUp),
        Case(name: "growth at most doubles", inFlight: 100, from: 3, to: 6, raw: 28, reason: .limitedByRate),
        Case(name: "one may become two", inFlight: 4, from: 1, to: 2, raw: 2, reason: .scaledUp),
        Case(name: "growth ends at the maximum", inFlight: 100, from: 9, to: 16, raw: 28, reason: .limitedByMax),
        Case(name: "at the maximum it stays", inFlight: 100, from: 16, to: 16, raw: 28, reason: .limitedByMax),
        Case(name: "20 slots are needed, there are 20", inFlight: 16, from: 5, to: 5, raw: 5, reason: .withinTolerance),
        // 30 + √30 = 35.5 slots; 1.1 · 32 = 35.2. 29 + √29 = 34.4.
        Case(name: "just within the tolerance", inFlight: 29, from: 8, to: 8, raw: 9, reason: .withinTolerance),
        Case(name: "just outside of the tolerance", inFlight: 30, from: 8, to: 9, raw: 9, reason: .scaledUp),
        Case(name: "nothing to do, at the minimum", inFlight: 0, from: 1, to: 1, raw: 0, reason: .limitedByMin),
        Case(name: "little to do, at the minimum", min: 4, inFlight: 1, from: 4, to: 4, raw: 1, reason: .limitedByMin),
        Case(
            name: "below the minimum it grows to it", min: 4, inFlight: 0, from: 2, to: 4, raw: 0, reason: .limitedByMin
        ),
        Case(name: "above the maximum it shrinks to it", inFlight: 0, from: 20, to: 16, raw: 0, reason: .limitedByMax),
        Case(name: "with nothing to hold it, it halves", inFlight: 0, from: 16, to: 8, raw: 0, reason: .scaledDown),
        Case(name: "half of an odd size is rounded up", inFlight: 0, from: 5, to: 3, raw: 0, reason: .scaledDown),
        Case(name: "it shrinks to what is needed", inFlight: 16, from: 6, to: 5, raw: 5, reason: .scaledDown),
        Case(name: "it shrinks to the minimum", min: 3, inFlight: 0, from: 4, to: 3, raw: 0, reason: .scaledDown),
        Case(
            name: "the window remembers the load", hold: .seconds(5), before: [0, 0, 0, 0, 0, 64], inFlight: 0,
            from: 16, to: 16,
            raw: 0, reason: .heldByWindow),
        Case(
            name: "the window remembers less than there is", hold: .seconds(5), before: [0, 0, 0, 16, 0], inFlight: 0,
            from: 8,
            to: 5, raw: 0, reason: .scaledDown),
        Case(
            name: "a window that has not been watched for its length holds", hold: .seconds(5), before: [0, 0],
            inFlight: 0, from: 8,
            to: 8, raw: 0, reason: .heldByWindow),
        Case(
            name: "the load leaves the window at its end", hold: .seconds(3), before: [0, 64, 0, 0], inFlight: 0,
            from: 8, to: 4,
            raw: 0, reason: .scaledDown),
        Case(
            name: "it cools down after a change", coolDown: .seconds(3), before: [100, 0], inFlight: 0, to: 2, raw: 0,
            reason: .coolingDown),
        Case(
            name: "it has cooled down", coolDown: .seconds(2), before: [100, 0], inFlight: 0, to: 1, raw: 0,
            reason: .scaledDown),
        Case(
            name: "growth need not cool down", coolDown: .seconds(9), before: [100], inFlight: 100, to: 4, raw: 28,
            reason: .limitedByRate),
        Case(name: "a pin is obeyed at once", inFlight: 0, from: 2, pinned: 9, to: 9, raw: 0, reason: .pinned),
        Case(
            name: "a pin keeps the size against the load", inFlight: 100, from: 2, pinned: 2, to: 2, raw: 28,
            reason: .pinned),
        Case(
            name: "a pin above the maximum is the maximum", inFlight: 0, from: 2, pinned: 99, to: 16, raw: 0,
            reason: .pinned),
        Case(
            name: "a pin below the minimum is the minimum", min: 2, inFlight: 0, from: 3, pinned: 1, to: 2, raw: 0,
            reason: .pinned),
        Case(name: "a drain does not shrink", inFlight: 0, from: 8, isDraining: true, to: 8, raw: 0, reason: .draining),
        Case(name: "a drain may grow", inFlight: 100, from: 8, isDraining: true, to: 16, raw: 28, reason: .draining),
        Case(
            name: "a drain does not heed the pin", inFlight: 100, from: 8, pinned: 2, isDraining: true, to: 16, raw: 28,
            reason: .draining),
        Case(
            name: "an open circuit breaker holds the size, against the load too", inFlight: 100, from: 8,
            isResting: true, to: 8, raw: 8, reason: .breakerOpen),
        Case(
            name: "an output that takes nothing holds the size, against the load too", inFlight: 100, from: 8,
            isOutputBlocked: true, to: 8, raw: 8, reason: .outputBlocked),
        Case(
            name: "a handler that is unavailable holds the size, against the load too", inFlight: 100, from: 8,
            isUnavailable: true, to: 8, raw: 8, reason: .handlerUnavailable),
        Case(
            name: "while workers cannot start there are no more of them", inFlight: 100, from: 8, isStartFailing: true,
            to: 8, raw: 28, reason: .workersCannotStart),
        Case(
            name: "but there may be fewer", inFlight: 0, from: 8, isStartFailing: true, to: 4, raw: 0,
            reason: .scaledDown),
        Case(
            name: "also during a drain", inFlight: 100, from: 8, isDraining: true, isOutputBlocked: true, to: 8,
            raw: 8, reason: .outputBlocked),
    ]

    @Test("every decision has its reason", arguments: cases)
    func reason(_ test: Case) {
        var scaler = Autoscaler(
            ScalingPolicy(
                min: test.min, max: test.max, workersPerSupervisor: 4, tick: .seconds(1), fastWindow: .milliseconds(1),
                beta: 1, tolerance: 0.1, holdWindow: test.hold, coolDown: test.coolDown))
        var (time, size) = (Duration.zero, test.from ?? test.min)
        for load in test.before {
            let decision = scaler.decide(Autoscaler.Sample(time: time, inFlight: load, supervisors: size))
            if test.from == nil { size = decision.to }
            time += .seconds(1)
        }
        let decision = scaler.decide(
            Autoscaler.Sample(
                time: time, inFlight: test.inFlight, supervisors: size, pinned: test.pinned,
                isDraining: test.isDraining, isResting: test.isResting, isUnavailable: test.isUnavailable,
                isStartFailing: test.isStartFailing, isOutputBlocked: test.isOutputBlocked))
        #expect(decision.from == size)
        #expect(decision.to == test.to)
        #expect(decision.raw == test.raw)
        #expect(decision.reason == test.reason)
        #expect(decision.inFlight == test.inFlight)
        #expect(decision.mean == Double(test.inFlight))
    }

    @Test(
        "after the circuit breaker was open it begins anew: what was held back is forgotten, the size held for a window"
    )
    func afterRest() {
        var scaler = Autoscaler(
            ScalingPolicy(max: 16, workersPerSupervisor: 4, fastWindow: .seconds(5), holdWindow: .seconds(10)))
        func decide(_ second: Int, _ load: Int, isResting: Bool = false) -> ScalingDecision {
            scaler.decide(
                Autoscaler.Sample(time: .seconds(second), inFlight: load, supervisors: 8, isResting: isResting))
        }
        _ = decide(0, 30)
        _ = decide(1, 30)
        #expect(decide(2, 500, isResting: true).to == 8)
        #expect(decide(62, 500, isResting: true).to == 8)
        let first = decide(63, 2)
        #expect(first.mean == 2)
        #expect(first.reason == .heldByWindow)
        #expect(first.heldUntil == .seconds(73))
        #expect(decide(72, 2).reason == .heldByWindow)
        #expect(decide(73, 2).reason == .scaledDown)
    }

    @Test("every reason stands in the table")
    func allReasons() {
        #expect(Set(Self.cases.map(\.reason)) == Set(ScalingDecision.Reason.allCases))
    }

    @Test("the load is averaged over the fast window")
    func average() {
        var scaler = Autoscaler(ScalingPolicy(fastWindow: .seconds(2)))
        let means = [8, 0, 4, 40].enumerated().map { second, load in
            scaler.decide(Autoscaler.Sample(time: .seconds(second), inFlight: load, supervisors: 8)).mean
        }
        #expect(means == [8, 4, 2, 22])
    }

    @Test("a held size says until when")
    func heldUntil() {
        var scaler = Autoscaler(
            ScalingPolicy(
                max: 16, workersPerSupervisor: 4, fastWindow: .milliseconds(1), holdWindow: .seconds(10),
                coolDown: .zero))
        func decide(_ second: Int, _ load: Int) -> ScalingDecision {
            scaler.decide(Autoscaler.Sample(time: .seconds(second), inFlight: load, supervisors: 8))
        }
        #expect(decide(0, 0).heldUntil == .seconds(10))
        #expect(decide(3, 32).heldUntil == nil)
        #expect(decide(4, 0).heldUntil == .seconds(13))
        #expect(decide(12, 0).heldUntil == .seconds(13))
        let free = decide(13, 0)
        #expect(free.heldUntil == nil)
        #expect(free.reason == .scaledDown)
    }
}
