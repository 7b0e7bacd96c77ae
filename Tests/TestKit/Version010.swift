/// What version 0.1.0 left in its state directory.
public enum Version010 {
    /// The table of dead letters, which it had from its first state on.
    public static let deadLetterTable = """
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
        """

    /// The tables of its database, as that version made them, with its marks of their migrations.
    public static let tables = """
        CREATE TABLE checkpoint (
            stream TEXT NOT NULL PRIMARY KEY,
            last_event_id BLOB NOT NULL,
            updated_at INTEGER NOT NULL
        , location TEXT) STRICT, WITHOUT ROWID;
        \(deadLetterTable)
        CREATE TABLE dropped_dead_letter (
            stream TEXT NOT NULL PRIMARY KEY,
            count INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES
            ('1 checkpoints and dead letters'), ('2 where checkpoints come from, and dropped dead letters');

        """
}
