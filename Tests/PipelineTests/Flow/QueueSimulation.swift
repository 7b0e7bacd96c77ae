import Foundation

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A pool in virtual time: Poisson arrivals into one FIFO, exponential service, and an autoscaler that sees the count in flight.
///
/// Both waits have no memory, so the next event is drawn afresh after each: an arrival at the rate of the load, or the end of a
/// service at the rate of all busy workers together. A direct supervisor that is told to go keeps its busy workers until they
/// are done, as in the tree.
struct QueueSimulation {
    struct Result {
        /// Changes of the size.
        var actions = 0
        /// Changes in the other direction than the change before.
        var reversals = 0
        /// Waits for a worker, in seconds, in ascending order.
        var waits: [Double] = []
        var sizes: [Int] = []

        func wait(percentile: Double) -> Double {
            waits.isEmpty ? 0 : waits[min(waits.count - 1, Int(Double(waits.count) * percentile / 100))]
        }
    }

    var policy: ScalingPolicy
    /// Arrivals a second at a time in seconds.
    var load: (Double) -> Double
    /// What ``load`` never exceeds.
    var peak: Double
    var meanService = 0.2
    var seed: UInt64 = 1

    func run(seconds: Double) -> Result {
        var (random, scaler, result) = (SeededGenerator(seed: seed), Autoscaler(policy), Result())
        var (size, busy, now, lastDirection) = (policy.min, 0, 0.0, 0)
        var (queue, head) = ([Double](), 0)
        let tick = policy.tick / .seconds(1)
        var ticks = 0
        while now < seconds {
            let rate = peak + Double(busy) / meanService
            let next = now - log(random.unit()) / rate
            if next > Double(ticks) * tick {
                // Without memory, what has been drawn may be thrown away.
                now = Double(ticks) * tick
                let decision = scaler.decide(
                    Autoscaler.Sample(
                        time: policy.tick * ticks, inFlight: queue.count - head + busy, supervisors: size,
                        meanBusy: .seconds(meanService)))
                if decision.to != size {
                    let direction = decision.to > size ? 1 : -1
                    result.actions += 1
                    if direction == -lastDirection { result.reversals += 1 }
                    (lastDirection, size) = (direction, decision.to)
                }
                result.sizes.append(size)
                ticks += 1
            } else {
                now = next
                let draw = random.unit() * rate
                if draw > peak {
                    busy -= 1
                } else if draw <= load(now) {
                    queue.append(now)
                }
            }
            while head < queue.count, busy < size * policy.workersPerSupervisor {
                result.waits.append(now - queue[head])
                head += 1
                busy += 1
            }
        }
        result.waits.sort()
        return result
    }
}
