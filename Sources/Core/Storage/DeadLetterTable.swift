import FoundationEssentials
import GRDB
import NIOCore
public import Pipeline

/// A dead letter as it lies in the store.
public struct StoredDeadLetter: Sendable, Hashable {
    /// Its number, by which an operator names it; later ones have higher numbers, and none is given twice.
    public let id: Int64
    /// The letter.
    public let letter: DeadLetter
}

/// The statements about dead letters.
enum DeadLetterTable {
    /// How many there are, and how large they are together.
    struct Totals: Equatable {
        var count = 0
        var bytes = 0
    }

    static func totals(_ database: Database) throws -> Totals {
        let row = try Row.fetchOne(database, sql: "SELECT count(*), ifnull(sum(size), 0) FROM dead_letter")
        return Totals(count: row?[0] ?? 0, bytes: row?[1] ?? 0)
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
                    (size, stream, sequence, attempts, worker, incarnation, died_at, reason, event_id, type, data)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        // SQLite's integers are signed; the two counters keep their bits.
        try statement.execute(
            arguments: [
                size(letter), letter.stream, Int64(bitPattern: letter.sequence), letter.attempts, letter.worker,
                Int64(bitPattern: letter.incarnation), letter.diedAt, text(letter.reason), data(letter.eventID),
                letter.type.map(data), data(letter.data),
            ])
    }

    /// Deletes the oldest letters until the rest is within the bounds; the newest one always stays. Returns how many
    /// went.
    static func evict(_ database: Database, totals: inout Totals, limits: DeadLetterLimits) throws -> Int {
        guard totals.count > limits.count || totals.bytes > limits.bytes else { return 0 }
        let before = totals.count
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
                incarnation: UInt64(bitPattern: row["incarnation"] as Int64), diedAt: row["died_at"]))
    }

    /// Text ends at a NUL where C reads it, and the words of a failed program may hold one: it becomes the picture of
    /// one.
    private static func text(_ words: String) -> String {
        words.utf8.contains(0) ? String(words.map { $0 == "\0" ? "␀" : $0 }) : words
    }

    static func data(_ buffer: ByteBuffer) -> Data { Data(buffer.readableBytesView) }

    static func buffer(_ data: Data) -> ByteBuffer { ByteBuffer(bytes: data) }
}
