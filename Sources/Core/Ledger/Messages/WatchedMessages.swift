import NIOCore

/// At which point a message is looked at. The raw value is its name in the control API.
public enum TapStage: String, Sendable, Hashable, CaseIterable {
    /// It was admitted.
    case received
    /// Its handler completed.
    case done
    /// An attempt failed, or crashed its worker.
    case failed
}

/// The messages of a batch that are shown to those who tap, collected while the batch is worked on.
package struct WatchedMessages: Sendable {
    /// One message at one stage.
    package struct Entry: Sendable {
        package let stage: TapStage
        package let message: Message
        package var attempt: Int?
        package var worker: String?
        package var reason: String?
        package var latency: Duration?
    }

    /// Messages of a batch that are handed over at most.
    package static let limit = 256

    package private(set) var messages: [Entry] = []
    /// How many of each stage found no room.
    package private(set) var left: [TapStage: UInt64] = [:]

    package init() {}

    package var isEmpty: Bool { messages.isEmpty && left.isEmpty }

    /// A message whose handling has ended. A kill message is neither done nor failed.
    package mutating func append(
        _ verdict: Verdict, of message: Message, attempt: Int, by worker: String, after latency: Duration
    ) {
        guard verdict != .killed else { return }
        let reason = verdict.reason
        let stage: TapStage = reason == nil ? .done : .failed
        append(
            Entry(
                stage: stage, message: message, attempt: attempt, worker: worker, reason: reason, latency: latency))
    }

    package mutating func append(_ entry: Entry) {
        if messages.count < Self.limit { messages.append(entry) } else { left[entry.stage, default: 0] += 1 }
    }
}
