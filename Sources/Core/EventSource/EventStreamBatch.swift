import NIOCore

/// What one read gave.
public struct EventStreamBatch: Sendable, Hashable {
    /// The events that were completed, in order; often none, when a read ends inside an event.
    public var events: [EventStreamEvent]
    /// The bytes read, the stream's framing included, that of HTTP not; of a compressed stream, what they were decoded to.
    public var bytes: Int
    /// The bytes that came for it, if the stream is compressed; else 0.
    public var compressedBytes = 0
    /// The number of comments among them.
    public var comments: Int
    /// The comments, each without its colon, if ``EventSourceConfiguration/reportsComments`` is set.
    public var commentTexts: [ByteBuffer] = []
    /// For each of `commentTexts`, how many of `events` came before it.
    public var commentPositions: [Int] = []
    /// The number of events dropped because they were over a limit.
    public var skippedEvents: Int
    /// How many of the commits are of events that were left out over an end of the stream, and not over a limit.
    var leftOut = 0
    /// The number of `events` that were cut to a limit.
    public var truncatedEvents: Int
    /// What was committed without one of `events`: events that were dropped, the one that ended the stream, and blank lines without data that commit another
    /// ID. In the order of the stream.
    public var commits: [EventStreamCommit] = []
    /// The last event ID after this batch. It can be ahead of that of the last event: a blank line commits an ID
    /// without data.
    public var lastEventID: ByteBuffer

    /// Creates a batch.
    public init(
        events: [EventStreamEvent], bytes: Int, comments: Int = 0, skippedEvents: Int = 0, truncatedEvents: Int = 0,
        lastEventID: ByteBuffer = ByteBuffer()
    ) {
        self.events = events
        self.bytes = bytes
        self.comments = comments
        self.skippedEvents = skippedEvents
        self.truncatedEvents = truncatedEvents
        self.lastEventID = lastEventID
    }

    /// The events, and the comments if they are reported, in the order of the stream.
    public var items: [EventStreamItem] {
        var items: [EventStreamItem] = []
        items.reserveCapacity(events.count + commentTexts.count)
        var eventIndex = 0
        for (text, position) in zip(commentTexts, commentPositions) {
            items += events[eventIndex..<position].map(EventStreamItem.event)
            eventIndex = position
            items.append(.comment(text))
        }
        items += events[eventIndex...].map(EventStreamItem.event)
        return items
    }
}

/// An event or a comment.
public enum EventStreamItem: Sendable, Hashable {
    /// A dispatched event.
    case event(EventStreamEvent)
    /// A comment, without its colon.
    case comment(ByteBuffer)
}

/// A blank line that committed a last event ID without dispatching an event.
///
/// Who keeps a position has to know of these beside the events: each moves the position as an event does (P8).
public struct EventStreamCommit: Sendable, Hashable {
    /// How many of the batch's events came before it.
    public var eventsBefore: Int
    /// The last event ID that it committed.
    public var lastEventID: ByteBuffer
    /// Whether there was an event: one that was dropped because it was over a limit, or that ended the stream. If not, there was no data, and the ID is
    /// another one than before.
    public var isSkippedEvent: Bool

    /// Creates a commit.
    public init(eventsBefore: Int, lastEventID: ByteBuffer, isSkippedEvent: Bool = false) {
        self.eventsBefore = eventsBefore
        self.lastEventID = lastEventID
        self.isSkippedEvent = isSkippedEvent
    }

    fileprivate func isBlank(after events: Int) -> Bool { !isSkippedEvent && eventsBefore == events }
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
