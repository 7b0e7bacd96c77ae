/// A worker stopped over what it had in hand: the messages pay for it with their attempts, the supervisor's restart budget does
/// not.
struct MessageFault: Error, CustomStringConvertible {
    enum Kind {
        case killed
        case crashed(any Error)
        case timedOut(Duration)
    }

    let kind: Kind
    /// The oldest that it had in hand.
    let message: MessageInHand
    /// How many it had in hand. Of several nobody pays yet: each is dealt alone the next time.
    let count: Int

    /// - Parameter index: the place of the oldest that was not answered for.
    init(_ kind: Kind, over hand: Hand, at index: Int = 0, count: Int = 1) {
        self.kind = kind
        self.count = count
        message = MessageInHand(hand, at: index)
    }

    var description: String {
        let several = "\(count) messages in hand, from \(message.sequence) on"
        return switch kind {
        case .killed: "stopped by the kill message \(message.sequence)"
        case .crashed(let error) where count > 1: "crashed with \(several): \(error)"
        case .crashed(let error): "crashed over message \(message.sequence): \(error)"
        case .timedOut(let timeout) where count > 1: "took longer than \(timeout) with \(several)"
        case .timedOut(let timeout): "message \(message.sequence) took longer than \(timeout)"
        }
    }
}

/// What a worker is ended with whose body neither comes to its end nor takes up what is there: no message is to blame.
struct StuckBody: Error, CustomStringConvertible {
    let limit: Duration

    var description: String { "its body has not come back for \(limit)" }
}
