import DequeModule
import NIOCore

/// The runs of one stream, and the position that follows from them.
///
/// A run is a row of consecutive commits with one last event ID: events, skipped events, blank lines. Another ID closes it, an
/// ID that returns begins a new one, and the end of a connection closes none: servers give several events one ID, or an ID to
/// the first of a group only. So an ID says that a run is over only when another one has come.
///
/// The position is the ID of the last closed run up to which all messages are settled. It is empty where there is
/// none: before the first run is closed, and from the moment on at which the server took the ID back.
package struct Runs {
    /// The run that is not closed yet.
    package struct Open {
        package fileprivate(set) var id: ByteBuffer
        /// The highest ordinal that an event or a skipped event of it was given.
        package var known: UInt64 = 0
        /// Whether anything of it came over the present connection. If another ID comes instead, the server goes on elsewhere,
        /// perhaps from its oldest event: what is left of the run may still come, and its ID is no position.
        var isSeen = true
        /// Messages of it that were admitted, and those of them that are not settled.
        fileprivate var messages = 0
        fileprivate var unsettled = 0

        package init(id: ByteBuffer, known: UInt64 = 0, isSeen: Bool = true) {
            self.id = id
            self.known = known
            self.isSeen = isSeen
        }
    }

    /// A run that is closed, and that the position has not passed.
    private struct Closed {
        /// What the position becomes when it passes the run; nil: it stays as it is, or a later run says what it becomes.
        var id: ByteBuffer?
        /// Whether a later run of the settled ones that follow says it. An ID keeps in memory all that was read with it,
        /// so those that nobody will need are dropped.
        var isCovered = false
        var unsettled: Int

        var decides: Bool { unsettled == 0 && (id != nil || isCovered) }
    }

    /// The ID of the last closed run up to which all is settled; empty: none.
    package private(set) var position = ByteBuffer()
    /// The ID of the last closed run: what the next connection of this life asks with, since the ledger holds what is not settled.
    package private(set) var resumption = ByteBuffer()
    package private(set) var open: Open?
    /// How often there was a position, and then none.
    package private(set) var losses: UInt64 = 0
    /// How often the position has moved.
    private(set) var moves: UInt64 = 0
    /// An ID that is longer is not sent to a server.
    package var maximumIDBytes = PositionPolicy.defaultMaximumIDBytes

    private var closed: Deque<Closed> = []
    /// The number of the first closed run. Each run that has messages has one of its own.
    private var first: UInt64 = 1

    /// The number of the open run.
    var openNumber: UInt64 { first + UInt64(closed.count) }
    /// Whether the open run is what follows the position.
    var isOpenNext: Bool { closed.isEmpty }

    /// What the next connection may ask with, the most wanted first.
    ///
    /// The open run's ID comes only after a refusal: asked with it, a server that gave it to several events would
    /// leave out those that have not come yet. For the same reason, a stream that has an open run but no position asks
    /// without an ID, as its first connection did; that is counted as a possible gap.
    package var candidates: [ByteBuffer] {
        guard resumption.readableBytes > 0 else { return [] }
        guard let open, open.id != resumption, isUsable(open.id) else { return [resumption] }
        return [resumption, open.id]
    }

    // MARK: - What comes

    /// A commit of an ID (nil: an empty one). True: it begins a run.
    package mutating func commit(_ id: ByteBuffer?) -> Bool {
        if isOpen(id) {
            open?.isSeen = true
            return false
        }
        let id = id ?? ByteBuffer()
        close(before: id)
        open = Open(id: id)
        return true
    }

    private func isOpen(_ id: ByteBuffer?) -> Bool {
        guard let id else { return open?.id.readableBytes == 0 }
        return open?.id == id
    }

    /// An event or a skipped event of the open run. Returns its ordinal.
    mutating func dispatch() -> UInt64 {
        open?.known += 1
        return open?.known ?? 0
    }

    /// A message that comes while the open run is the last one: the run is not behind the position before it is settled.
    package mutating func admit() {
        open?.messages += 1
        open?.unsettled += 1
    }

    /// Something of the open run came again.
    mutating func see() { open?.isSeen = true }

    /// A connection is open over which nothing of the open run has come.
    mutating func expect() { open?.isSeen = false }

    /// A message of this run is settled. True: the run is the open one.
    package mutating func settle(_ number: UInt64) -> Bool {
        // One from before an operator set the position.
        guard number >= first else { return false }
        let index = Int(number - first)
        guard index < closed.count else {
            open?.unsettled -= 1
            return true
        }
        closed[index].unsettled -= 1
        if closed[index].unsettled == 0 { pass(index) }
        return false
    }

    // MARK: - From outside

    /// Goes on from a position and an open run of an earlier life.
    package mutating func resume(after position: ByteBuffer, open: Open? = nil) {
        self.position = position
        resumption = position
        self.open = open
    }

    /// Another position is to hold: what came before, settled or not, moves nothing any more.
    package mutating func set(_ position: ByteBuffer) {
        first = openNumber + 1
        closed.removeAll()
        open = nil
        resumption = position
        self.position = position
        moves += 1
    }

    /// The server took the open run's ID in the place of a position that it refused: there it goes on.
    mutating func adoptOpenRun() {
        guard let open else { return }
        resumption = open.id
        append(Closed(id: open.id, unsettled: open.unsettled), messages: open.messages)
        self.open?.messages = 0
        self.open?.unsettled = 0
    }

    /// The server refused all there was to ask with: what comes now has to do with nothing that came before.
    mutating func abandon() {
        close(before: ByteBuffer())
        open = nil
    }

    /// Gives IDs that live for long memory of their own.
    package mutating func compact() {
        position.shrinkStorage()
        resumption.shrinkStorage()
        open?.id.shrinkStorage()
    }

    // MARK: - Within

    /// Closes the open run, if there is one, since `id` has come. An empty one takes the position back.
    private mutating func close(before id: ByteBuffer) {
        var passed: ByteBuffer?
        if id.readableBytes == 0 {
            passed = id
        } else if let open, open.isSeen, isUsable(open.id) {
            passed = open.id
        }
        if let passed { resumption = passed }
        append(Closed(id: passed, unsettled: open?.unsettled ?? 0), messages: open?.messages ?? 0)
    }

    private mutating func append(_ run: Closed, messages: Int) {
        if messages > 0 {
            closed.append(run)
        } else if closed.isEmpty {
            if let id = run.id { move(to: id) }
            return
        } else if let id = run.id {
            // Nothing came since the last one was closed, so both are passed at once.
            closed[closed.count - 1].id = id
        }
        if closed[closed.count - 1].unsettled == 0 { pass(closed.count - 1) }
    }

    /// All messages of a closed run are settled.
    private mutating func pass(_ index: Int) {
        guard index > 0 else {
            while let run = closed.first, run.unsettled == 0 {
                if let id = run.id { move(to: id) }
                closed.removeFirst()
                first += 1
            }
            return
        }
        if index + 1 < closed.count, closed[index + 1].decides { cover(index) }
        if closed[index].decides { cover(index - 1) }
    }

    private mutating func cover(_ index: Int) {
        closed[index].id = nil
        closed[index].isCovered = true
    }

    private mutating func move(to id: ByteBuffer) {
        guard id != position else { return }
        if id.readableBytes == 0 { losses += 1 }
        position = id
        moves += 1
    }

    /// Whether an ID can say to a server where to go on.
    private func isUsable(_ id: ByteBuffer) -> Bool {
        id.readableBytes > 0 && id.readableBytes <= maximumIDBytes && id.isFieldValue
    }
}

extension ByteBuffer {
    /// Storage of this size or less is not worth a copy.
    private static var smallStorage: Int { 4096 }

    /// Whether a header can hold it: no control characters but the tab.
    package var isFieldValue: Bool {
        withUnsafeReadableBytes { $0.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) } }
    }

    /// Takes memory of its own when it keeps a large buffer alive.
    package mutating func shrinkStorage() {
        guard storageCapacity > Self.smallStorage, readableBytes * 4 < storageCapacity else { return }
        self = ByteBuffer(bytes: readableBytesView)
    }
}
