import DequeModule

/// How many restarts a supervisor bears: `restarts` within `period`; one more and it gives up.
public struct RestartBudget: Sendable, Hashable {
    /// The largest number of restarts: there is no unlimited one, and each that counts is remembered (16 bytes).
    public static let maximumRestarts = 1_000_000

    /// How many restarts are borne; 0 allows none.
    public var restarts: Int
    /// The sliding time over which they are counted; more than zero.
    public var period: Duration

    /// Default as in OTP: 1 in 5 s.
    public init(restarts: Int = 1, within period: Duration = .seconds(5)) {
        self.restarts = restarts
        self.period = period
    }
}

/// Counts restarts against a budget.
///
/// A restart counts for as long as it is not older than the period. OTP counts whole seconds; this counts in the
/// clock's own precision. A value without a clock: the time is given.
public struct RestartIntensity: Sendable {
    /// What it counts against. What was counted stays when it is changed.
    public var budget: RestartBudget
    private var restarts: Deque<Duration> = []

    /// Starts with nothing counted.
    public init(_ budget: RestartBudget) {
        self.budget = budget
    }

    /// Counts a restart at `now`. False: that was one too many.
    public mutating func allowsRestart(at now: Duration) -> Bool {
        while let oldest = restarts.first, oldest < now - budget.period {
            restarts.removeFirst()
        }
        restarts.append(now)
        return restarts.count <= budget.restarts
    }

    /// How many restarts are left at `now` before the supervisor gives up.
    public func remaining(at now: Duration) -> Int {
        max(0, budget.restarts - (restarts.count - countOfOld(at: now)))
    }

    /// How many at the front are older than the period. There may be many: restarts that are not charged remove none.
    private func countOfOld(at now: Duration) -> Int {
        var (low, high) = (0, restarts.count)
        while low < high {
            let middle = (low + high) / 2
            if restarts[middle] < now - budget.period { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
