/// Tells the time in which a process ran from the time in which it could not: a machine asleep, a stopped process, a frozen
/// control group. A value without a clock: whoever looks at one notes what it showed.
///
/// It is to be told the time at least once a ``period`` while the process runs. So a gap that is longer than the ``limit``
/// is no time in which anybody ran, and counts as one period, however long it was. On a machine that is merely busy the gaps
/// are shorter; and one that is not still counts its period each time, so that time never stands still for good.
struct RunningTime: Sendable {
    /// What a gap counts at most, in nanoseconds.
    static let period: Int64 = 250_000_000
    /// A longer gap than this, in nanoseconds, is missed time.
    static let limit: Int64 = 1_000_000_000

    /// When the process was last seen to run.
    private(set) var seen: Int64 = 0
    /// How much time was missed, in all.
    private(set) var missed: Int64 = 0

    /// Notes that the process runs at this time of a clock that never stands still. True: it had not run before that.
    mutating func note(_ now: Int64) -> Bool {
        let gap = now - seen
        guard gap > 0 else { return false }
        seen = now
        guard gap > Self.limit else { return false }
        missed += gap - Self.period
        return true
    }
}
