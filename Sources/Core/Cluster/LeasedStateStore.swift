public import Pipeline

/// The local store, of which each checkpoint goes on to the bucket: dead letters are on the disk before the position in the bucket
/// passes them.
public struct LeasedStateStore: StateStore {
    private let store: any StateStore
    private let leases: StreamLeases

    /// - Parameter store: where all of it is kept here.
    public init(_ store: any StateStore, _ leases: StreamLeases) {
        self.store = store
        self.leases = leases
    }

    /// Stores all of it here, and has it told.
    public func commit(_ commit: StateCommit) async throws {
        try await store.commit(commit)
        leases.note(commit.checkpoints)
    }

    /// None: the hashes of settled events are to mean something to the next holder.
    public func eventSecret() async throws -> [UInt8] { [] }

    /// The local store's.
    public func checkpoints() async throws -> [Checkpoint] { try await store.checkpoints() }
    /// The local store's.
    public func secret() async throws -> [UInt8] { try await store.secret() }
    /// The local store's.
    public func check() async throws { try await store.check() }
    /// The local store's.
    public var counters: StateStoreCounters { store.counters }
    /// The local store's.
    public func deadLetters(_ filter: DeadLetterFilter, limit: Int, maxBytes: Int) async throws -> [StoredDeadLetter] {
        try await store.deadLetters(filter, limit: limit, maxBytes: maxBytes)
    }
    /// The local store's.
    public func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? { try await store.deadLetter(id) }
    /// The local store's.
    public func newestDeadLetter() async throws -> Int64? { try await store.newestDeadLetter() }
    /// The local store's.
    public func countDeadLetters(_ filter: DeadLetterFilter) async throws -> [String: Int] {
        try await store.countDeadLetters(filter)
    }
    /// The local store's.
    public func removeDeadLetters(_ filter: DeadLetterFilter) async throws -> Int {
        try await store.removeDeadLetters(filter)
    }
    /// The local store's.
    public func removeDeadLetters(_ ids: [Int64]) async throws -> Int { try await store.removeDeadLetters(ids) }
}
