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
    public var replayOf: Int64? { replay?.letter }
    /// The number of the run that was open when it was admitted; 0: it is no part of the stream's order.
    package var run: UInt64 = 0
    /// Its place among the events of its run, from 1; 0: it has no id, or its place is not known.
    var runOrdinal: UInt64 = 0
    /// What there is to know of a replay. An object, since a message is copied often and is seldom one.
    private final class Replay: Sendable {
        let letter: Int64
        let identity: String?

        init(of letter: Int64, _ identity: String?) { (self.letter, self.identity) = (letter, identity) }
    }

    private let replay: Replay?
    /// The identity of the dead letter that it is a replay of.
    package var storedIdentity: String? { replay?.identity }

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
        replay = replayOf.map { Replay(of: $0, storedIdentity) }
        self.run = run
        self.runOrdinal = runOrdinal
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
    /// One object for all messages of a stream: each of them bears its name.
    private final class Content: Sendable {
        let name: String
        let index: Int
        let origin: EventOrigin

        init(_ name: String, _ index: Int, _ origin: EventOrigin) {
            (self.name, self.index, self.origin) = (name, index, origin)
        }
    }

    private let content: Content

    /// The name in the configuration.
    public var name: String { content.name }
    package var index: Int { content.index }
    /// What the identities of its events begin with.
    var origin: EventOrigin { content.origin }

    package init(name: String, index: Int) { self.init(name: name, index: index, origin: EventOrigin()) }

    init(name: String, index: Int, origin: EventOrigin) { content = Content(name, index, origin) }

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
