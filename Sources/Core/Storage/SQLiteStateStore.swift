import Dispatch
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

    /// Creates bounds; each is at least 1.
    public init(count: Int = 10_000, bytes: Int = 256 << 20) {
        self.count = max(1, count)
        self.bytes = max(1, bytes)
    }
}

/// What the store holds and has done.
public struct StateStoreCounters: Sendable, Equatable {
    /// Dead letters in the store.
    public var deadLetters = 0
    /// Their bytes, about.
    public var deadLetterBytes = 0
    /// Dead letters that had to go for later ones, since the store was opened.
    public var evicted = 0
}

/// Checkpoints and dead letters in `ptrd.sqlite`, in the state directory.
///
/// One connection writes and one reads, side by side (WAL). A commit is on the disk when it returns (`synchronous =
/// FULL`): it costs one fsync, and there is at most one commit in an interval of the pipeline's. With NORMAL a power
/// failure could take back the last commits; checkpoints would merely be older, but a dead letter of a stream without
/// ids would be gone for good, since nobody would send it again.
///
/// All work is done on SQLite's own queues; the cooperative pool never waits for a disk.
public final class SQLiteStateStore: StateStore {
    private let directory: StateDirectory
    private let pool: DatabasePool
    private let limits: DeadLetterLimits
    private let state: Locked<StateStoreCounters>
    private let now: @Sendable () -> Int64

    private init(
        directory: StateDirectory, pool: DatabasePool, limits: DeadLetterLimits, totals: DeadLetterTable.Totals,
        now: @escaping @Sendable () -> Int64
    ) {
        self.directory = directory
        self.pool = pool
        self.limits = limits
        self.now = now
        state = Locked(StateStoreCounters(deadLetters: totals.count, deadLetterBytes: totals.bytes))
    }

    // MARK: Opening

    /// Opens the store, and creates directory (mode 0750, in an existing one), file and tables as far as they are
    /// missing.
    ///
    /// - Parameters:
    ///   - directory: The state directory. It stays locked until the store is closed.
    ///   - limits: The bounds of the dead letters.
    ///   - now: Microseconds since 1970, for the time of checkpoints.
    /// - Throws: Every case of ``StorageError`` but `busy` and `closed`; whatever is damaged stays as it was.
    public static func open(
        directory: String, limits: DeadLetterLimits = DeadLetterLimits(), now: (@Sendable () -> Int64)? = nil
    ) async throws(StorageError) -> SQLiteStateStore {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result { () throws(StorageError) in
                        try openBlocking(directory: directory, limits: limits, now: now ?? wallClock)
                    })
            }
        }
        return try result.get()
    }

    private static func openBlocking(
        directory path: String, limits: DeadLetterLimits, now: @escaping @Sendable () -> Int64
    ) throws(StorageError) -> SQLiteStateStore {
        let directory = try StateDirectory(path: path)
        try directory.createDatabase()
        var configuration = Configuration()
        configuration.label = "ptrd-state"
        configuration.maximumReaderCount = 1
        // Only an operator's shell can hold the file: the directory is ours.
        configuration.busyMode = .timeout(5)
        do {
            let pool = try DatabasePool(path: directory.database, configuration: configuration)
            let migrator = StateSchema.migrator
            if try pool.read(migrator.hasBeenSuperseded) { throw StorageError.tooNew(path: directory.database) }
            try pool.writeWithoutTransaction { database in
                // GRDB opens pools with NORMAL, after all configuration.
                try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216")
            }
            try migrator.migrate(pool)
            let totals = try pool.write { database in
                // The bounds may be lower than last time. What goes now is nothing new to count.
                var totals = try DeadLetterTable.totals(database)
                _ = try DeadLetterTable.evict(database, totals: &totals, limits: limits)
                return totals
            }
            return SQLiteStateStore(directory: directory, pool: pool, limits: limits, totals: totals, now: now)
        } catch {
            throw StorageError(error, path: directory.database)
        }
    }

    private static func wallClock() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
    }

    /// Closes the database, its log written back, and leaves the directory to others. Later calls throw
    /// ``StorageError/closed(path:)``.
    ///
    /// - Throws: ``StorageError``.
    public func close() async throws(StorageError) {
        let result: Result<Void, StorageError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [self] in
                continuation.resume(
                    returning: Result { () throws(StorageError) in
                        do {
                            // GRDB closes the reading connection last, and that cannot write the log back. If somebody
                            // else reads just now, the log stays beside the file, and the next one to open it reads
                            // both.
                            _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                            try pool.close()
                        } catch {
                            throw StorageError(error, path: directory.database)
                        }
                    })
            }
        }
        try result.get()
        directory.unlock()
    }

    // MARK: The pipeline's side

    /// The same as ``StateStore/checkpoints()``, in the order of the streams' names.
    ///
    /// - Throws: ``StorageError``.
    public func checkpoints() async throws -> [Checkpoint] {
        try await perform {
            try await self.pool.read { database in
                try Row.fetchAll(database, sql: "SELECT stream, last_event_id FROM checkpoint ORDER BY stream").map {
                    row in
                    Checkpoint(stream: row[0], lastEventID: DeadLetterTable.buffer(row[1]))
                }
            }
        }
    }

    /// The same as ``StateStore/commit(deadLetters:checkpoints:)``: it is on the disk when this returns.
    ///
    /// - Throws: ``StorageError``.
    public func commit(deadLetters: [DeadLetter], checkpoints: [Checkpoint]) async throws {
        guard !deadLetters.isEmpty || !checkpoints.isEmpty else { return }
        let moment = now()
        let limits = limits
        try await perform {
            try await self.pool.write { database in
                for checkpoint in checkpoints {
                    try database.cachedStatement(
                        sql: """
                            INSERT INTO checkpoint (stream, last_event_id, updated_at) VALUES (?, ?, ?)
                            ON CONFLICT (stream) DO UPDATE
                            SET last_event_id = excluded.last_event_id, updated_at = excluded.updated_at
                            """
                    ).execute(arguments: [checkpoint.stream, DeadLetterTable.data(checkpoint.lastEventID), moment])
                }
                guard !deadLetters.isEmpty else { return }
                for letter in deadLetters { try DeadLetterTable.insert(letter, database) }
                try self.bookAfterCommit(database) { totals in
                    totals.count += deadLetters.count
                    totals.bytes += deadLetters.reduce(0) { $0 + DeadLetterTable.size($1) }
                    return try DeadLetterTable.evict(database, totals: &totals, limits: limits)
                }
            }
        }
    }

    // MARK: The operator's side

    /// Reads dead letters, the oldest first.
    ///
    /// - Parameters:
    ///   - id: Only those with a higher number: pass the last one's for the next page.
    ///   - stream: Only those of this stream; `nil` for all.
    ///   - limit: At most so many.
    /// - Throws: ``StorageError``.
    public func deadLetters(
        after id: Int64 = 0, stream: String? = nil, limit: Int = 100
    ) async throws(StorageError) -> [StoredDeadLetter] {
        try await perform {
            try await self.pool.read { database in
                try Row.fetchAll(
                    database,
                    sql: "SELECT * FROM dead_letter WHERE id > ?1 AND (?2 IS NULL OR stream = ?2) ORDER BY id LIMIT ?3",
                    arguments: [id, stream, max(0, limit)]
                ).map(DeadLetterTable.letter)
            }
        }
    }

    /// Reads one dead letter; `nil` if there is none of that number (any more).
    ///
    /// - Throws: ``StorageError``.
    public func deadLetter(_ id: Int64) async throws(StorageError) -> StoredDeadLetter? {
        try await perform {
            try await self.pool.read { database in
                try Row.fetchOne(database, sql: "SELECT * FROM dead_letter WHERE id = ?", arguments: [id])
                    .map(DeadLetterTable.letter)
            }
        }
    }

    /// Deletes dead letters that an operator has replayed or read enough of. Returns how many there were.
    ///
    /// - Throws: ``StorageError``.
    @discardableResult
    public func removeDeadLetters(_ ids: [Int64]) async throws(StorageError) -> Int {
        try await perform {
            try await self.pool.write { database in
                var removed = DeadLetterTable.Totals()
                for id in ids {
                    let size = try Int.fetchOne(
                        database.cachedStatement(sql: "DELETE FROM dead_letter WHERE id = ? RETURNING size"),
                        arguments: [id])
                    guard let size else { continue }
                    removed.count += 1
                    removed.bytes += size
                }
                let gone = removed
                self.bookAfterCommit(database) { totals in
                    totals.count -= gone.count
                    totals.bytes -= gone.bytes
                    return 0
                }
                return gone.count
            }
        }
    }

    /// What the store holds and has done, at one instant.
    public var counters: StateStoreCounters { state.withLock { $0 } }

    // MARK: Within

    /// A number that a PRAGMA of the writing connection answers; for tests.
    func writerPragma(_ name: String) async throws(StorageError) -> Int? {
        try await perform {
            try await self.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA \(name)") }
        }
    }

    /// Changes the totals: in a copy now, and for all to see once the transaction is on the disk. SQLite takes one
    /// writer at a time, so no other change can come in between.
    ///
    /// - Parameter change: Changes the totals and returns how many letters were evicted.
    private func bookAfterCommit(
        _ database: Database, change: (inout DeadLetterTable.Totals) throws -> Int
    ) rethrows {
        let counters = counters
        var totals = DeadLetterTable.Totals(count: counters.deadLetters, bytes: counters.deadLetterBytes)
        let evicted = try change(&totals)
        let booked = StateStoreCounters(
            deadLetters: totals.count, deadLetterBytes: totals.bytes, evicted: counters.evicted + evicted)
        database.afterNextTransaction { _ in self.state.withLock { $0 = booked } }
    }

    /// Does the work in a task of its own: the last commit of a daemon that stops comes from a task that is cancelled
    /// already, and must not be refused for that.
    private func perform<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws(StorageError) -> Value {
        do {
            return try await Task { try await work() }.value
        } catch {
            throw StorageError(error, path: directory.database)
        }
    }
}
