import NIOCore

/// A blank line that committed a last event ID without dispatching an event.
///
/// Who keeps a position has to know of these beside the events: each moves the position as an event does (P8).
public struct EventStreamCommit: Sendable, Hashable {
    /// How many of the batch's events came before it.
    public var eventsBefore: Int
    /// The last event ID that it committed.
    public var lastEventID: ByteBuffer
    /// Whether there was an event that was dropped because it was over a limit. If not, there was no data, and the ID is
    /// another one than before.
    public var isSkippedEvent: Bool

    /// Creates a commit.
    public init(eventsBefore: Int, lastEventID: ByteBuffer, isSkippedEvent: Bool = false) {
        self.eventsBefore = eventsBefore
        self.lastEventID = lastEventID
        self.isSkippedEvent = isSkippedEvent
    }
}

extension [EventStreamCommit] {
    /// Appends a blank line that commits another ID than the one before it, without data.
    ///
    /// Of several in a row only the last two matter: the last one, and the one that it makes the last closed. The others go,
    /// so that a flood of IDs without events costs nothing.
    mutating func append(committing id: ByteBuffer, after events: Int) {
        if count > 1, self[count - 1].isBlank(after: events), self[count - 2].isBlank(after: events) {
            remove(at: count - 2)
        }
        append(EventStreamCommit(eventsBefore: events, lastEventID: id))
    }
}

extension EventStreamCommit {
    fileprivate func isBlank(after events: Int) -> Bool { !isSkippedEvent && eventsBefore == events }
}
