import NIOCore

/// An event that was admitted: what a worker is handed.
public struct Message: Sendable {
    /// Its number in this life of the daemon, from 1.
    public let sequence: UInt64
    /// The stream it came from.
    public let stream: StreamName
    /// Its place among the messages of its stream, from 1; 0 for a replay, which has none.
    public let ordinal: UInt64
    /// What the source brought: ID, type and data.
    public let event: Event
    /// When its bytes had been read, by the tree's clock.
    public let receivedAt: Duration
    /// The number of the stored dead letter that it is a replay of; nil for what came from the stream.
    public internal(set) var replayOf: Int64?
    /// The number of the run that was open when it was admitted; 0: it is no part of the stream's order.
    package var run: UInt64 = 0
    /// Its place among the events of its run, from 1; 0: it has no id, or its place is not known.
    var runOrdinal: UInt64 = 0
    /// The identity of the dead letter that it is a replay of.
    package var storedIdentity: String?

    /// Whether it is a kill message, as of its admission.
    package var isKill = false
    /// The source that is told what becomes of it, see ``SourceTable``; 0: none.
    package var recipient: UInt64 = 0

    /// Where the ledger counts the memory that it lies in; -1: it counts its own bytes.
    var block = -1

    package init(
        sequence: UInt64, stream: StreamName, ordinal: UInt64, event: Event, receivedAt: Duration,
        replayOf: Int64? = nil, run: UInt64 = 0, runOrdinal: UInt64 = 0, storedIdentity: String? = nil,
        recipient: UInt64 = 0, block: Int = -1
    ) {
        self.sequence = sequence
        self.stream = stream
        self.ordinal = ordinal
        self.event = event
        self.receivedAt = receivedAt
        self.replayOf = replayOf
        self.run = run
        self.runOrdinal = runOrdinal
        self.storedIdentity = storedIdentity
        self.recipient = recipient
        self.block = block
    }

    /// Makes a message outside of a tree, to try a handler or a body with.
    ///
    /// - Parameters:
    ///   - stream: the name of its stream.
    ///   - sequence: its number.
    public init(_ event: Event, stream: String = "stream", sequence: UInt64 = 1) {
        self.init(
            sequence: sequence, stream: StreamName(name: stream, index: 0), ordinal: sequence, event: event,
            receivedAt: .zero)
    }

    /// Its own bytes.
    package var bytes: Int { event.heldBytes }
}

/// A configured stream: its name, and its index in the tables that are kept per stream.
public struct StreamName: Sendable, Hashable, CustomStringConvertible {
    /// The name in the configuration.
    public let name: String
    package let index: Int
    /// What the identities of its events begin with.
    var origin = EventOrigin()

    package init(name: String, index: Int) {
        self.name = name
        self.index = index
    }

    /// The name.
    public var description: String { name }

    /// Whether they are the same stream.
    public static func == (left: Self, right: Self) -> Bool { left.index == right.index && left.name == right.name }

    /// Hashes what makes them the same.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(index)
    }
}
