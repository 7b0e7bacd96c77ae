import FoundationEssentials
import JetStream
import Locking

/// What a suspect is known by over the life of a daemon.
struct SuspectKey: Sendable, Hashable {
    let sequence: UInt64
    let storedAt: Int64

    init(_ message: PulledMessage) {
        sequence = message.delivery.sequence
        storedAt = message.delivery.storedAt
    }

    init(sequence: UInt64, storedAt: Int64) { (self.sequence, self.storedAt) = (sequence, storedAt) }
}

/// How often this machine has ended while a suspect was all that it had in hand: kept in a small file, written before the suspect
/// is dealt, and again when it has had another end.
final class SuspectRecord: Sendable {
    private let path: String?
    private let queue = SerialQueue("nats suspects")
    private let tries = Locked<[SuspectKey: Int]?>(nil)

    /// No file has more suspects.
    private static let most = 1000

    /// - Parameter path: nil: nothing is kept.
    init(path: String?) { self.path = path }

    /// Notes that a suspect is about to be dealt alone. Returns how often that was begun before, and had no end. Throws when it
    /// cannot be written down.
    func begin(_ key: SuspectKey) async throws -> Int {
        guard path != nil else { return count(key) }
        return try await queue.run { [self] in
            var all = read()
            let before = all[key] ?? 0
            all[key] = before + 1
            try write(all)
            return before
        }
    }

    /// Notes that it had an end that was not the daemon's.
    func end(_ key: SuspectKey) {
        guard path != nil else { return tries.withLock { _ = $0?.removeValue(forKey: key) } }
        queue.post { [self] in
            var all = read()
            guard all.removeValue(forKey: key) != nil else { return }
            // What is not written is counted again: a suspect that is done does not come back.
            try? write(all)
        }
    }

    /// One that nobody remembers after this life.
    private func count(_ key: SuspectKey) -> Int {
        tries.withLock { tries in
            let before = tries?[key] ?? 0
            tries = (tries ?? [:]).merging([key: before + 1]) { $1 }
            return before
        }
    }

    /// Waits until all is written.
    func flush() async { if path != nil { await queue.run { () throws(Never) in } } }

    private func read() -> [SuspectKey: Int] {
        if let known = tries.withLock({ $0 }) { return known }
        guard let path, let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [:] }
        var all: [SuspectKey: Int] = [:]
        for line in text.split(separator: "\n").prefix(Self.most) {
            let words = line.split(separator: " ")
            guard words.count == 3, let sequence = UInt64(words[0]), let storedAt = Int64(words[1]),
                let count = Int(words[2])
            else { continue }
            all[SuspectKey(sequence: sequence, storedAt: storedAt)] = count
        }
        return all
    }

    private func write(_ all: [SuspectKey: Int]) throws {
        tries.withLock { $0 = all }
        guard let path else { return }
        let lines = all.sorted { $0.key.sequence < $1.key.sequence }.suffix(Self.most)
            .map { "\($0.key.sequence) \($0.key.storedAt) \($0.value)\n" }
        try Data(lines.joined().utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
