import NIOCore

/// The messages of a batch that are shown to those who tap, collected while the batch is worked on.
struct WatchedMessages: Sendable {
    /// One message at one stage.
    struct Entry: Sendable {
        let stage: TapStage
        let message: Message
        var attempt: Int?
        var worker: String?
        var reason: String?
        var latency: Duration?
    }

    private(set) var messages: [Entry] = []
    /// How many of each stage found no room.
    private(set) var left: [TapStage: UInt64] = [:]

    var isEmpty: Bool { messages.isEmpty && left.isEmpty }

    /// A message whose handling has ended. A kill message is neither done nor failed.
    mutating func append(
        _ verdict: Verdict, of message: Message, attempt: Int, by worker: String, after latency: Duration
    ) {
        guard verdict != .killed else { return }
        let reason = verdict.reason
        let stage: TapStage = reason == nil ? .done : .failed
        append(
            Entry(
                stage: stage, message: message, attempt: attempt, worker: worker, reason: reason, latency: latency))
    }

    mutating func append(_ entry: Entry) {
        if messages.count < Taps.batch { messages.append(entry) } else { left[entry.stage, default: 0] += 1 }
    }
}

extension WatchedMessages.Entry {
    /// What a search for a text has to go through.
    var searchedBytes: Double { Double(message.event.heldBytes) }

    /// Whether the text is in the data, the type or the event id.
    func contains(_ text: TextSearch) -> Bool {
        text.isIn(message.event.data) || message.event.type.map(text.isIn) ?? false
            || text.isIn(message.event.id)
    }

    func shown(at time: Int64) -> TappedMessage {
        TappedMessage(
            time: time, stage: stage, sequence: message.sequence, stream: message.stream.name,
            eventID: message.event.id.beginning, type: message.event.type?.beginning, attempt: attempt,
            worker: worker, reason: reason?.beginning(1024), latency: latency,
            data: message.event.data.text(Taps.shown), bytes: message.event.data.readableBytes)
    }
}
