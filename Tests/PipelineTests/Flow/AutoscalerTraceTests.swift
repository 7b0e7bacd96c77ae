import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A trace of the autoscaler")
struct AutoscalerTraceTests {
    /// The loads of the trace, one a second: calm, a ramp, a wall, calm again, a short peak, silence.
    static let loads = [
        2, 2, 2, 8, 16, 24, 200, 200, 200, 200, 20, 20, 20, 20, 20, 20, 20, 90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]

    @Test("the decisions are, word by word, those that were once found right")
    func golden() {
        var scaler = Autoscaler(
            ScalingPolicy(
                min: 1, max: 16, workersPerSupervisor: 4, tick: .seconds(1), fastWindow: .seconds(2),
                holdWindow: .seconds(6),
                coolDown: .seconds(3)))
        var size = 1
        let trace = Self.loads.enumerated().map { second, load in
            let decision = scaler.decide(Autoscaler.Sample(time: .seconds(second), inFlight: load, supervisors: size))
            size = decision.to
            let held = decision.heldUntil.map { " until \($0.components.seconds)" } ?? ""
            return "\(second) \(decision.reason.rawValue)\(held): \(decision)"
        }
        #expect(trace == Self.expected.split(separator: "\n").map(String.init))
    }

    static let expected = """
        0 withinTolerance: stays at 1: the load is within the tolerance
        1 withinTolerance: stays at 1: the load is within the tolerance
        2 withinTolerance: stays at 1: the load is within the tolerance
        3 scaledUp: scaled up from 1 to 2: 8 in flight (mean 5.0) ask for 2
        4 scaledUp: scaled up from 2 to 4: 16 in flight (mean 12.0) ask for 4
        5 scaledUp: scaled up from 4 to 7: 24 in flight (mean 20.0) ask for 7
        6 limitedByRate: scaled up from 7 to 14, at most doubling at once: 200 in flight (mean 112.0) ask for 31
        7 limitedByMax: scaled from 14 to 16, the maximum: 200 in flight (mean 200.0) ask for 54
        8 limitedByMax: stays at 16, the maximum: 200 in flight (mean 200.0) ask for 54
        9 limitedByMax: stays at 16, the maximum: 200 in flight (mean 200.0) ask for 54
        10 limitedByMax: stays at 16, the maximum: 20 in flight (mean 110.0) ask for 31
        11 heldByWindow until 16: stays at 16: the hold window remembers more load
        12 heldByWindow until 16: stays at 16: the hold window remembers more load
        13 heldByWindow until 16: stays at 16: the hold window remembers more load
        14 heldByWindow until 16: stays at 16: the hold window remembers more load
        15 heldByWindow until 16: stays at 16: the hold window remembers more load
        16 scaledDown: scaled down from 16 to 8: 20 in flight (mean 20.0) ask for 7
        17 scaledUp: scaled up from 8 to 16: 90 in flight (mean 55.0) ask for 16
        18 heldByWindow until 23: stays at 16: the hold window remembers more load
        19 heldByWindow until 23: stays at 16: the hold window remembers more load
        20 heldByWindow until 23: stays at 16: the hold window remembers more load
        21 heldByWindow until 23: stays at 16: the hold window remembers more load
        22 heldByWindow until 23: stays at 16: the hold window remembers more load
        23 scaledDown: scaled down from 16 to 13: 0 in flight (mean 0.0) ask for 0
        24 coolingDown until 26: stays at 13: cooling down after the last change
        25 coolingDown until 26: stays at 13: cooling down after the last change
        26 scaledDown: scaled down from 13 to 7: 0 in flight (mean 0.0) ask for 0
        27 coolingDown until 29: stays at 7: cooling down after the last change
        28 coolingDown until 29: stays at 7: cooling down after the last change
        29 scaledDown: scaled down from 7 to 4: 0 in flight (mean 0.0) ask for 0
        30 coolingDown until 32: stays at 4: cooling down after the last change
        """
}
