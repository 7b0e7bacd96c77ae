import Ledger
import Logging
import Supervision

/// A worker stopped over what it had in hand: the messages pay for it with their attempts, the supervisor's restart budget does
/// not. Which of them pays is said in `Ledger+WhoPays`.
package struct MessageFault: Error, CustomStringConvertible {
    package enum Kind {
        case killed
        case crashed(any Error)
        case timedOut(Duration)
    }

    package let kind: Kind
    /// The oldest that it had in hand.
    package let message: MessageInHand
    /// How many it had in hand. Of several nobody pays yet: each is dealt alone the next time.
    package let count: Int
    /// What the worker's body says about it.
    package let note: String?

    /// - Parameter index: the place of the oldest that was not answered for.
    package init(_ kind: Kind, over hand: Hand, at index: Int = 0, count: Int = 1, note: String? = nil) {
        self.kind = kind
        self.count = count
        self.note = note?.oneLine(1000)
        message = MessageInHand(hand, at: index)
    }

    package var description: String {
        let several = "\(count) messages in hand, from \(message.sequence) on"
        return switch kind {
        case .killed: "stopped by the kill message \(message.sequence)"
        case .crashed(let error) where count > 1: "crashed with \(several): \(error)"
        case .crashed(let error): "crashed over message \(message.sequence): \(error)"
        case .timedOut(let timeout) where count > 1: "took longer than \(timeout) with \(several)" + noted
        case .timedOut(let timeout): "message \(message.sequence) took longer than \(timeout)" + noted
        }
    }

    private var noted: String { note.map { ": \($0)" } ?? "" }
}

/// What a worker is ended with whose body neither comes to its end nor takes up what is there: no message is to blame.
struct StuckBody: Error, CustomStringConvertible {
    package let limit: Duration

    package var description: String { "its body has not come back for \(limit)" }
}

/// What is kept of a message that a worker had in hand when it ended; not its data.
package struct MessageInHand: Sendable, Hashable {
    package let sequence: UInt64
    package let stream: String
    /// The beginning of its event id.
    package let eventID: String
    package let attempt: Int
    /// Its place in the ledger.
    package let slot: Int

    /// A message of a hand.
    package init(_ hand: Hand, at index: Int) {
        let entry = hand.entries[index]
        sequence = entry.message.sequence
        stream = entry.message.stream.name
        eventID = entry.message.event.id.beginning
        attempt = entry.attempt
        slot = entry.slot
    }
}

extension SupervisionEvent {
    /// A worker that a message stopped is everyday business; a charged restart is worth a look; giving up is an error.
    package var level: Logger.Level {
        switch kind {
        case .gaveUp: .error
        case .abandoned, .restartFailed: .warning
        case .restarted(after: .error(is MessageFault)): .debug
        case .restarted: .notice
        case .exited(.error(is MessageFault)), .exited(.normal), .exited(.shutdown): .debug
        case .exited(.error): .notice
        case .started, .restarting, .abandonedEnded: .debug
        }
    }
}
