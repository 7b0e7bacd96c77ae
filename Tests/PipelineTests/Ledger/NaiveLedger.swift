import NIOCore

@testable import Pipeline

/// The ledger as one would write it if nothing had to be fast: a list of all messages that ever were, searched from the start.
struct NaiveLedger {
    enum Place: Equatable {
        case queued, leased
        case finished(Verdict.Kind)
        case delayed(until: Duration)
        case settled(Bin)
    }

    enum Bin {
        case processed, killed, deadLettered
    }

    struct Entry {
        let sequence: UInt64
        let stream: Int
        let bytes: Int
        let id: String
        var place = Place.queued
        var attempts = 0
        var isInFlight: Bool { if case .settled = place { false } else { true } }
    }

    let limits: LedgerLimits
    let streams: Int
    var entries: [Entry] = []
    var retried = 0
    var late = 0
    private var bins: [Bin: Int] = [:]
    /// Entries before this one are settled and of no more interest to anything but the totals.
    private var firstOpen = 0

    init(limits: LedgerLimits, streams: Int) {
        self.limits = limits
        self.streams = streams
    }

    var open: ArraySlice<Entry> { entries[firstOpen...] }
    var inFlight: [Entry] { open.filter(\.isInFlight) }

    func count(_ matches: (Place) -> Bool) -> Int { open.count { matches($0.place) } }

    func count(in bin: Bin) -> Int { bins[bin] ?? 0 }

    subscript(sequence: UInt64) -> Entry {
        get { entries[Int(sequence) - 1] }
        set { entries[Int(sequence) - 1] = newValue }
    }

    /// The message that is to be dealt next: the oldest that is queued.
    var next: UInt64? { open.first { $0.place == .queued }?.sequence }

    func hasRoom(for bytes: Int, of stream: Int) -> Bool {
        let flying = inFlight
        let mine = entries.filter { $0.stream == stream }
        if let first = mine.firstIndex(where: \.isInFlight), mine.count - first >= limits.span { return false }
        if flying.isEmpty { return true }
        let reserve = limits.reserve(streams: streams)
        func held(_ stream: Int) -> (messages: Int, bytes: Int) {
            let held = flying.filter { $0.stream == stream }
            return (held.count, held.reduce(0) { $0 + $1.bytes })
        }
        guard flying.count < limits.inFlight, flying.reduce(bytes, { $0 + $1.bytes }) <= limits.inFlightBytes else {
            return false
        }
        let (messages, before) = held(stream)
        let shared = (0..<streams).map(held)
        guard
            messages < reserve.messages
                || shared.reduce(0, { $0 + max(0, $1.messages - reserve.messages) }) < limits.inFlight - streams
                    * reserve.messages
        else { return false }
        guard messages > 0, before + bytes > reserve.bytes else { return true }
        let beyond = (0..<streams).reduce(0) { sum, other in
            sum + max(0, held(other).bytes + (other == stream ? bytes : 0) - reserve.bytes)
        }
        return beyond <= limits.inFlightBytes - streams * reserve.bytes
    }

    mutating func admit(bytes: Int, id: String, of stream: Int) {
        entries.append(Entry(sequence: UInt64(entries.count) + 1, stream: stream, bytes: bytes, id: id))
    }

    mutating func settle(_ policy: RetryPolicy, at now: Duration) {
        for index in entries.indices[firstOpen...] {
            guard case .finished(let kind) = entries[index].place else { continue }
            switch kind {
            case .done: settle(index, in: .processed)
            case .killed: settle(index, in: .killed)
            case .fault:
                let attempts = entries[index].attempts
                if attempts < policy.maxAttempts {
                    entries[index].place = .delayed(until: now + policy.delay(after: attempts))
                } else {
                    settle(index, in: .deadLettered)
                }
            }
        }
        while firstOpen < entries.count, !entries[firstOpen].isInFlight { firstOpen += 1 }
    }

    private mutating func settle(_ index: Int, in bin: Bin) {
        entries[index].place = .settled(bin)
        bins[bin, default: 0] += 1
    }

    mutating func release(at now: Duration) -> Int {
        var count = 0
        for index in entries.indices[firstOpen...] {
            guard case .delayed(let until) = entries[index].place, until <= now else { continue }
            entries[index].place = .queued
            count += 1
        }
        retried += count
        return count
    }

    /// The id of the last run of one id that another one has closed and that is settled, with all before it; empty when there is
    /// none, or the one that closed it is empty.
    func position(of stream: Int) -> String {
        var (position, last) = ("", Optional<Entry>.none)
        for entry in entries where entry.stream == stream {
            if let last {
                guard !last.isInFlight else { return position }
                if last.id != entry.id { position = entry.id.isEmpty ? "" : last.id }
            }
            last = entry
        }
        return position
    }
}

extension Verdict {
    enum Kind {
        case done, killed, fault
    }

    var kind: Kind {
        switch self {
        case .done: .done
        case .killed: .killed
        case .failed, .crashed, .rejected: .fault
        }
    }
}
