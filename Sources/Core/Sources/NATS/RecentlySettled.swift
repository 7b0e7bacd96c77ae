import JetStream
import Pipeline

/// What was settled of late: an acknowledgement that was lost is said again when the message is delivered again.
///
/// Each number has one place, which it shares with those that are ``count`` away from it: there is one of these for each message, and
/// no search.
struct RecentlySettled {
    private struct Entry {
        let reply: AckSubject
        let how: SettlementNotice.Bin
        let at: ContinuousClock.Instant
    }

    static let count = 1 << 16
    static let longest = Duration.seconds(300)

    /// Empty until something is settled.
    private var entries: [Entry?] = []
    /// Their numbers, which are looked at for each delivery: what was settled so long ago is in no cache. Numbers of the broker begin
    /// with 1; 0: there is none.
    private var sequences: [UInt64] = []
    /// When it was looked last what is to be forgotten.
    private var lookedAt: ContinuousClock.Instant?

    private static func place(of sequence: UInt64) -> Int { Int(sequence & UInt64(count - 1)) }

    func how(_ sequence: UInt64, storedAt: Int64) -> SettlementNotice.Bin? {
        let place = Self.place(of: sequence)
        guard !sequences.isEmpty, sequences[place] == sequence, let entry = entries[place],
            entry.reply.delivery.storedAt == storedAt
        else { return nil }
        return entry.how
    }

    mutating func add(_ reply: AckSubject, _ how: SettlementNotice.Bin, at now: ContinuousClock.Instant) {
        if entries.isEmpty {
            entries = Array(repeating: nil, count: Self.count)
            sequences = Array(repeating: 0, count: Self.count)
        }
        let place = Self.place(of: reply.delivery.sequence)
        sequences[place] = reply.delivery.sequence
        entries[place] = Entry(reply: reply, how: how, at: now)
    }

    mutating func forget(at now: ContinuousClock.Instant) {
        if let lookedAt, lookedAt + .seconds(10) > now { return }
        lookedAt = now
        var isEmpty = true
        for place in entries.indices {
            guard let entry = entries[place] else { continue }
            if entry.at + Self.longest <= now { entries[place] = nil } else { isEmpty = false }
        }
        if isEmpty { (entries, sequences) = ([], []) }
    }

    func settled(since moment: ContinuousClock.Instant) -> [(reply: AckSubject, how: SettlementNotice.Bin)] {
        entries.lazy.compactMap(\.self).filter { $0.at >= moment }.sorted {
            $0.reply.delivery.sequence < $1.reply.delivery.sequence
        }
        .map { ($0.reply, $0.how) }
    }
}
