/// What one round of settling brought.
package struct Settlement {
    /// From receipt to done, of each processed message.
    package var latencies = DurationRuns()
    /// The time that workers spent on each of them.
    package var executions = DurationRuns()
    package var failed = 0
    package var crashed = 0
    package var deadLetters: [DeadLetter] = []
    /// The messages that have left. They are let go of by whoever asked, and so not under the ledger's lock: that takes as long as all the rest.
    package var left: [Message] = []
    /// What is shown of it to those who tap; nil while nobody does.
    package var watched: WatchedMessages?

    package init() {}

    /// The time that workers spent on the processed messages, added up.
    package var busy: Duration { executions.sum }

    package mutating func removeAll() {
        latencies.removeAll()
        executions.removeAll()
        left.removeAll(keepingCapacity: true)
        watched = nil
        failed = 0
        crashed = 0
        deadLetters.removeAll(keepingCapacity: true)
    }
}

/// Durations, of which many in a row are alike: what was read at once and done at once took equally long.
package struct DurationRuns: Sendable {
    /// So many times the same.
    package struct Run: Sendable, Equatable {
        package let duration: Duration
        package fileprivate(set) var count: Int
    }

    package private(set) var runs: [Run] = []
    /// What the last one is the part of.
    private var whole = Duration.zero
    private var parts = 0

    package init() {}

    /// Appends one part of a duration, of so many.
    mutating func append(_ whole: Duration, dividedBy parts: Int = 1) {
        if parts == self.parts, whole == self.whole, !runs.isEmpty {
            runs[runs.count - 1].count += 1
        } else {
            (self.whole, self.parts) = (whole, parts)
            runs.append(Run(duration: parts == 1 ? whole : whole / parts, count: 1))
        }
    }

    package var sum: Duration { runs.reduce(.zero) { $0 + $1.duration * $1.count } }

    mutating func removeAll() { runs.removeAll(keepingCapacity: true) }
}
