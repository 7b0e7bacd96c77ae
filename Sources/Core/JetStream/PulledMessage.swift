public import NIOCore

/// A message of a stream, which is to be acknowledged.
public struct PulledMessage: Sendable {
    /// Where it was published.
    public var subject: String
    /// Where it is acknowledged.
    public var reply: String
    /// What its delivery says.
    public var delivery: Delivery
    /// Its id, if its publisher gave it one.
    public var id: String?
    /// Of those headers that were asked for, those that it has.
    public var headers: [NATSHeader]
    /// It.
    public var payload: ByteBuffer
}

/// What the subject of an acknowledgement says of a delivery.
public struct Delivery: Sendable, Hashable {
    /// The how-manieth delivery it is, from 1.
    public var count: Int
    /// The message's number in the stream.
    public var sequence: UInt64
    /// The delivery's number in the consumer.
    public var consumerSequence: UInt64
    /// When it was stored, in nanoseconds since 1970.
    public var storedAt: Int64
    /// So many messages are behind it.
    public var pending: UInt64

    /// Reads `$JS.ACK.<stream>.<consumer>.<count>.<seq>.<consumer seq>.<time>.<pending>`, also with domain and account before the
    /// stream and a token behind all; nil: it is something else.
    init?(reply: String) {
        let tokens = reply.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        let start: Int
        switch tokens.count {
        case 9: start = 4
        case 11...: start = 6
        default: return nil
        }
        guard tokens[0].elementsEqual("$JS".utf8), tokens[1].elementsEqual("ACK".utf8) else { return nil }
        func number<Number: FixedWidthInteger>(_ place: Int) -> Number? {
            Number(String(Substring(tokens[start + place])))
        }
        guard let count: Int = number(0), let sequence: UInt64 = number(1), let consumer: UInt64 = number(2),
            let storedAt: Int64 = number(3), let pending: UInt64 = number(4)
        else { return nil }
        self.count = count
        self.sequence = sequence
        consumerSequence = consumer
        self.storedAt = storedAt
        self.pending = pending
    }
}

/// What is said to the broker of a message that it has delivered. Nothing of it is answered; what is lost means another delivery.
public enum Acknowledgement: Sendable, Hashable {
    /// It is done.
    case done
    /// It is to be delivered again, at once or later; to whom is the broker's.
    case again(after: Duration?)
    /// It is worked on: its time begins anew.
    case inProgress
    /// It is given up, and never delivered again.
    case terminated(reason: String)

    var text: String {
        switch self {
        case .done: "+ACK"
        case .again(nil): "-NAK"
        case .again(let pause?): "-NAK {\"delay\":\(max(pause.nanoseconds, 0))}"
        case .inProgress: "+WPI"
        case .terminated(let reason): "+TERM " + reason.prefix(200).filter { !$0.isNewline }
        }
    }
}

extension NATSConnection {
    /// Acknowledges messages, all in one way.
    ///
    /// - Parameter replies: what they have as ``PulledMessage/reply``.
    public func acknowledge(_ replies: [String], _ how: Acknowledgement) {
        let payload = ByteBuffer(string: how.text)
        let messages = replies.map { Outgoing(subject: $0, payload: payload) }.filter { $0.fault == nil }
        if !messages.isEmpty { send(messages) }
    }
}
