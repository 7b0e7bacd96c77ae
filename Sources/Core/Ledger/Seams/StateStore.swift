public import NIOCore

/// Where a stream resumes: its position, and what is known of the run that followed it.
///
/// The position never passes an unsettled message, so a restart reads again from there: at least once, where the server
/// supports `Last-Event-ID`. What the server sends again of the open run is recognised.
public struct Checkpoint: Sendable, Hashable {
    /// The name of the stream, as in the configuration.
    public var stream: String
    /// The position: the event id to resume after, as the server sent it. Empty: there is none.
    public var lastEventID: ByteBuffer
    /// Where the stream came from (``Source/location``), for people; nil: not known.
    public var location: String?
    /// A keyed hash of what the stream came from (``Source/identity``), for an id means nothing to another server; nil: it was
    /// stored by a version that only knew the location.
    public var source: ByteBuffer?
    /// The run that follows the position; nil: nothing of it is settled.
    public var openRun: OpenRun?
    /// The tenure in which it holds, where daemons take the stream from one another; 0: they do not.
    package var tenure: UInt64 = 0
    /// Then, a hash of what the stream came from that every daemon can make.
    package var origin: String?

    /// Makes a checkpoint of one stream.
    public init(
        stream: String, lastEventID: ByteBuffer, location: String? = nil, source: ByteBuffer? = nil,
        openRun: OpenRun? = nil
    ) {
        self.stream = stream
        self.lastEventID = lastEventID
        self.location = location
        self.source = source
        self.openRun = openRun
    }
}

/// The events of one last event id that may go on: what is known of those that are settled.
public struct OpenRun: Sendable, Hashable {
    /// Their last event id.
    public var lastEventID: ByteBuffer
    /// Which they are; opaque to the store, at most a few kilobytes.
    public var events: ByteBuffer

    /// Makes one of its parts.
    public init(lastEventID: ByteBuffer, events: ByteBuffer) {
        self.lastEventID = lastEventID
        self.events = events
    }
}

/// What goes to the store in one transaction.
public struct StateCommit: Sendable, Hashable {
    /// Messages that were given up. One with ``DeadLetter/replayOf`` takes the place of the letter of that number.
    public var deadLetters: [DeadLetter]
    /// The checkpoints that pass them.
    public var checkpoints: [Checkpoint]
    /// The numbers of stored dead letters that were replayed and settled: they go. One that is gone is no error.
    public var settledReplays: [Int64]
    /// Dead letters that found no room in memory while the store could not be written: how many of which stream. They
    /// are added to what is stored under the stream's name.
    public var dropped: [String: Int]

    /// Makes a transaction; what is left out is not in it.
    public init(
        deadLetters: [DeadLetter] = [], checkpoints: [Checkpoint] = [], settledReplays: [Int64] = [],
        dropped: [String: Int] = [:]
    ) {
        self.deadLetters = deadLetters
        self.checkpoints = checkpoints
        self.settledReplays = settledReplays
        self.dropped = dropped
    }

    /// Whether there is nothing in it.
    public var isEmpty: Bool {
        deadLetters.isEmpty && checkpoints.isEmpty && settledReplays.isEmpty && dropped.isEmpty
    }
}

/// What a store holds and has done.
public struct StateStoreCounters: Sendable, Hashable {
    /// Dead letters in the store.
    public var deadLetters = 0
    /// Their bytes, about.
    public var deadLetterBytes = 0
    /// Dead letters that had to go for later ones, since the store was opened.
    public var evicted = 0
    /// Dead letters that were lost without the ledger of this life knowing it: dropped in earlier lives before they could
    /// be stored, or too large for the store.
    public var lost = 0

    /// Makes counters that stand at zero.
    public init() {}
}

/// The internal seam behind which the state of a stream outlives the process.
///
/// Declared here, implemented by `Storage`. An implementation never blocks the cooperative pool.
public protocol StateStore: Sendable {
    /// The checkpoints of all streams, as the last life of the daemon left them.
    func checkpoints() async throws -> [Checkpoint]

    /// The secret of the state directory: random bytes that are made once, and the same for as long as the store exists. Hashes of
    /// what is not to be known from the store are keyed with it.
    func secret() async throws -> [UInt8]

    /// What the hashes of settled events are keyed with. Two daemons that go on from each other's checkpoints have the same.
    func eventSecret() async throws -> [UInt8]

    /// Stores all of it or nothing, in one transaction.
    ///
    /// - Throws: ``StateVanished``, and what keeps the store from it.
    func commit(_ commit: StateCommit) async throws

    /// Looks whether what was stored is still there: called in place of a commit when there is nothing to store.
    ///
    /// - Throws: ``StateVanished``, and what keeps the store from looking.
    func check() async throws

    /// What the store holds and has done, at one instant.
    var counters: StateStoreCounters { get }

    /// Reads dead letters, the oldest first: at most `limit`, and no further one once they have `maxBytes` together.
    func deadLetters(_ filter: DeadLetterFilter, limit: Int, maxBytes: Int) async throws -> [StoredDeadLetter]

    /// Reads one dead letter; nil if there is none of that number (any more).
    func deadLetter(_ id: Int64) async throws -> StoredDeadLetter?

    /// The number of the newest dead letter; nil if there is none.
    func newestDeadLetter() async throws -> Int64?

    /// How many dead letters there are of each stream that has any.
    func countDeadLetters(_ filter: DeadLetterFilter) async throws -> [String: Int]

    /// Deletes dead letters. Returns how many.
    func removeDeadLetters(_ filter: DeadLetterFilter) async throws -> Int

    /// Deletes the dead letters of these numbers. Returns how many there were.
    func removeDeadLetters(_ ids: [Int64]) async throws -> Int
}

/// What was stored is not there any more. The store has begun anew, and is to be given all that is known: every checkpoint,
/// not only those that have moved.
public struct StateVanished: Error, Sendable, CustomStringConvertible {
    /// In words, for people: what is gone, and what was done about it.
    public var description: String

    /// Makes an error that says so.
    public init(_ description: String) {
        self.description = description
    }
}

/// A store that nobody can take away, and the operator's side of one that only takes in: there is nothing to be seen.
extension StateStore {
    /// None: there is nobody to keep anything from.
    public func secret() async throws -> [UInt8] { [] }
    /// The secret.
    public func eventSecret() async throws -> [UInt8] { try await secret() }
    /// All is there.
    public func check() async throws {}
    /// All zero.
    public var counters: StateStoreCounters { StateStoreCounters() }
    /// None.
    public func deadLetters(_ filter: DeadLetterFilter, limit: Int, maxBytes: Int) async throws -> [StoredDeadLetter] {
        []
    }
    /// None.
    public func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? { nil }
    /// None.
    public func newestDeadLetter() async throws -> Int64? { nil }
    /// None.
    public func countDeadLetters(_ filter: DeadLetterFilter) async throws -> [String: Int] { [:] }
    /// None.
    public func removeDeadLetters(_ filter: DeadLetterFilter) async throws -> Int { 0 }
    /// None.
    public func removeDeadLetters(_ ids: [Int64]) async throws -> Int { 0 }
}
