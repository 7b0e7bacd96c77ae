public import NIOCore

/// An event as a source brings it, in bytes.
public struct Event: Sendable, Hashable {
    /// The ID that it has, of its own or from an event before it. Empty: none.
    public var id: ByteBuffer {
        get { knownID ?? ByteBuffer() }
        set { knownID = newValue.readableBytes > 0 ? newValue : nil }
    }
    /// Nil where the ID is empty: all empty buffers have one storage, whose references all threads would count.
    package private(set) var knownID: ByteBuffer?
    /// Whether the ID came with it, and is not that of an event before it which goes on.
    public var hasOwnID: Bool
    /// Its type; nil: the default, `message`.
    public var type: ByteBuffer?
    /// What it says.
    public var data: ByteBuffer
    /// What the source knows it by, and means something to the source only; nil: it is known by its ID, or not at all.
    public var receipt: UInt64?
    /// What names it for whoever must not take it twice, if it had a name before it came here; nil: it is named here.
    package var identity: ShortHash?
    /// What is known of it from earlier deliveries.
    package var standing: Standing

    /// What may be known of an event that was delivered before.
    package enum Standing: Sendable, Hashable {
        case unknown
        /// It may be what ended those who had it: it is dealt alone.
        case suspect
        /// It is: it is given up without another try, after so many.
        case condemned(tries: Int)
    }

    /// Creates an event.
    ///
    /// - Parameter hasOwnID: nil: whether there is an ID.
    public init(
        id: ByteBuffer = ByteBuffer(), hasOwnID: Bool? = nil, type: ByteBuffer? = nil, data: ByteBuffer,
        receipt: UInt64? = nil
    ) {
        self.init(
            knownID: id.readableBytes > 0 ? id : nil, hasOwnID: hasOwnID ?? (id.readableBytes > 0), type: type,
            data: data, receipt: receipt)
    }

    /// A part of its caller, which would copy what it has made.
    ///
    /// - Parameter knownID: not empty.
    @inline(__always)
    package init(
        knownID: ByteBuffer?, hasOwnID: Bool, type: ByteBuffer?, data: ByteBuffer, receipt: UInt64? = nil,
        identity: ShortHash? = nil, standing: Standing = .unknown
    ) {
        self.knownID = knownID
        self.hasOwnID = hasOwnID
        self.type = type
        self.data = data
        self.receipt = receipt
        self.identity = identity
        self.standing = standing
    }
}

/// An ID that a source committed without an event for it: it moves the position as an event does.
public struct EventCommit: Sendable, Hashable {
    /// How many of the events that are brought along came before it.
    public var eventsBefore: Int
    /// The ID that it committed.
    public var id: ByteBuffer
    /// Whether there was an event that was left out. If not, there was none, and the ID is another one than before.
    public var isSkippedEvent: Bool

    /// Creates a commit.
    public init(eventsBefore: Int, id: ByteBuffer, isSkippedEvent: Bool = false) {
        self.eventsBefore = eventsBefore
        self.id = id
        self.isSkippedEvent = isSkippedEvent
    }
}

extension Event {
    /// The bytes of an event itself, whatever they lie in.
    package var heldBytes: Int { data.readableBytes + (type?.readableBytes ?? 0) + idBytes }

    /// The bytes of its ID.
    var idBytes: Int { knownID?.readableBytes ?? 0 }

    /// The memory that an event holds which shares its buffers with no other.
    var storageBytes: Int {
        [data, type, knownID].reduce(0) { $0 + ($1?.readableBytes ?? 0 > 0 ? $1?.storageCapacity ?? 0 : 0) }
    }

    /// Whether type and data are the same.
    func isSame(as other: Event) -> Bool { data == other.data && type == other.type }
}
