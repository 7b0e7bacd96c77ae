public import EventSource
public import Pipeline

extension Event {
    /// The same event, as it came over the wire.
    public init(_ event: EventStreamEvent) {
        self.init(id: event.lastEventID, hasOwnID: event.hasOwnID, type: event.type, data: event.data)
    }
}

extension EventCommit {
    /// The same commit, as the parser gave it.
    public init(_ commit: EventStreamCommit) {
        self.init(eventsBefore: commit.eventsBefore, id: commit.lastEventID, isSkippedEvent: commit.isSkippedEvent)
    }
}
