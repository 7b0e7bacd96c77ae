import DequeModule
import Ledger

/// What has been counted of the work until a tick, for the time of work and the rate at which it comes.
public struct WorkCounts: Sendable, Hashable {
    /// Messages that have come, also those that came back for another attempt.
    public var arrived: UInt64
    /// Messages of which an attempt has ended.
    public var ended: UInt64
    /// Messages that workers have in hand.
    public var leased: Int
    /// In how many hands they have them.
    public var hands: Int
    /// What waits for a worker, in hands, without what waits out a backoff.
    public var waiting: Double
    /// Messages that a hand had of late.
    public var batch: Double
    /// Whether more would come if there were room for it: then nobody knows how much waits.
    public var isHeldBack: Bool

    /// Notes what was counted.
    public init(
        arrived: UInt64, ended: UInt64, leased: Int, hands: Int, waiting: Double, batch: Double = 1,
        isHeldBack: Bool = false
    ) {
        self.arrived = arrived
        self.ended = ended
        self.leased = leased
        self.hands = hands
        self.waiting = waiting
        self.batch = batch
        self.isHeldBack = isHeldBack
    }
}

/// What there is to do, as it was measured.
public struct WorkMeasure: Sendable, Hashable {
    /// λ: messages that come in a second.
    public var perSecond: Double
    /// S: the time of a worker that one message takes, in seconds.
    public var seconds: Double
    /// What waits for a worker, in messages.
    public var waiting: Double
    /// Workers that are busy with what comes (λ·S).
    public var load: Double { perSecond * seconds }
}

/// Measures how much work comes, and how long it takes.
///
/// The time of work is the workers' busy time of a window, divided by the mean of what was begun and what was ended in it. By
/// what was ended alone it would be too short in a young pool, where only short work can have ended; in a pool that is long
/// at work it is Little's law.
struct WorkMeter: Sendable {
    /// Of so many the time of work is known.
    static let enough = 8.0
    /// A window with fewer is made longer, up to ``longest``.
    static let plenty = 64.0
    static let longest = Duration.seconds(60)
    /// What chance adds to a count, in units of its root: what came of late counts as far as that does not explain it.
    static let chance = 3.0

    private struct Mark {
        var time: Duration
        var arrived: Double
        var ended: Double
        var leased: Double
        /// In hand and waiting, in hands.
        var present: Double
        /// Seconds that workers were busy.
        var busy: Double
    }

    private var marks: Deque<Mark> = []

    /// Takes what was counted at a tick. Nil: how long the work takes is not known, or it is longer than the window, so that the
    /// in-flight count tells more.
    mutating func measure(
        _ counts: WorkCounts, slots: Int, at now: Duration, window: Duration, tick: Duration
    ) -> WorkMeasure? {
        // What a worker has in hand beside what it works on waits, too. What waited at the last tick was dealt right then, as far as
        // there were workers, whose number may have changed; and who are all busy now were so for most of the time.
        let busy = Double(Swift.min(counts.hands, slots))
        let dealt = counts.hands >= slots ? busy : Swift.min(marks.last?.present ?? 0, Double(slots))
        let spent = marks.last.map { $0.busy + (busy + dealt) / 2 * ((now - $0.time) / .seconds(1)) } ?? 0
        let mark = Mark(
            time: now, arrived: Double(counts.arrived), ended: Double(counts.ended), leased: Double(counts.leased),
            present: Double(counts.hands) + counts.waiting,
            busy: spent)
        marks.append(mark)
        while marks.count > 2, marks[1].time <= now - window,
            mark.ended - marks[1].ended >= Self.plenty || marks[1].time <= now - Self.longest
        {
            marks.removeFirst()
        }
        let first = marks[0]
        guard mark.ended - first.ended >= Self.enough else { return nil }
        let seconds = (mark.busy - first.busy) / max(1, mark.ended - first.ended + (mark.leased - first.leased) / 2)
        let hand = seconds * max(1, counts.batch)
        guard hand >= 0, hand < window / .seconds(1) else { return nil }
        let steady = rate(over: window, chance: 0)
        let sudden = rate(over: max(tick * 2, .seconds(hand)), chance: Self.chance)
        return WorkMeasure(
            perSecond: max(steady, sudden), seconds: seconds, waiting: counts.waiting * max(1, counts.batch))
    }

    /// Messages that came in a second, less what chance may have added.
    private func rate(over window: Duration, chance: Double) -> Double {
        guard let last = marks.last else { return 0 }
        let first = marks.last { $0.time <= last.time - window } ?? marks[0]
        guard last.time > first.time else { return 0 }
        let count = max(0, last.arrived - first.arrived)
        return max(0, count - chance * count.squareRoot()) / ((last.time - first.time) / .seconds(1))
    }
}

extension WorkMeasure: CustomStringConvertible {
    /// Such as `998.4 a second of 275 ms, and 480 waiting,` for people.
    public var description: String {
        let milliseconds = seconds * 1000
        let time =
            milliseconds < 10
            ? "\(milliseconds.rounded(toPlaces: 2)) ms"
            : milliseconds < 1000 ? "\(Int(milliseconds.rounded())) ms" : "\(seconds.rounded(toPlaces: 1)) s"
        let backlog = waiting >= 1 ? ", and \(Int(min(waiting, 1e9))) waiting," : ""
        return "\(perSecond.rounded(toPlaces: 1)) a second of \(time)\(backlog)"
    }
}
