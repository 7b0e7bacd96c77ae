import NIOCore

/// The event by which a stream says that there is no more: `data: [DONE]`, or `event: message_stop`.
///
/// It is no event for the reader, and neither is what comes behind it; the connection is closed. In the batch it stands among
/// ``EventStreamBatch/commits``, since its ID counts.
public struct EventStreamEnd: Sendable, Hashable {
    /// What follows the end.
    public enum Sequel: Sendable, Hashable {
        /// Nothing: the last update is ``EventSourceUpdate/failed(_:)`` with the code `endedByEvent`.
        case stop
        /// Another connection, after the wait that follows an end in good order.
        case reconnect
    }

    /// Its data, exactly. `nil`: any.
    public var data: String?
    /// Its type. `nil`: any.
    public var type: String?
    /// What follows.
    public var then: Sequel

    /// Creates an end. An event that has the data, or has the type, is it; without both there is none.
    public init(data: String? = nil, type: String? = nil, then: Sequel = .stop) {
        self.data = data
        self.type = type
        self.then = then
    }

    /// Whether an event is the end.
    func matches(_ event: EventStreamEvent) -> Bool {
        if let data, event.data.isEqual(data) { return true }
        guard let type else { return false }
        return event.type?.isEqual(type) ?? (type == "message")
    }
}

extension ByteBuffer {
    fileprivate func isEqual(_ text: String) -> Bool {
        // Most are of another length.
        readableBytes == text.utf8.count && readableBytesView.elementsEqual(text.utf8)
    }
}

extension EventStreamBatch {
    /// Takes the event of that index out of the events: only its ID counts.
    mutating func leaveOut(at index: Int) {
        let id = events.remove(at: index).lastEventID
        let place = commits.firstIndex { $0.eventsBefore > index } ?? commits.endIndex
        for later in place..<commits.endIndex { commits[later].eventsBefore -= 1 }
        commits.insert(
            EventStreamCommit(eventsBefore: index, lastEventID: id, isSkippedEvent: true), at: place)
        leftOut += 1
        for later in commentPositions.indices where commentPositions[later] > index { commentPositions[later] -= 1 }
    }

    /// The same for the event that ends the stream, and nothing that stands behind it counts.
    ///
    /// Whether events were cut to a limit before it or behind it is not known here.
    mutating func end(at index: Int) {
        lastEventID = events[index].lastEventID
        events.removeSubrange((index + 1)...)
        commits.removeAll { $0.eventsBefore > index }
        skippedEvents = commits.count(where: \.isSkippedEvent) - leftOut
        truncatedEvents = min(truncatedEvents, events.count)
        let comments = commentPositions.prefix { $0 <= index }.count
        commentTexts.removeSubrange(min(comments, commentTexts.count)...)
        commentPositions.removeSubrange(comments...)
        leaveOut(at: index)
    }
}
