import HeapModule

/// One who sleeps by a ``TimerQueue``.
protocol Sleeping: AnyObject {
    /// Whether nobody waits for the end of this sleep any more.
    var hasGone: Bool { get }
}

/// Who sleeps until when. A sleep may end a little late, so that those which end about the same time end at once. A value without a
/// clock; times are in nanoseconds.
struct TimerQueue<Sleeper: Sleeping> {
    /// By how much a sleep may become longer.
    static func slack(of wait: UInt64) -> UInt64 { max(wait / 32, 250_000) }

    private struct Entry: Comparable {
        /// When the sleep is over, and when at the latest it is ended.
        let end, latest: UInt64
        let sleeper: Sleeper

        static func < (left: Self, right: Self) -> Bool { left.latest < right.latest }
        static func == (left: Self, right: Self) -> Bool { left.latest == right.latest }
    }

    /// By the latest end.
    private var entries = Heap<Entry>()
    /// How many of them have gone.
    private var gone = 0

    init() {}

    /// When somebody is to be woken next; nil: nobody sleeps.
    var next: UInt64? { entries.min?.latest }

    var count: Int { entries.count }

    /// Adds one who sleeps for `wait` from now on. Returns when he is woken at the latest.
    mutating func add(_ sleeper: Sleeper, for wait: UInt64, at now: UInt64) -> UInt64 {
        let end = sum(now, wait)
        let latest = sum(end, Self.slack(of: wait))
        entries.insert(Entry(end: end, latest: latest, sleeper: sleeper))
        return latest
    }

    /// Takes out one whose sleep is over. To be asked when ``next`` has come; then all are woken that may be.
    mutating func popDue(at now: UInt64) -> Sleeper? {
        while let first = entries.min, first.end <= now || first.sleeper.hasGone {
            entries.removeMin()
            guard first.sleeper.hasGone else { return first.sleeper }
            gone -= 1
        }
        return nil
    }

    /// One who was added, and not taken out, has gone.
    mutating func noteGone() {
        gone += 1
        guard gone > 64, gone * 2 > entries.count else { return }
        entries = Heap(entries.unordered.filter { !$0.sleeper.hasGone })
        gone = 0
    }

    /// So far from the end of time that nobody who adds to it gets there.
    private func sum(_ time: UInt64, _ span: UInt64) -> UInt64 {
        let (sum, overflows) = time.addingReportingOverflow(span)
        return overflows ? .max / 2 : min(sum, .max / 2)
    }
}
