import FoundationEssentials
import GRDB
import NIOCore
import Pipeline

/// The statements about dead letters.
enum DeadLetterTable {
    /// SQLite holds no row of more than a thousand million bytes (`SQLITE_MAX_LENGTH`). A letter that is larger would make
    /// every commit fail for ever.
    static let largest = 999_000_000

    /// How many there are, and how large they are together.
    struct Totals: Equatable {
        var count = 0
        var bytes = 0

        /// Of sizes.
        init(_ sizes: [Int] = []) {
            for size in sizes { (count, bytes) = (count + 1, bytes + size) }
        }

        mutating func subtract(_ gone: Totals) { (count, bytes) = (count - gone.count, bytes - gone.bytes) }
    }

    /// - Parameter cutoff: only of those that died before, in microseconds since 1970.
    static func totals(_ database: Database, before cutoff: Int64 = .max) throws -> Totals {
        let row = try Row.fetchOne(
            database, sql: "SELECT count(*), ifnull(sum(size), 0) FROM dead_letter WHERE died_at < ?",
            arguments: [cutoff])
        var totals = Totals()
        if let row { (totals.count, totals.bytes) = (row[0], row[1]) }
        return totals
    }

    /// What a letter counts: its bytes, and a little for the row.
    static func size(_ letter: DeadLetter) -> Int {
        letter.data.readableBytes + letter.eventID.readableBytes + (letter.type?.readableBytes ?? 0)
            + letter.reason.utf8.count + letter.stream.utf8.count + letter.worker.utf8.count + 64
    }

    static func insert(_ letter: DeadLetter, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO dead_letter
                    (size, stream, sequence, attempts, worker, incarnation, died_at, reason, event_id, type, data,
                    identity)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        // SQLite's integers are signed; the two counters keep their bits.
        try statement.execute(
            arguments: [
                size(letter), letter.stream, Int64(bitPattern: letter.sequence), letter.attempts, letter.worker,
                Int64(bitPattern: letter.incarnation), letter.diedAt, text(letter.reason), data(letter.eventID),
                letter.type.map(data), data(letter.data), letter.identity,
            ])
    }

    /// Deletes letters. Returns what went; a number that is not there is passed over.
    static func delete(_ ids: [Int64], _ database: Database) throws -> Totals {
        let statement = try database.cachedStatement(sql: "DELETE FROM dead_letter WHERE id = ? RETURNING size")
        return Totals(try ids.compactMap { try Int.fetchOne(statement, arguments: [$0]) })
    }

    /// The condition of a filter, to stand behind WHERE, and its arguments.
    static func condition(_ filter: DeadLetterFilter) -> (sql: String, arguments: StatementArguments) {
        var sql = "id > ? AND id <= ?"
        var arguments: StatementArguments = [filter.after, filter.through]
        if let stream = filter.stream {
            sql += " AND stream = ?"
            arguments += [stream]
        }
        if let text = filter.text, !text.isEmpty {
            sql += " AND (instr(reason, ?) > 0 OR instr(data, ?) > 0 OR instr(type, ?) > 0 OR instr(event_id, ?) > 0)"
            let bytes = Data(text.utf8)
            arguments += [text, bytes, bytes, bytes]
        }
        return (sql, arguments)
    }

    /// Deletes the oldest letters until the rest is within the bounds; however large, the newest one stays. Returns how many
    /// went.
    ///
    /// - Parameter now: microseconds since 1970.
    static func evict(
        _ database: Database, totals: inout Totals, limits: DeadLetterLimits, at now: Int64
    ) throws -> Int {
        let cutoff = limits.oldest(at: now)
        guard cutoff != nil || totals.count > limits.count || totals.bytes > limits.bytes else { return 0 }
        let before = totals.count
        if let cutoff {
            // By their times and not by their order: a clock may have been ahead for a while.
            let old = try self.totals(database, before: cutoff)
            if old.count > 0 {
                try database.execute(sql: "DELETE FROM dead_letter WHERE died_at < ?", arguments: [cutoff])
                totals.subtract(old)
            }
        }
        var last: Int64?
        let oldest = try Row.fetchCursor(database, sql: "SELECT id, size FROM dead_letter ORDER BY id")
        while totals.count > 1, totals.count > limits.count || totals.bytes > limits.bytes, let row = try oldest.next()
        {
            last = row[0]
            totals.count -= 1
            totals.bytes -= row[1]
        }
        if let last { try database.execute(sql: "DELETE FROM dead_letter WHERE id <= ?", arguments: [last]) }
        return before - totals.count
    }

    static func letter(_ row: Row) -> StoredDeadLetter {
        StoredDeadLetter(
            id: row["id"],
            letter: DeadLetter(
                stream: row["stream"], sequence: UInt64(bitPattern: row["sequence"] as Int64),
                eventID: buffer(row["event_id"]),
                type: (row["type"] as Data?).map(buffer), data: buffer(row["data"]), reason: row["reason"],
                attempts: row["attempts"], worker: row["worker"],
                incarnation: UInt64(bitPattern: row["incarnation"] as Int64), diedAt: row["died_at"],
                identity: row["identity"]))
    }

    /// Text ends at a NUL where C reads it, and the words of a failed program may hold one: it becomes the picture of
    /// one.
    private static func text(_ words: String) -> String {
        words.utf8.contains(0) ? String(words.map { $0 == "\0" ? "␀" : $0 }) : words
    }

    static func data(_ buffer: ByteBuffer) -> Data { Data(buffer.readableBytesView) }

    static func buffer(_ data: Data) -> ByteBuffer { ByteBuffer(bytes: data) }
}
