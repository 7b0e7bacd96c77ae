import Glibc
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
    ///
    /// There is one of these for each message, so no text is made of it.
    init?(reply text: UnsafePointer<CChar>) {
        var (length, dots) = (0, 0)
        while text[length] != 0 {
            if text[length] == 0x2E { dots += 1 }
            length += 1
        }
        let before: Int
        switch dots {
        case 8: before = 4
        case 10...: before = 6
        default: return nil
        }
        guard strncmp(text, "$JS.ACK.", 8) == 0 else { return nil }
        var place = 0
        for _ in 0..<before {
            while text[place] != 0x2E { place += 1 }
            place += 1
        }
        /// The number that begins here, and on to the next one.
        func number<Number: FixedWidthInteger>() -> Number? {
            let start = place
            var number: Number = 0
            while case let digit = UInt8(bitPattern: text[place]) &- 0x30, digit < 10 {
                let (tenfold, isTooLarge) = number.multipliedReportingOverflow(by: 10)
                let (sum, isLarger) = tenfold.addingReportingOverflow(Number(digit))
                guard !isTooLarge, !isLarger else { return nil }
                number = sum
                place += 1
            }
            guard place > start, text[place] == 0x2E || text[place] == 0 else { return nil }
            if text[place] == 0x2E { place += 1 }
            return number
        }
        guard let count: Int = number(), let sequence: UInt64 = number(), let consumer: UInt64 = number(),
            let storedAt: Int64 = number(), let pending: UInt64 = number()
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
        guard !replies.isEmpty, let session else { return }
        wire.async { session.say(how.text, to: replies) }
    }
}
