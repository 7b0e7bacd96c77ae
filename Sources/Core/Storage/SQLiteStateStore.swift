import FoundationEssentials
import GRDB
import Glibc
import Locking
import NIOCore
public import Pipeline

/// The bounds of the dead letters that are kept; beyond them the oldest go, and are counted.
public struct DeadLetterLimits: Sendable, Equatable {
    /// At most so many.
    public var count: Int
    /// At most so many bytes, all together.
    public var bytes: Int
    /// For so long at most, from when a message was given up; nil: for ever.
    public var age: Duration?

    /// Creates bounds; count and bytes are at least 1.
    public init(count: Int = 10_000, bytes: Int = 256 << 20, age: Duration? = nil) {
        self.count = max(1, count)
        self.bytes = max(1, bytes)
        self.age = age
    }

    /// What died before has to go, in microseconds since 1970.
    func oldest(at now: Int64) -> Int64? {
        age.map { now - Int64($0 / .microseconds(1)) }
    }
}

/// Checkpoints and dead letters in `ptrd.sqlite`, in the state directory.
///
/// One connection writes and one reads, side by side (WAL). A commit is on the disk when it returns (`synchronous =
/// FULL`): it costs one fsync, and there is at most one commit in an interval of the pipeline's. With NORMAL a power
/// failure could take back the last commits; checkpoints would merely be older, but a dead letter of a stream without
/// ids would be gone for good, since nobody would send it again.
///
/// All work is done on SQLite's own queues or on the store's; the cooperative pool never waits for a disk.
public final class SQLiteStateStore: StateStore {
    /// The damaged file that was moved aside when the store was opened; nil when there was none.
    public let movedAside: MovedAside?

    let directory: StateDirectory
    /// Where files are looked at, and the database is closed.
    private let queue = SerialQueue("state")
    /// Of its own: a look at a path that hangs is not to hold up the end.
    let lookQueue = SerialQueue("state's files")
    let now: @Sendable () -> Int64
    private let bounds: Locked<DeadLetterLimits>
    private let state: Locked<StateStoreCounters>
    private let database: Locked<OpenDatabase>
    /// Copies all of a database into another one.
    let copy: @Sendable (_ from: DatabasePool, _ to: DatabasePool) throws -> Void

    init(
        directory: StateDirectory, database: OpenDatabase, limits: DeadLetterLimits, counters: StateStoreCounters,
        movedAside: MovedAside? = nil, now: @escaping @Sendable () -> Int64,
        copy: @escaping @Sendable (_ from: DatabasePool, _ to: DatabasePool) throws -> Void = { try $0.backup(to: $1) }
    ) {
        self.directory = directory
        self.database = Locked(database)
        self.copy = copy
        bounds = Locked(limits)
        self.movedAside = movedAside
        self.now = now
        state = Locked(counters)
    }

    /// The bounds of the dead letters. What is beyond them goes with the next commit, or by ``enforceLimits()``.
    public var limits: DeadLetterLimits {
        get { bounds.withLock { $0 } }
        set { bounds.withLock { $0 = newValue } }
    }

    /// What is open at present.
    var opened: OpenDatabase { database.withLock { $0 } }
    var pool: DatabasePool { opened.pool }

    /// Goes on with another database, and with other counts if there are any.
    func replace(with open: OpenDatabase, _ counters: StateStoreCounters? = nil) {
        database.withLock { $0 = open }
        if let counters { state.withLock { $0 = counters } }
    }

    // MARK: Closing

    /// Closes the database, its log written back, and leaves the directory to others. Later calls throw
    /// ``StorageError/closed(path:)``.
    ///
    /// - Throws: ``StorageError``.
    public func close() async throws(StorageError) {
        try await queue.run { [self] () throws(StorageError) in
            do {
                // GRDB closes the reading connection last, and that cannot write the log back. If somebody else reads just
                // now, the log stays beside the file, and the next one to open it reads both.
                _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                try pool.close()
            } catch {
                throw StorageError(error, path: directory.database)
            }
        }
        directory.unlock()
    }

    // MARK: The pipeline's side

    /// The same as ``StateStore/checkpoints()``, in the order of the streams' names.
    ///
    /// - Throws: ``StorageError``.
    public func checkpoints() async throws -> [Checkpoint] {
        try await perform {
            try await self.pool.read { database in
                try Row.fetchAll(database, sql: "SELECT * FROM checkpoint ORDER BY stream").map(
                    CheckpointTable.checkpoint)
            }
        }
    }

    /// The same as ``StateStore/secret()``.
    ///
    /// - Throws: ``StorageError``.
    public func secret() async throws -> [UInt8] {
        try await perform {
            try await self.pool.read { try Data.fetchOne($0, sql: "SELECT secret FROM secret").map(Array.init) ?? [] }
        }
    }

    /// The same as ``StateStore/commit(_:)``: it is on the disk when this returns.
    ///
    /// - Throws: `StateVanished`, ``StorageError``.
    public func commit(_ commit: StateCommit) async throws {
        guard !commit.isEmpty else { return }
        try await check()
        let moment = now()
        let limits = limits
        let letters = commit.deadLetters.filter { DeadLetterTable.size($0) <= DeadLetterTable.largest }
        var dropped = commit.dropped
        for letter in commit.deadLetters where DeadLetterTable.size(letter) > DeadLetterTable.largest {
            dropped[letter.stream, default: 0] += 1
        }
        let newDropped = dropped
        try await perform {
            try await self.pool.write { database in
                for checkpoint in commit.checkpoints { try CheckpointTable.store(checkpoint, at: moment, database) }
                for (stream, count) in newDropped {
                    try database.execute(
                        sql: """
                            INSERT INTO dropped_dead_letter (stream, count, updated_at) VALUES (?, ?, ?)
                            ON CONFLICT (stream) DO UPDATE
                            SET count = count + excluded.count, updated_at = excluded.updated_at
                            """, arguments: [stream, count, moment])
                }
                let replaced = commit.settledReplays + letters.compactMap(\.replayOf)
                let removed = try DeadLetterTable.delete(replaced, database)
                for letter in letters { try DeadLetterTable.insert(letter, database) }
                try self.bookAfterCommit(database, lost: commit.deadLetters.count - letters.count) { totals in
                    totals.count += letters.count
                    totals.bytes += letters.reduce(0) { $0 + DeadLetterTable.size($1) }
                    totals.subtract(removed)
                    return try DeadLetterTable.evict(database, totals: &totals, limits: limits, at: moment)
                }
            }
        }
    }

    /// The same as ``StateStore/counters``.
    public var counters: StateStoreCounters { state.withLock { $0 } }

    // MARK: Within

    /// Changes the totals: in a copy now, and for all to see once the transaction is on the disk. SQLite takes one
    /// writer at a time, so no other change can come in between.
    ///
    /// - Parameters:
    ///   - lost: How many letters were too large.
    ///   - change: Changes the totals and returns how many letters were evicted.
    func bookAfterCommit(
        _ database: Database, lost: Int = 0, change: (inout DeadLetterTable.Totals) throws -> Int
    ) rethrows {
        var counters = counters
        var totals = DeadLetterTable.Totals()
        (totals.count, totals.bytes) = (counters.deadLetters, counters.deadLetterBytes)
        let evicted = try change(&totals)
        (counters.deadLetters, counters.deadLetterBytes) = (totals.count, totals.bytes)
        counters.evicted += evicted
        counters.lost += lost
        let booked = counters
        database.afterNextTransaction { _ in self.state.withLock { $0 = booked } }
    }

    /// Does the work in a task of its own: the last commit of a daemon that stops comes from a task that is cancelled
    /// already, and must not be refused for that.
    func perform<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws(StorageError) -> Value {
        do {
            return try await Task { try await work() }.value
        } catch {
            throw StorageError(error, path: directory.database)
        }
    }
}
