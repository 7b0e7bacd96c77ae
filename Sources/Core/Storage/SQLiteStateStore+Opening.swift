import FoundationEssentials
import GRDB
import Locking
import Pipeline
public import ProgramKit

/// What is done when the state is found damaged at the start.
public enum DamagePolicy: Sendable, Hashable {
    /// It is an error, and the file stays where it is.
    case stop
    /// The file is moved aside and a fresh one begun.
    case moveAside
}

/// A damaged file that was moved aside.
public struct MovedAside: Sendable, Hashable {
    /// Where it was.
    public var from: String
    /// Where it is now; its log (`-wal`), if there was one, lies beside it.
    public var to: String
    /// What was wrong with it.
    public var reason: String
}

extension SQLiteStateStore {
    /// Opens the store, and creates directory (mode 0750, in an existing one), file and tables as far as they are
    /// missing.
    ///
    /// - Parameters:
    ///   - directory: The state directory. It stays locked until the store is closed.
    ///   - limits: The bounds of the dead letters.
    ///   - onDamage: What is done about a damaged file. One of a later version is never moved.
    ///   - now: Microseconds since 1970, for the time of checkpoints.
    /// - Throws: Every case of ``StorageError`` but `busy` and `closed`.
    public static func open(
        directory: String, limits: DeadLetterLimits = DeadLetterLimits(), onDamage: DamagePolicy = .stop,
        now: @escaping @Sendable () -> Int64 = UTCTime.microsecondsSince1970
    ) async throws(StorageError) -> SQLiteStateStore {
        try await SerialQueue("state").run { () throws(StorageError) in
            try openBlocking(directory: directory, limits: limits, onDamage, now: now)
        }
    }

    private static func openBlocking(
        directory path: String, limits: DeadLetterLimits, _ onDamage: DamagePolicy,
        now: @escaping @Sendable () -> Int64
    ) throws(StorageError) -> SQLiteStateStore {
        let directory = try StateDirectory(path: path)
        var movedAside: MovedAside?
        let database: OpenDatabase
        let counters: StateStoreCounters
        do throws(StorageError) {
            (database, counters) = try openDatabase(in: directory, limits: limits, at: now())
        } catch .damaged(let path, let reason) where onDamage == .moveAside {
            movedAside = MovedAside(from: path, to: try directory.moveDatabaseAside(at: now()), reason: reason)
            (database, counters) = try openDatabase(in: directory, limits: limits, at: now())
        }
        return SQLiteStateStore(
            directory: directory, database: database, limits: limits, counters: counters, movedAside: movedAside,
            now: now)
    }

    /// - Parameters:
    ///   - now: microseconds since 1970, by which the age of dead letters is told.
    ///   - expected: the file that is to be opened, and no other; nil: the one that is there, or a new one.
    static func openDatabase(
        in directory: StateDirectory, limits: DeadLetterLimits, at now: Int64,
        expected: FileIdentity? = nil
    ) throws(StorageError) -> (OpenDatabase, StateStoreCounters) {
        if expected == nil { try directory.createDatabase() }
        if let reason = try DamageCheck.header(path: directory.database) {
            throw .damaged(path: directory.database, reason: reason)
        }
        var configuration = Configuration()
        configuration.label = "ptrd-state"
        configuration.maximumReaderCount = 1
        // Only an operator's shell can hold the file: the directory is ours.
        configuration.busyMode = .timeout(5)
        do {
            let pool = try DatabasePool(path: directory.database, configuration: configuration)
            do {
                try check(directory.database, is: expected)
                let (secret, counters) = try prepare(
                    pool, path: directory.database, limits: limits, at: now)
                try check(directory.database, is: expected)
                return (
                    OpenDatabase(pool: pool, files: try DatabaseFiles(of: directory.database), secret: secret), counters
                )
            } catch {
                // Before anything is moved: what is open would be written to at its old path.
                try? pool.close()
                throw error
            }
        } catch {
            throw StorageError(error, path: directory.database)
        }
    }

    private static func check(_ path: String, is expected: FileIdentity?) throws(StorageError) {
        guard let expected, try DatabaseFiles(of: path).database != expected else { return }
        throw .failed(path: path, reason: "it was replaced while it was being opened")
    }

    /// Returns the secret in it, and what it holds.
    private static func prepare(
        _ pool: DatabasePool, path: String, limits: DeadLetterLimits, at now: Int64
    ) throws -> (secret: Data, counters: StateStoreCounters) {
        let migrator = StateSchema.migrator
        if try pool.read(migrator.hasBeenSuperseded) { throw StorageError.tooNew(path: path) }
        if let reason = try pool.read(DamageCheck.run) { throw StorageError.damaged(path: path, reason: reason) }
        try pool.writeWithoutTransaction { database in
            // GRDB opens pools with NORMAL, after all configuration.
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216")
        }
        try migrator.migrate(pool)
        return try pool.write { database in
            // The bounds may be lower than last time, and time has passed.
            var totals = try DeadLetterTable.totals(database)
            var counters = StateStoreCounters()
            counters.evicted = try DeadLetterTable.evict(database, totals: &totals, limits: limits, at: now)
            (counters.deadLetters, counters.deadLetterBytes) = (totals.count, totals.bytes)
            counters.lost =
                try Int.fetchOne(database, sql: "SELECT ifnull(sum(count), 0) FROM dropped_dead_letter") ?? 0
            return (try Data.fetchOne(database, sql: "SELECT secret FROM secret") ?? Data(), counters)
        }
    }
}
