/// What a schedule pays that knows all that comes, and may change the size at each tick as often as it likes.
///
/// It knows of each message when it comes and how long its work takes, so it knows how many workers would be busy if nobody
/// ever waited. Its size at a tick is the mean b of those over the tick, and γ·√b more or less. Of all γ it takes the least with
/// which 99 of 100 messages wait no longer than 50 ms, in the same pool with the same queue.
///
/// So it can be had: no less can be promised than that. How near it is to the least that there is, says its ``floor``: the work
/// itself, in direct supervisors that are all busy, and never less than the smallest pool. Nobody pays less, but for the hundredth of the
/// messages that may wait for as long as they like, and what 50 ms of waiting move out of a tick.
public struct Optimum: Sendable {
    /// How long 99 of 100 messages may wait, in seconds.
    public static let wait = 0.05

    /// Seconds of direct supervisors.
    public let cost: Double
    /// What nobody can pay less than, in the same unit.
    public let floor: Double
    /// The wait of 99 of 100, in seconds.
    public let p99: Double

    /// Makes one.
    public init(_ arrivals: [Arrival], seconds: Double, in model: PoolModel, min least: Int = 1) {
        let busy = Self.busy(arrivals, seconds: seconds, tick: model.tick)
        let workers = Double(model.workersPerSupervisor)
        floor = busy.reduce(0) { $0 + max(Double(least), $1 / workers) } * model.tick
        var (enough, tooLittle) = (4.0, -4.0)
        var best: PoolModel.Outcome?
        for _ in 0..<9 {
            let gamma = best == nil ? enough : (enough + tooLittle) / 2
            let plan = busy.map { max(least, Int((($0 + gamma * $0.squareRoot()) / workers).rounded(.up))) }
            let outcome = model.run(arrivals, seconds: seconds, from: plan[0]) {
                plan[Swift.min($0.tick, plan.count - 1)]
            }
            if outcome.waits.count(where: { $0 > Self.wait }) * 100 <= outcome.waits.count {
                if outcome.cost <= best?.cost ?? .infinity { best = outcome }
                enough = gamma
            } else {
                tooLittle = gamma
            }
            if best == nil { break }
        }
        cost = best?.cost ?? .infinity
        p99 = best?.wait(percentile: 99) ?? .infinity
    }

    /// How many workers would be busy if nobody ever waited: the mean of each tick.
    private static func busy(_ arrivals: [Arrival], seconds: Double, tick: Double) -> [Double] {
        var busy = Array(repeating: 0.0, count: Int((seconds / tick).rounded()))
        for arrival in arrivals {
            let end = min(arrival.time + arrival.work, seconds)
            var index = Int(arrival.time / tick)
            while index < busy.count, Double(index) * tick < end {
                let (from, to) = (max(arrival.time, Double(index) * tick), min(end, Double(index + 1) * tick))
                busy[index] += max(0, to - from) / tick
                index += 1
            }
        }
        return busy
    }
}
