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
    /// What the last attempt ended with, in words.
    public var reason: String
    /// How many times it was handed to a worker.
    public var attempts: Int
    /// The name of the worker that had it last.
    public var worker: String
    /// The incarnation of that worker.
    public var incarnation: UInt64
    /// When it was given up, in microseconds since 1970.
    public var diedAt: Int64

    /// Makes a dead letter of its parts.
    public init(
        stream: String, sequence: UInt64, eventID: ByteBuffer, type: ByteBuffer?, data: ByteBuffer, reason: String,
        attempts: Int, worker: String, incarnation: UInt64, diedAt: Int64
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
    }
}
