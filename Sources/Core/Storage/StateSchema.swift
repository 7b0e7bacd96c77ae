import FoundationEssentials
import GRDB

/// The tables, as a list of steps. A step that has been released is never changed: what is new is a new step.
enum StateSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 checkpoints and dead letters") { database in
            // `updated_at` and `died_at` are microseconds since 1970.
            try database.execute(
                sql: """
                    CREATE TABLE checkpoint (
                        stream TEXT NOT NULL PRIMARY KEY,
                        last_event_id BLOB NOT NULL,
                        updated_at INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    """)
            // AUTOINCREMENT: an operator's number for a dead letter is never given to another one.
            // `size` stands before the blobs, so that adding it up does not read them.
            try database.execute(
                sql: """
                    CREATE TABLE dead_letter (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        size INTEGER NOT NULL,
                        stream TEXT NOT NULL,
                        sequence INTEGER NOT NULL,
                        attempts INTEGER NOT NULL,
                        worker TEXT NOT NULL,
                        incarnation INTEGER NOT NULL,
                        died_at INTEGER NOT NULL,
                        reason TEXT NOT NULL,
                        event_id BLOB NOT NULL,
                        type BLOB,
                        data BLOB NOT NULL
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("2 where checkpoints come from, and dropped dead letters") { database in
            // No location: the checkpoint was stored before there was the column, and is believed.
            try database.execute(
                sql: """
                    ALTER TABLE checkpoint ADD COLUMN location TEXT;
                    CREATE TABLE dropped_dead_letter (
                        stream TEXT NOT NULL PRIMARY KEY,
                        count INTEGER NOT NULL,
                        updated_at INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("3 positions: sources, open runs, identities, a secret") { database in
            // No source: the checkpoint was stored before there was the column, and its location is believed.
            // No identity: the letter was stored before events had one.
            try database.execute(
                sql: """
                    ALTER TABLE checkpoint ADD COLUMN source BLOB;
                    ALTER TABLE checkpoint ADD COLUMN open_run_id BLOB;
                    ALTER TABLE checkpoint ADD COLUMN open_run_events BLOB;
                    ALTER TABLE dead_letter ADD COLUMN identity TEXT;
                    CREATE TABLE secret (
                        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
                        secret BLOB NOT NULL
                    ) STRICT;
                    """)
            let secret = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
            try database.execute(sql: "INSERT INTO secret VALUES (1, ?)", arguments: [secret])
        }
        return migrator
    }
}
