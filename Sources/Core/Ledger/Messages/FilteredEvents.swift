import NIOCore

/// Events of one ID in a row that a filter did not let pass: they are received and processed at once, and move the position as
/// settled ones do.
package struct FilteredEvents: Sendable {
    /// So many of a run are known by what they are; of the rest it is known that they were there.
    static let knownEvents = Int(Tail.limit)

    /// How many of the events that are brought along came before them.
    package let eventsBefore: Int
    /// The ID of all of them.
    package var id: ByteBuffer
    /// How many there are.
    package var count: Int
    /// The first of them, if it may matter which ones they are: where the server may send again what there was before, or may send
    /// them again.
    package var events: [Event] = []
    /// The receipts of those that have one, which the source is told of.
    package var receipts: [UInt64] = []
    /// How many more came before them of which nothing else matters any more: of runs that began and ended in between.
    package var passedOver = 0
}

/// What a source brought, told apart by a filter.
package struct FilteredBatch {
    /// What passes.
    package private(set) var passed: [Event] = []
    /// The rest, and the commits, in their order.
    package private(set) var asides: [Arrival.Aside] = []
    /// How many did not pass.
    package private(set) var filtered = 0

    /// What stands aside, as far as it is known in the middle of the batch.
    private struct Note {
        var aside: Arrival.Aside
        /// The number of its run among those of the batch, from 1.
        let run: Int
        /// Filtered events by their places in what was brought.
        var places = 0..<0
        var hasReceipts = false
    }

    private var notes: [Note] = []
    private var run = 0
    private var lastID: ByteBuffer?

    /// - Parameters:
    ///   - commits: with their places among the events.
    ///   - passes: whether an event passes.
    package init(_ events: [Event], commits: [EventCommit], passes: (Event) -> Bool) {
        var nextCommit = 0
        for (place, event) in events.enumerated() {
            while nextCommit < commits.count, commits[nextCommit].eventsBefore <= place {
                note(commits[nextCommit])
                nextCommit += 1
            }
            enterRun(of: event.id)
            if passes(event) { passed.append(event) } else { note(event, at: place) }
        }
        for commit in commits[nextCommit...] { note(commit) }
        asides = notes.map { note in
            guard case .filtered(var filtered) = note.aside else { return note.aside }
            filtered.id.shrinkStorage()
            filtered.receipts = events[note.places].compactMap(\.receipt)
            // Only the first two runs may be resent, and only the last one goes on.
            if note.run <= 2 || note.run == run, filtered.id.readableBytes > 0 {
                filtered.events = PackedEvents(Array(events[note.places].prefix(FilteredEvents.knownEvents))).events
            }
            return .filtered(filtered)
        }
        notes = []
        lastID = nil
    }

    private mutating func enterRun(of id: ByteBuffer) {
        guard id != lastID else { return }
        run += 1
        lastID = id
    }

    private mutating func note(_ commit: EventCommit) {
        enterRun(of: commit.id)
        var commit = commit
        commit.eventsBefore = passed.count
        commit.id.shrinkStorage()
        notes.append(Note(aside: .commit(commit), run: run))
    }

    private mutating func note(_ event: Event, at place: Int) {
        filtered += 1
        if let last = notes.last, last.run == run, case .filtered(var filtered) = last.aside,
            filtered.eventsBefore == passed.count
        {
            filtered.count += 1
            notes[notes.count - 1].aside = .filtered(filtered)
            notes[notes.count - 1].places = last.places.lowerBound..<place + 1
            if event.receipt != nil { notes[notes.count - 1].hasReceipts = true }
            return
        }
        var filtered = FilteredEvents(eventsBefore: passed.count, id: event.id, count: 1)
        if let count = passOver(before: event) { filtered.passedOver = count }
        notes.append(
            Note(
                aside: .filtered(filtered), run: run, places: place..<place + 1, hasReceipts: event.receipt != nil))
    }

    /// Forgets the run before the last one if nothing depends on it: of runs without messages that follow each other, the position
    /// needs the last one that is closed. So a long row of filtered events is a few entries, whatever their IDs.
    ///
    /// - Returns: how many events that were, for the next entry to count.
    private mutating func passOver(before event: Event) -> Int? {
        guard notes.count > 2, event.id.readableBytes > 0 else { return nil }
        let (first, second, third) = (notes[notes.count - 3], notes[notes.count - 2], notes[notes.count - 1])
        guard case .filtered(let gone) = second.aside, case .filtered(let last) = third.aside else { return nil }
        // Each is a run of its own, nothing passed between them, and none of them can be what came before the batch.
        guard second.run > 2, !second.hasReceipts, first.run < second.run, third.run == second.run + 1,
            run == third.run + 1,
            first.aside.eventsBefore == passed.count
        else { return nil }
        // A run must not become one with another of its ID; and what could be a position is followed by what could be one.
        guard first.aside.id != last.id, gone.id.readableBytes > 0, last.id.readableBytes > 0,
            last.id.readableBytes <= max(gone.id.readableBytes, Self.shortID), last.id.isFieldValue
        else { return nil }
        notes.remove(at: notes.count - 2)
        return gone.count + gone.passedOver
    }

    /// An ID of so many bytes may be sent back, whatever the configuration.
    private static let shortID = 16
}
