import GRDB
public import Pipeline

/// The operator's side: what he reads and deletes.
extension SQLiteStateStore {
    /// The same as ``StateStore/deadLetters(_:limit:maxBytes:)``.
    ///
    /// - Throws: ``StorageError``.
    public func deadLetters(
        _ filter: DeadLetterFilter = DeadLetterFilter(), limit: Int = 100, maxBytes: Int = .max
    ) async throws(StorageError) -> [StoredDeadLetter] {
        let (condition, arguments) = DeadLetterTable.condition(filter)
        return try await perform {
            try await self.pool.read { database in
                let rows = try Row.fetchCursor(
                    database, sql: "SELECT * FROM dead_letter WHERE \(condition) ORDER BY id LIMIT ?",
                    arguments: arguments + [max(0, limit)])
                var (letters, bytes): ([StoredDeadLetter], Int) = ([], 0)
                while bytes < maxBytes, let row = try rows.next() {
                    letters.append(DeadLetterTable.letter(row))
                    bytes += row["size"] as Int
                }
                return letters
            }
        }
    }

    /// The same as ``StateStore/deadLetter(_:)``.
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

    /// The same as ``StateStore/newestDeadLetter()``.
    ///
    /// - Throws: ``StorageError``.
    public func newestDeadLetter() async throws(StorageError) -> Int64? {
        try await perform {
            try await self.pool.read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM dead_letter") }
        }
    }

    /// The same as ``StateStore/countDeadLetters(_:)``.
    ///
    /// - Throws: ``StorageError``.
    public func countDeadLetters(
        _ filter: DeadLetterFilter = DeadLetterFilter()
    ) async throws(StorageError) -> [String: Int] {
        let (condition, arguments) = DeadLetterTable.condition(filter)
        return try await perform {
            try await self.pool.read { database in
                let rows = try Row.fetchAll(
                    database, sql: "SELECT stream, count(*) FROM dead_letter WHERE \(condition) GROUP BY stream",
                    arguments: arguments)
                return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
            }
        }
    }

    /// The same as ``StateStore/removeDeadLetters(_:)``.
    ///
    /// - Throws: ``StorageError``.
    @discardableResult
    public func removeDeadLetters(_ filter: DeadLetterFilter) async throws(StorageError) -> Int {
        let (condition, arguments) = DeadLetterTable.condition(filter)
        return try await remove { database in
            DeadLetterTable.Totals(
                try Int.fetchAll(
                    database, sql: "DELETE FROM dead_letter WHERE \(condition) RETURNING size", arguments: arguments))
        }
    }

    /// The same as ``StateStore/removeDeadLetters(_:)``.
    ///
    /// - Throws: ``StorageError``.
    @discardableResult
    public func removeDeadLetters(_ ids: [Int64]) async throws(StorageError) -> Int {
        try await remove { try DeadLetterTable.delete(ids, $0) }
    }

    /// Lets go what is beyond ``limits`` now, and counts it: after they were lowered.
    ///
    /// - Throws: ``StorageError``.
    public func enforceLimits() async throws(StorageError) {
        let (limits, moment) = (limits, now())
        try await perform {
            try await self.pool.write { database in
                try self.bookAfterCommit(database) { totals in
                    try DeadLetterTable.evict(database, totals: &totals, limits: limits, at: moment)
                }
            }
        }
    }

    private func remove(
        _ delete: @escaping @Sendable (Database) throws -> DeadLetterTable.Totals
    ) async throws(StorageError) -> Int {
        try await perform {
            try await self.pool.write { database in
                let removed = try delete(database)
                self.bookAfterCommit(database) { totals in
                    totals.subtract(removed)
                    return 0
                }
                return removed.count
            }
        }
    }
}
