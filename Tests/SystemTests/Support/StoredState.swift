import Foundation
import GRDB

/// What lies in a state directory, looked at from outside.
struct StoredState {
    /// How far a feed's streams are stored as settled: positions of the feed, by the names of the streams.
    let checkpoints: [String: Int]
    /// The IDs that the checkpoints are, as they are.
    let ids: [String: String]

    /// Looks at a copy: a process may be working with the files, or have left them as they are to stay.
    init(copyOf directory: URL) throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: "ptr-copy-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: copy) }
        for name in ["ptrd.sqlite", "ptrd.sqlite-wal"] {
            let file = directory.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            try FileManager.default.copyItem(at: file, to: copy.appending(path: name))
        }
        let rows = try DatabaseQueue(path: copy.appending(path: "ptrd.sqlite").path).read { database in
            guard try database.tableExists("checkpoint") else { return [Row]() }
            return try Row.fetchAll(
                database, sql: "SELECT stream, coalesce(open_run_id, last_event_id) FROM checkpoint")
        }
        ids = Dictionary(
            uniqueKeysWithValues: rows.map { ($0[0], String(decoding: ($0[1] as Data?) ?? Data(), as: UTF8.self)) })
        checkpoints = ids.mapValues { Int($0) ?? -1 }
    }
}
