import Foundation
import GRDB

/// What lies in a state directory, looked at from outside.
struct StoredState {
    /// How far a feed's streams are stored as settled: positions of the feed, by the names of the streams.
    let checkpoints: [String: Int]
    /// The positions: the IDs with which a next life goes on, by the names of the streams; empty where there is none.
    let positions: [String: String]

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
            return try Row.fetchAll(database, sql: "SELECT stream, last_event_id, open_run_id FROM checkpoint")
        }
        func text(_ id: Data?) -> String { String(decoding: id ?? Data(), as: UTF8.self) }
        positions = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], text($0[1])) })
        // Where each event has an ID of its own, that of the open run is settled, too: its one event is in the tail.
        checkpoints = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], Int(text($0[2] ?? $0[1])) ?? -1) })
    }
}
