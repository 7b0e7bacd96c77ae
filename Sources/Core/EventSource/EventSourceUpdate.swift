import NIOCore

/// What an ``EventSource`` reports, in this order: `connecting`, then `open` and any number of `batch`, then `waiting`,
/// then `connecting` again, and so on; `failed` is the last.
public enum EventSourceUpdate: Sendable {
    /// A connection is about to be made: the `attempt`-th since the last good spell, beginning with 1.
    case connecting(attempt: Int)
    /// The server has answered with an event stream.
    case open
    /// Bytes were read.
    case batch(EventStreamBatch)
    /// The connection failed or ended, for the reason given; the next attempt follows after the duration, which begins
    /// when the next element is asked for.
    case waiting(Duration, EventSourceError)
    /// The stream is over for good, for the reason given. The sequence ends after it.
    case failed(EventSourceError)
}

/// What one read gave.
public struct EventStreamBatch: Sendable, Hashable {
    /// The events that were completed, in order; often none, when a read ends inside an event.
    public var events: [EventStreamEvent]
    /// The bytes read, the stream's framing included, that of HTTP not.
    public var bytes: Int
    /// The number of comments among them.
    public var comments: Int
    /// The comments, each without its colon, if ``EventSourceConfiguration/reportsComments`` is set.
    public var commentTexts: [ByteBuffer] = []
    /// For each of `commentTexts`, how many of `events` came before it.
    public var commentPositions: [Int] = []
    /// The number of events dropped because they were over a limit.
    public var skippedEvents: Int
    /// The number of `events` that were cut to a limit.
    public var truncatedEvents: Int
    /// What was committed without one of `events`: events that were dropped, and blank lines without data that commit another
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
}
