import NIOCore

/// One dispatched event of an event stream (WHATWG HTML, "Server-sent events", §9.2.6).
///
/// The fields are bytes as they came over the wire. They are slices of the chunk that was read wherever that is
/// possible, so that no byte is copied for an event that lies in one chunk with its data in one line; such a slice
/// keeps its chunk alive. Strings are made only when asked for.
public struct EventStreamEvent: Sendable, Hashable {
    /// The value of the last `event` field of the block. `nil` stands for the default type, `message`.
    public var type: ByteBuffer?

    /// The values of the `data` fields, joined by U+000A, without a final one.
    public var data: ByteBuffer

    /// The last event ID at dispatch: that of this event's own `id` field, or the one before it. It may be empty.
    public var lastEventID: ByteBuffer {
        get { id ?? ByteBuffer() }
        set { id = newValue.readableBytes == 0 ? nil : newValue }
    }

    /// Nil where the ID is empty: of a stream without IDs no reference is counted for them.
    package private(set) var id: ByteBuffer?

    /// Whether the last event ID is its own: an `id` field that counts came since the event before it, or since the beginning
    /// of the connection. If not, the ID goes on from there.
    public var hasOwnID: Bool

    /// Creates an event.
    ///
    /// - Parameter hasOwnID: nil: whether there is an ID.
    public init(
        type: ByteBuffer? = nil, data: ByteBuffer, lastEventID: ByteBuffer = ByteBuffer(), hasOwnID: Bool? = nil
    ) {
        self.init(type: type, data: data, id: lastEventID, hasOwnID: hasOwnID ?? (lastEventID.readableBytes > 0))
    }

    @inline(__always)
    init(type: ByteBuffer?, data: ByteBuffer, id: ByteBuffer, hasOwnID: Bool) {
        self.type = type
        self.data = data
        self.id = id.readableBytes == 0 ? nil : id
        self.hasOwnID = hasOwnID
    }
}

extension EventStreamEvent {
    /// The event's type as a string, `message` if the stream named none. Invalid UTF-8 is repaired.
    public var typeString: String { type.map(String.init(repairing:)) ?? "message" }

    /// The event's data as a string. Invalid UTF-8 is repaired.
    public var dataString: String { String(repairing: data) }

    /// The last event ID as a string. Invalid UTF-8 is repaired.
    public var lastEventIDString: String { String(repairing: lastEventID) }
}

extension String {
    /// The readable bytes decoded as UTF-8, every maximal subpart of an ill-formed sequence replaced by one U+FFFD
    /// (rule P1).
    public init(repairing bytes: ByteBuffer) {
        // The standard library's repair is the substitution of maximal subparts that the Encoding standard asks for.
        self = bytes.withUnsafeReadableBytes { String(decoding: $0, as: UTF8.self) }
    }
}
