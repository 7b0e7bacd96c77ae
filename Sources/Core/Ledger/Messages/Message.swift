import NIOCore

/// An event that was admitted: what a worker is handed.
///
/// Its content is one object, since a message is handed on many times: to the ledger, to a hand, to a worker, to its renderer.
/// Who looks at a part of it gets no copy, which would retain each of the buffers.
public struct Message: Sendable {
    /// It is made where the event is read, and so of the receiver's time. What admission adds is written once, under the ledger's lock and
    /// before anybody else has the message: that makes it safe to share.
    final class Content: @unchecked Sendable {
        let event: Event
        /// 0: it was not admitted.
        fileprivate var sequence: UInt64 = 0
        fileprivate var stream: StreamName?
        fileprivate var ordinal: UInt64 = 0
        fileprivate var receivedAt = Duration.zero
        fileprivate var details = Details()

        @inline(__always)
        init(_ event: consuming Event) { self.event = event }
    }

    /// What the ledger knows of it beside.
    struct Details: Sendable {
        /// The number of the run that was open when it was admitted; 0: it is no part of the stream's order.
        var run: UInt64 = 0
        /// Its place among the events of its run, from 1; 0: it has no id, or its place is not known.
        var runOrdinal: UInt64 = 0
        /// The source that is told what becomes of it, see ``SourceTable``; 0: none.
        var recipient: UInt64 = 0
        /// Where the ledger counts the memory that it lies in; -1: it counts its own bytes.
        var block = -1
        /// Whether it is a kill message.
        var isKill = false
        /// The number of the stored dead letter that it is a replay of, and its identity.
        var replayOf: Int64?
        var storedIdentity: String?
    }

    private let content: Content

    /// Its number in this life of the daemon, from 1.
    public var sequence: UInt64 { content.sequence }
    /// The stream it came from.
    public var stream: StreamName { _read { yield content.stream! } }
    /// Its place among the messages of its stream, from 1; 0 for a replay, which has none.
    public var ordinal: UInt64 { content.ordinal }
    /// What the source brought: ID, type and data.
    public var event: Event { _read { yield content.event } }
    /// What it says: of the event no more is retained for who wants only that, or its type, or its ID.
    package var data: ByteBuffer { content.event.data }
    package var type: ByteBuffer? { content.event.type }
    package var knownID: ByteBuffer? { content.event.knownID }
    /// When its bytes had been read, by the tree's clock.
    public var receivedAt: Duration { content.receivedAt }
    /// The number of the stored dead letter that it is a replay of; nil for what came from the stream.
    public var replayOf: Int64? { content.details.replayOf }
    package var run: UInt64 { content.details.run }
    var runOrdinal: UInt64 { content.details.runOrdinal }
    /// The identity of the dead letter that it is a replay of.
    package var storedIdentity: String? { content.details.storedIdentity }
    /// Whether it is a kill message, as of its admission.
    package var isKill: Bool { content.details.isKill }
    package var recipient: UInt64 { content.details.recipient }
    var block: Int { content.details.block }

    /// Admits what was read. It may be admitted once: of what was before, this makes another message.
    init(
        _ content: Content, sequence: UInt64, stream: StreamName, ordinal: UInt64, receivedAt: Duration,
        details: Details
    ) {
        let content = content.sequence == 0 ? content : Content(content.event)
        content.sequence = sequence
        content.stream = stream
        content.ordinal = ordinal
        content.receivedAt = receivedAt
        content.details = details
        self.content = content
    }

    /// Makes a message that no ledger has admitted.
    package init(
        sequence: UInt64, stream: StreamName, ordinal: UInt64, event: Event, receivedAt: Duration,
        replayOf: Int64? = nil, storedIdentity: String? = nil
    ) {
        self.init(
            Content(event), sequence: sequence, stream: stream, ordinal: ordinal, receivedAt: receivedAt,
            details: Details(replayOf: replayOf, storedIdentity: storedIdentity))
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
    package var bytes: Int { content.event.heldBytes }
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
