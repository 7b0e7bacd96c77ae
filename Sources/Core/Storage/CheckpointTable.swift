import FoundationEssentials
import GRDB
import NIOCore
import Pipeline

/// The statements about checkpoints.
enum CheckpointTable {
    /// - Parameter moment: microseconds since 1970.
    static func store(_ checkpoint: Checkpoint, at moment: Int64, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO checkpoint
                    (stream, last_event_id, location, source, open_run_id, open_run_events, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (stream) DO UPDATE SET last_event_id = excluded.last_event_id,
                    location = excluded.location, source = excluded.source, open_run_id = excluded.open_run_id,
                    open_run_events = excluded.open_run_events, updated_at = excluded.updated_at
                """)
        try statement.execute(arguments: [
            checkpoint.stream, DeadLetterTable.data(checkpoint.lastEventID), checkpoint.location,
            checkpoint.source.map(DeadLetterTable.data),
            checkpoint.openRun.map { DeadLetterTable.data($0.lastEventID) },
            checkpoint.openRun.map { DeadLetterTable.data($0.events) }, moment,
        ])
    }

    static func checkpoint(_ row: Row) -> Checkpoint {
        var checkpoint = Checkpoint(
            stream: row["stream"], lastEventID: DeadLetterTable.buffer(row["last_event_id"]), location: row["location"])
        checkpoint.source = (row["source"] as Data?).map(DeadLetterTable.buffer)
        if let id = row["open_run_id"] as Data?, let events = row["open_run_events"] as Data? {
            checkpoint.openRun = OpenRun(
                lastEventID: DeadLetterTable.buffer(id), events: DeadLetterTable.buffer(events))
        }
        return checkpoint
    }
}
