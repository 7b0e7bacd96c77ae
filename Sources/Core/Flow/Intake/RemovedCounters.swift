/// What was counted of streams that are not configured any more, by name: one that is added again counts on, so that no counter
/// of this life ever falls.
///
/// Names come from whoever writes the configuration; so many are kept, and then the one that went first is forgotten.
struct RemovedCounters {
    static let kept = 4096

    private var counted: [String: (number: UInt64, last: StreamStatus)] = [:]
    private var nextNumber: UInt64 = 0

    /// A stream goes; nothing more is counted of it.
    mutating func keep(_ status: StreamStatus) {
        counted[status.name] = (nextNumber, status)
        nextNumber += 1
        guard counted.count > Self.kept else { return }
        if let first = counted.min(by: { $0.value.number < $1.value.number }) { counted[first.key] = nil }
    }

    /// A stream of that name comes, from wherever: its counters begin where the last one's ended.
    package mutating func resume(_ status: inout StreamStatus) {
        guard let last = counted.removeValue(forKey: status.name)?.last else { return }
        status.count(on: last)
    }

    /// A stream of that name is back in its own place, with its counters.
    package mutating func forget(_ name: String) { counted[name] = nil }
}

extension StreamStatus {
    /// Takes over the counters of the stream that had the name before; nothing else of it is this stream's.
    fileprivate mutating func count(on last: StreamStatus) {
        events = last.events
        bytes = last.bytes
        compressedBytes = last.compressedBytes
        reconnects = last.reconnects
        possibleGaps = last.possibleGaps
        skipped = last.skipped
        repeated = last.repeated
        filtered = last.filtered
        refusedPositions = last.refusedPositions
    }
}
