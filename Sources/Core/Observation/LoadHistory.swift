import DequeModule
public import Flow

/// Measures of the last five minutes, one a second.
public struct LoadHistory: Sendable {
    /// The time between two of them.
    public static let interval = Duration.seconds(1)
    static let kept = 300

    /// The measures of one moment.
    public typealias Entry = LoadMeasure

    private var entries: Deque<Entry> = []
    private var next = Duration.zero

    /// The oldest first.
    public var all: [Entry] { Array(entries) }

    /// Notes an entry, if it is time; what was not measured in between is taken to have been as it is now.
    package mutating func record(_ entry: Entry, at now: Duration) {
        guard now >= next else { return }
        let missed = entries.isEmpty ? 0 : Int((now - next) / Self.interval)
        for _ in 0...min(missed, Self.kept) {
            entries.append(entry)
            if entries.count > Self.kept { entries.removeFirst() }
        }
        next = entries.isEmpty ? now + Self.interval : next + Self.interval * (missed + 1)
        if next <= now { next = now + Self.interval }
    }
}
