import Glibc
public import NIOCore

/// A message of a stream, which is to be acknowledged.
public struct PulledMessage: Sendable {
    /// Where it is acknowledged.
    public let reply: AckSubject
    /// Where it was published, its headers as they came, and it.
    private var bytes: ByteBuffer
    private let (subjectBytes, headBytes): (Int, Int)
    private let replyBytes: Int

    /// - Parameters:
    ///   - bytes: the subject, the headers as the protocol has them, from `NATS/1.0` to the empty line, and the payload.
    ///   - subjectBytes: so many of them are the subject.
    ///   - headBytes: so many are the headers; 0: it has none.
    init(reply: AckSubject, replyBytes: Int, bytes: ByteBuffer, subjectBytes: Int = 0, headBytes: Int = 0) {
        self.reply = reply
        self.replyBytes = replyBytes
        self.bytes = bytes
        (self.subjectBytes, self.headBytes) = (subjectBytes, headBytes)
    }

    /// The bytes that it takes of a grant: what the server counts.
    public var size: Int { bytes.readableBytes + replyBytes }

    /// Where it was published.
    public var subject: String { bytes.getString(at: bytes.readerIndex, length: subjectBytes) ?? "" }

    /// What its delivery says.
    public var delivery: Delivery { reply.delivery }

    /// It.
    public var payload: ByteBuffer {
        var payload = bytes
        payload.moveReaderIndex(forwardBy: subjectBytes + headBytes)
        return payload
    }

    /// What a header says; nil: it has no such one, or it says nothing.
    public func header(_ name: HeaderName) -> ByteBuffer? { headers((name, name, name)).0 }

    /// The same of three, which are looked for at once.
    public func headers(
        _ names: (HeaderName, HeaderName, HeaderName)
    ) -> (ByteBuffer?, ByteBuffer?, ByteBuffer?) {
        guard headBytes > 0 else { return (nil, nil, nil) }
        let found: (Range<Int>?, Range<Int>?, Range<Int>?) = bytes.withUnsafeReadableBytes { bytes in
            var found: (Range<Int>?, Range<Int>?, Range<Int>?)
            guard let start = bytes.baseAddress else { return found }
            let end = subjectBytes + headBytes
            var place = subjectBytes
            while let next = memchr(start + place, 0x0A, end - place) {
                let line = place..<UnsafeRawPointer(next) - start
                found.0 = found.0 ?? names.0.value(of: line, bytes)
                found.1 = found.1 ?? names.1.value(of: line, bytes)
                found.2 = found.2 ?? names.2.value(of: line, bytes)
                place = line.upperBound + 1
            }
            return found
        }
        func value(_ range: Range<Int>?) -> ByteBuffer? {
            range.flatMap { bytes.getSlice(at: bytes.readerIndex + $0.lowerBound, length: $0.count) }
        }
        return (value(found.0), value(found.1), value(found.2))
    }

    /// The same in memory of its own: it may be kept for long.
    public var alone: PulledMessage {
        var alone = self
        alone.bytes = ByteBuffer(bytes: bytes.readableBytesView)
        return alone
    }
}

/// The name of a header, as it is looked for.
public struct HeaderName: Sendable {
    private let name: StaticString

    /// Makes one.
    public init(_ name: StaticString) { self.name = name }

    /// Where its value is, if a line is its; nil: it is another's, or there is no value.
    fileprivate func value(of line: Range<Int>, _ head: UnsafeRawBufferPointer) -> Range<Int>? {
        let count = name.utf8CodeUnitCount
        guard line.count > count, head[line.lowerBound + count] == 0x3A, let start = head.baseAddress,
            memcmp(start + line.lowerBound, name.utf8Start, count) == 0
        else { return nil }
        var (from, to) = (line.lowerBound + count + 1, line.upperBound)
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        while from < to, isSpace(head[from]) { from += 1 }
        while from < to, isSpace(head[to - 1]) { to -= 1 }
        return from < to ? from..<to : nil
    }
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
    public func acknowledge(_ replies: [AckSubject], _ how: Acknowledgement) {
        guard !replies.isEmpty, let session else { return }
        wire.async { session.say(how.text, of: replies) }
    }
}
