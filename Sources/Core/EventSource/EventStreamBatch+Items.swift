import NIOCore

/// An event or a comment.
public enum EventStreamItem: Sendable, Hashable {
    /// A dispatched event.
    case event(EventStreamEvent)
    /// A comment, without its colon.
    case comment(ByteBuffer)
}

extension EventStreamBatch {
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
