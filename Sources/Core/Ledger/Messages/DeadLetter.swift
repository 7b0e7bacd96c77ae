public import NIOCore

/// A message that was given up after its last attempt, with what an operator needs to understand it and to replay it.
public struct DeadLetter: Sendable, Hashable {
    /// The name of the stream it came from.
    public var stream: String
    /// The number it was admitted under, in the life of the daemon that gave it up.
    public var sequence: UInt64
    /// The last event id when it was dispatched; may be empty.
    public var eventID: ByteBuffer
    /// The event's type; nil stands for `message`.
    public var type: ByteBuffer?
    /// The event's data.
    public var data: ByteBuffer
    /// What the last attempt ended with, in words: the handler's, or how its worker ended.
    public var reason: String
    /// How many times it was handed to a worker.
    public var attempts: Int
    /// The name of the worker that had it last.
    public var worker: String
    /// The incarnation of that worker.
    public var incarnation: UInt64
    /// When it was given up, in microseconds since 1970.
    public var diedAt: Int64
    /// The number of the stored dead letter whose replay died, and which this one takes the place of in the store; nil
    /// when it died for the first time. It is not stored itself.
    public var replayOf: Int64?
    /// What names the event for whoever must not take it twice (``Message/identity``), unchanged by replays; nil: it was
    /// stored by a version that did not know of identities.
    public var identity: String?

    /// Makes a dead letter of its parts.
    public init(
        stream: String, sequence: UInt64, eventID: ByteBuffer, type: ByteBuffer?, data: ByteBuffer, reason: String,
        attempts: Int, worker: String, incarnation: UInt64, diedAt: Int64, replayOf: Int64? = nil,
        identity: String? = nil
    ) {
        self.stream = stream
        self.sequence = sequence
        self.eventID = eventID
        self.type = type
        self.data = data
        self.reason = reason
        self.attempts = attempts
        self.worker = worker
        self.incarnation = incarnation
        self.diedAt = diedAt
        self.replayOf = replayOf
        self.identity = identity
    }
}

extension DeadLetter {
    /// What becomes of a message that has no attempt left, or that another one could not help.
    ///
    /// Its reason is that of the verdict on its last attempt: what the handler has answered, how its worker ended over it, or that
    /// it took too long.
    ///
    /// - Parameter time: microseconds since 1970.
    init(
        of message: Message, after verdict: Verdict, attempts: Int, by worker: String, incarnation: UInt64,
        at time: Int64
    ) {
        // Copies: a slice would keep all that was read with it in memory, for as long as the disk is full.
        self.init(
            stream: message.stream.name, sequence: message.sequence, eventID: message.event.id.copied,
            type: message.event.type?.copied, data: message.event.data.copied,
            reason: verdict.reason ?? "", attempts: attempts, worker: worker, incarnation: incarnation, diedAt: time,
            replayOf: message.replayOf,
            identity: message.identity)
    }
}

extension ByteBuffer {
    /// The same bytes in memory of their own.
    fileprivate var copied: ByteBuffer { ByteBuffer(bytes: readableBytesView) }
}

/// A dead letter as it lies in the store.
public struct StoredDeadLetter: Sendable, Hashable {
    /// Its number, by which an operator names it; later ones have higher numbers, and none is given twice.
    public let id: Int64
    /// The letter.
    public let letter: DeadLetter

    /// Makes one of its parts.
    public init(id: Int64, letter: DeadLetter) {
        self.id = id
        self.letter = letter
    }
}

/// Which of the stored dead letters are meant; what is not said restricts nothing.
public struct DeadLetterFilter: Sendable, Hashable {
    /// Those of this stream.
    public var stream: String?
    /// Those with this text, byte for byte, in their data, reason, type or event id. An empty one is none.
    public var text: String?
    /// Those with a higher number than this: for the page after the one that ended with it.
    public var after: Int64
    /// Those with no higher number than this.
    public var through: Int64

    /// Makes a filter; without arguments, of all.
    public init(stream: String? = nil, text: String? = nil, after: Int64 = 0, through: Int64 = .max) {
        self.stream = stream
        self.text = text
        self.after = after
        self.through = through
    }
}
