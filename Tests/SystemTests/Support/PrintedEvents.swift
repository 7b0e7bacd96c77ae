import Foundation

@testable import RogueFeed

/// Which events of a ``RogueServer`` were printed, and how often.
struct PrintedEvents {
    private(set) var counts: [String: [UInt16]] = [:]
    /// Lines that are no event's, or not all of one's.
    private(set) var strange: [String] = []
    private(set) var lines = 0
    private var rest = Data()

    /// How often an event was printed.
    func count(_ stream: String, _ serial: Int) -> Int {
        guard let counts = counts[stream], serial < counts.count else { return 0 }
        return Int(counts[serial])
    }

    /// How many different ones of a stream were.
    func distinct(_ stream: String) -> Int { counts[stream, default: []].count { $0 > 0 } }

    /// How many lines were of events that had been printed before.
    func repeats(_ stream: String) -> Int { counts[stream, default: []].reduce(0) { $0 + max(0, Int($1) - 1) } }

    /// The events among the first so many that were not printed, but for those that are not meant to be.
    func missing(_ log: FeedLog, of count: Int) -> [Int] {
        (0..<count).filter { !log.isOversize($0) && self.count(log.name, $0) == 0 }
    }

    mutating func note(_ line: some StringProtocol) {
        lines += 1
        guard let (name, serial) = FeedLog.parse(line) else {
            strange.append(String(line.prefix(100)))
            return
        }
        var counts = self.counts.removeValue(forKey: name) ?? []
        if serial >= counts.count { counts += Array(repeating: 0, count: serial + 1 - counts.count) }
        counts[serial] = counts[serial] == .max ? .max : counts[serial] + 1
        self.counts[name] = counts
    }

    /// Reads what has been appended to a file since the last time.
    mutating func read(_ file: FileHandle) throws {
        while let data = try file.read(upToCount: 1 << 20), !data.isEmpty {
            rest.append(data)
            while let end = rest.firstIndex(of: 0x0A) {
                note(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                rest = rest[(end + 1)...]
            }
            rest = Data(rest)
        }
    }
}
