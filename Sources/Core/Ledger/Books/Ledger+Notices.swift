/// What a stream's source is to be told, until flow_manager takes it: whoever crashes, it lies here.
package struct PendingNotices: Sendable, Equatable {
    /// Which source that is, see ``SourceTable``; 0: none that wants to be told.
    package private(set) var recipient: UInt64
    package private(set) var notices: [SettlementNotice] = []

    /// - Parameter recipient: nothing that any other one brought is told.
    package init(to recipient: UInt64 = 0) { self.recipient = recipient }

    /// Notes what became of a message that another source may have brought: then it is told to nobody. False: it is so.
    package mutating func append(_ receipt: UInt64, _ how: SettlementNotice.Bin, to recipient: UInt64) -> Bool {
        guard recipient == self.recipient else { return false }
        notices.append(SettlementNotice(receipt: receipt, how: how))
        return true
    }

    package mutating func take() -> PendingNotices {
        defer { notices = [] }
        return self
    }
}

/// The receipt of a dead letter that is not stored yet.
package struct LetterReceipt: Sendable {
    let receipt: UInt64
    package let recipient: UInt64
    /// The place of its stream.
    package let stream: Int

    /// Nil: nobody wants to be told of it.
    package init?(of message: Message) {
        guard message.recipient != 0, let receipt = message.event.receipt else { return nil }
        (self.receipt, recipient, stream) = (receipt, message.recipient, message.stream.index)
    }
}

extension Ledger {
    /// Notes what became of a message, if it has a receipt.
    package mutating func note(_ how: SettlementNotice.Bin, of message: Message) {
        guard message.recipient != 0, let receipt = message.event.receipt else { return }
        note(how, receipt, of: message.stream.index, to: message.recipient)
    }

    /// Notes that a dead letter is stored.
    mutating func noteStored(_ letter: LetterReceipt) {
        note(.deadLettered, letter.receipt, of: letter.stream, to: letter.recipient)
    }

    /// Notes what became of what has a receipt.
    mutating func note(
        _ how: SettlementNotice.Bin, _ receipt: UInt64, of stream: Int, to recipient: UInt64
    ) {
        if streams[stream].notices.append(receipt, how, to: recipient) { hasNotices = true }
    }

    /// Takes what a source is to be told; nil: there is nothing more.
    package mutating func takeNotices() -> PendingNotices? {
        guard hasNotices else { return nil }
        for place in streams.indices where !streams[place].notices.notices.isEmpty {
            return streams[place].notices.take()
        }
        hasNotices = false
        return nil
    }
}
