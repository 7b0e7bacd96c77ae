import GRDB
import Glibc

/// Looks for damage before anything is built on the file.
enum DamageCheck {
    /// Up to this size the whole file is read, which takes a second or two from a disk; the bounds of the dead letters keep
    /// it far below. Of a larger one only the table that the streams depend on is.
    private static let wholeFile = 1 << 30

    /// What is wrong with how the file begins; nil when nothing is, or it is empty.
    ///
    /// SQLite would say the same, but takes the log beside such a file for an old one and deletes it.
    static func header(path: String) throws(StorageError) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system(errno, path: path) }
        defer { close(file) }
        // The file format, section 1.3.1.
        let expected = Array("SQLite format 3\0".utf8)
        var header = [UInt8](repeating: 0, count: expected.count)
        let count = pread(file, &header, header.count, 0)
        guard count >= 0 else { throw .system(errno, path: path) }
        return count == 0 || header == expected ? nil : "it does not begin as a database does"
    }

    /// What is wrong with the file; nil when nothing is found.
    @Sendable static func run(_ database: Database) throws -> String? {
        let size = try (number("page_count", database), number("page_size", database))
        let (bytes, overflow) = size.0.multipliedReportingOverflow(by: size.1)
        // The check of a single table wants it to exist.
        if bytes > wholeFile || overflow, try database.tableExists("checkpoint") {
            return try firstFinding("quick_check('checkpoint')", database)
        }
        return try firstFinding("quick_check(1)", database)
    }

    private static func number(_ pragma: String, _ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA \(pragma)") ?? 0
    }

    /// A line of its own for each finding, or a single `ok`.
    private static func firstFinding(_ pragma: String, _ database: Database) throws -> String? {
        guard let finding = try String.fetchOne(database, sql: "PRAGMA \(pragma)"), finding != "ok" else { return nil }
        return finding.replacing("\n", with: " ")
    }
}
