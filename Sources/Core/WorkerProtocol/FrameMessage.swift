public import NIOCore

/// What a frame tells a worker of one message.
public struct FrameMessage: Sendable {
    /// What names the event for whoever must not take it twice.
    public enum Identity: Sendable, Hashable {
        /// As it is stored.
        case text(String)
        /// Written as 32 hexadecimal digits.
        case hash(high: UInt64, low: UInt64)
    }

    /// The event's identity: `id`.
    public var identity: Identity
    /// The name of its stream, which makes `source` as well.
    public var stream: String
    /// The event's type; nil: the default, `message`.
    public var type: ByteBuffer?
    /// What it says.
    public var data: ByteBuffer
    /// When it was received, in microseconds since 1970.
    public var time: Int64
    /// Its number in this life of the daemon, by which it is answered for.
    public var sequence: UInt64
    /// The ID that the server sent; empty: none, and the frame has no `eventid`.
    public var eventID: ByteBuffer
    /// Which attempt this is, from 1.
    public var attempt: Int
    /// What it is kept in order by; nil: nothing.
    public var key: ByteBuffer?

    /// Makes one.
    public init(
        identity: Identity, stream: String, type: ByteBuffer? = nil, data: ByteBuffer, time: Int64, sequence: UInt64,
        eventID: ByteBuffer = ByteBuffer(), attempt: Int = 1, key: ByteBuffer? = nil
    ) {
        self.identity = identity
        self.stream = stream
        self.type = type
        self.data = data
        self.time = time
        self.sequence = sequence
        self.eventID = eventID
        self.attempt = attempt
        self.key = key
    }
}
