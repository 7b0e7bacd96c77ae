import CScanning
import NIOCore

/// An incremental parser of event streams: bytes in, events out (WHATWG HTML, "Server-sent events", §9.2.5 and §9.2.6).
///
/// It is a value without I/O. Its results do not depend on how the bytes are cut into chunks (rule P12), its cost is
/// linear in the bytes however they are dripped (C11), and its memory is bounded by ``EventStreamLimits`` (C9).
///
/// ```swift
/// var parser = EventStreamParser()
/// var events: [EventStreamEvent] = []
/// try parser.parse(chunk, into: &events)
/// ```
///
/// One parser serves all connections of a stream in turn: call ``reset()`` between them.
public struct EventStreamParser: Sendable {
    /// The last event ID that was committed by a blank line, with or without an event: what a reconnect sends (P8,
    /// P13).
    public internal(set) var lastEventID: ByteBuffer

    /// The last valid `retry:` of the stream, `nil` if there was none (P7). A figure too large to represent is
    /// saturated.
    public internal(set) var retry: Duration?

    /// Comments, and events over a limit, seen so far.
    public internal(set) var counters = EventStreamCounters()

    /// What the last call of `parse` committed without an event. Their ``EventStreamCommit/eventsBefore`` count
    /// from the beginning of the caller's array.
    public internal(set) var commits: [EventStreamCommit] = []

    /// The limits this parser keeps.
    public let limits: EventStreamLimits

    // The standard's buffers.
    /// The ID buffer, if no blank line has committed it; else it is `lastEventID`.
    var uncommittedID: ByteBuffer?
    var type: ByteBuffer?
    /// The data of the block without its final LF.
    var data = BlockData.none
    /// Where the data of several lines is joined.
    var joined = PieceBuffer()
    var dataLines = 0
    /// The block at hand is over a limit; its data is no longer gathered.
    var isOversized = false
    /// An `id` field that counts has come since the last event, or since the beginning of the connection.
    var hasOwnID = false
    /// `uncommittedID` or `lastEventID` is a slice of the chunk at hand.
    var idsBorrowChunk = false

    // Where in the stream we are.
    var byteOrderMark = ByteOrderMark.expected(matched: 0)
    var line = LineState.atStart
    /// The line's bytes from earlier chunks. There is no line end in them, so they are never scanned again (C11).
    var carry = PieceBuffer()
    /// Whether `carry` and `joined` write to blocks that a copy of this parser has, too.
    private var owner = Owner()
    /// The last line ended with a CR at the end of a chunk: an LF that follows belongs to it (P3).
    var skipsLineFeed = false
    var failure: EventStreamParserError?
    /// Comments of the current call, if its caller wants them.
    var comments: [ByteBuffer]?
    /// For each of them, how many events stood in the caller's array when it came.
    var commentPositions: [Int] = []
    /// How many events stand there now, kept while comments are wanted.
    var eventCount = 0

    private final class Owner: Sendable {}

    /// Where the data of a block is that has not been dispatched.
    enum BlockData: Sendable {
        case none
        /// In the chunk at hand, so many bytes from its first one on: no reference is counted for it before its event is made.
        case passing(at: Int, count: Int)
        /// In an earlier chunk, or in a line that was cut.
        case slice(ByteBuffer)
        /// In ``EventStreamParser/joined``.
        case joined
    }

    /// Where the scanner stands in the current line when a chunk begins.
    enum LineState: Sendable {
        /// Nothing of the line has been seen.
        case atStart
        /// Its first bytes are in `carry`.
        case carried
        /// It is over the limit, and its first bytes have been dealt with: the rest is thrown away unseen.
        case discarding
    }

    /// The one byte order mark that may precede the stream, EF BB BF (P1, P2).
    enum ByteOrderMark: Sendable {
        case expected(matched: Int)
        case settled
    }

    /// Creates a parser at the beginning of a stream.
    ///
    /// - Parameters:
    ///   - lastEventID: what the last event ID is until the stream sets one, as after a reconnect (P13).
    ///   - limits: how much may be held, and what happens to what is larger.
    public init(lastEventID: ByteBuffer = ByteBuffer(), limits: EventStreamLimits = .init()) {
        self.lastEventID = lastEventID
        self.limits = limits
    }

    /// Parses the readable bytes of `chunk` and appends the events they complete to `events`.
    ///
    /// - Throws: ``EventStreamParserError`` under the policy `.fail`. The events before the offending one have been appended, and
    ///   every further call throws the same error until ``reset()``.
    public mutating func parse(
        _ chunk: ByteBuffer, into events: inout [EventStreamEvent]
    ) throws(EventStreamParserError) {
        try begin()
        try take(chunk, into: &events)
    }

    /// Parses several chunks like ``parse(_:into:)-(ByteBuffer,_)`` one after the other, and faster: while one is parsed, the memory of the
    /// next one is on its way from where it was received.
    public mutating func parse(
        _ chunks: [ByteBuffer], into events: inout [EventStreamEvent]
    ) throws(EventStreamParserError) {
        try begin()
        for index in chunks.indices {
            prefetch(behind: index, of: chunks)
            try take(chunks[index], into: &events)
        }
    }

    /// Parses `chunk` like ``parse(_:into:)-(ByteBuffer,_)``, and appends the comments it completes to `comments`, each without its
    /// colon.
    public mutating func parse(
        _ chunk: ByteBuffer, into events: inout [EventStreamEvent], comments: inout [ByteBuffer]
    ) throws(EventStreamParserError) {
        try parse([chunk], into: &events, comments: &comments)
    }

    /// Parses several chunks like ``parse(_:into:comments:)-(ByteBuffer,_,_)``, one after the other.
    public mutating func parse(
        _ chunks: [ByteBuffer], into events: inout [EventStreamEvent], comments: inout [ByteBuffer]
    ) throws(EventStreamParserError) {
        self.comments = []
        commentPositions.removeAll(keepingCapacity: true)
        eventCount = events.count
        defer {
            comments += self.comments ?? []
            self.comments = nil
        }
        try parse(chunks, into: &events)
    }

    /// Begins a call.
    @inline(__always)
    private mutating func begin() throws(EventStreamParserError) {
        if !commits.isEmpty { commits.removeAll(keepingCapacity: true) }
        if let failure { throw failure }
        if !isKnownUniquelyReferenced(&owner) { leaveBlocks() }
    }

    private mutating func take(
        _ chunk: ByteBuffer, into events: inout [EventStreamEvent]
    ) throws(EventStreamParserError) {
        guard chunk.readableBytes > 0 else { return }
        do {
            try chunk.withUnsafeReadableBytes { (bytes) throws(EventStreamParserError) in
                try scan(bytes, of: chunk, into: &events)
            }
        } catch {
            failure = error
            if idsBorrowChunk { keepIDs(of: chunk) }
            throw error
        }
        if idsBorrowChunk { keepIDs(of: chunk) }
    }

    /// Small chunks lie here and there, and each one's beginning would be waited for: twice, for the buffer's object and for the
    /// bytes that it points to.
    @inline(__always)
    private func prefetch(behind index: Int, of chunks: [ByteBuffer]) {
        guard index + 1 < chunks.count else { return }
        chunks[index + 1].withUnsafeReadableBytes { cscanning_prefetch($0.baseAddress, min($0.count, 2048)) }
        guard index + 2 < chunks.count else { return }
        chunks[index + 2].withUnsafeReadableBytesWithStorageManagement { cscanning_prefetch($1.toOpaque(), 128) }
    }

    /// Makes ready for a new connection: whatever is pending is discarded (P10), the committed last event ID and
    /// `retry` stay, and a byte order mark may come again.
    public mutating func reset() { reset(lastEventID: lastEventID) }

    /// The same for a connection that was asked for with another ID than the last that was committed.
    public mutating func reset(lastEventID id: ByteBuffer) {
        lastEventID = id
        uncommittedID = nil
        hasOwnID = false
        clearBlock()
        byteOrderMark = .expected(matched: 0)
        line = .atStart
        carry.next()
        skipsLineFeed = false
        commits.removeAll(keepingCapacity: true)
        failure = nil
    }

    /// Gives the IDs bytes of their own. They live for long, and a slice of a chunk would keep the whole chunk alive, which
    /// does not matter only where the chunk is small.
    private mutating func keepIDs(of chunk: ByteBuffer) {
        idsBorrowChunk = false
        guard chunk.storageCapacity > 4096 else { return }
        lastEventID = ByteBuffer(bytes: lastEventID.readableBytesView)
        uncommittedID = uncommittedID.map { ByteBuffer(bytes: $0.readableBytesView) }
    }

    /// A copy of this parser was made: both go on in blocks of their own.
    @inline(never)
    private mutating func leaveBlocks() {
        carry.leaveBlock()
        joined.leaveBlock()
        owner = Owner()
    }
}
