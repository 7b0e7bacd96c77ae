/// Which positions of a stream have been dealt to connections, and which of those have come back unsent.
///
/// Without ids the connections of a stream share its positions, and one moves on only by being written: what a broken
/// connection did not hand to the kernel is given back and dealt to the next. With ids each connection reads at its own
/// cursor.
struct StreamPositions: Sendable {
    /// The stream's last position; positions start from 1.
    private(set) var limit: Int
    /// The stream's high-water mark: the highest position ever dealt to a connection.
    private(set) var highest = 0
    /// How many positions are dealt, but neither written nor given back. Only shared positions are counted.
    private(set) var unsettled = 0
    /// Given back, to be dealt again; ascending, without overlaps.
    private var returned: [Range<Int>] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// The stream ends with what has been dealt.
    mutating func end() { limit = highest }

    /// A run of positions to send, and how many of them are new to the stream, so that the pacer has to allow them.
    struct Deal: Equatable, Sendable {
        let positions: Range<Int>
        let new: Int
    }

    /// Whether every position has been dealt once and nothing came back.
    var isDealtOut: Bool { highest >= limit && returned.isEmpty }
    /// Whether every position has been written to some connection.
    var isSettled: Bool { isDealtOut && unsettled == 0 }

    /// Deals the next shared positions: first what came back, then at most `newAtMost` new ones.
    mutating func dealShared(atMost: Int, newAtMost: Int) -> Deal? {
        if let first = returned.first {
            let positions = first.lowerBound..<min(first.upperBound, first.lowerBound + atMost)
            if positions.upperBound == first.upperBound {
                returned.removeFirst()
            } else {
                returned[0] = positions.upperBound..<first.upperBound
            }
            unsettled += positions.count
            return Deal(positions: positions, new: 0)
        }
        let count = min(atMost, newAtMost, limit - highest)
        guard count > 0 else { return nil }
        let positions = highest + 1..<highest + 1 + count
        highest += count
        unsettled += count
        return Deal(positions: positions, new: count)
    }

    /// These shared positions have been written to the socket.
    mutating func settle(_ positions: Range<Int>) {
        unsettled -= positions.count
    }

    /// These shared positions have not been written, or not to their end: the next connection gets them.
    mutating func giveBack(_ positions: Range<Int>) {
        unsettled -= positions.count
        let index = returned.firstIndex { $0.lowerBound > positions.lowerBound } ?? returned.endIndex
        if index > 0, returned[index - 1].upperBound == positions.lowerBound {
            returned[index - 1] = returned[index - 1].lowerBound..<positions.upperBound
        } else {
            returned.insert(positions, at: index)
        }
    }

    /// Deals the positions behind a connection's own cursor: what the stream has sent before as it comes, beyond that
    /// at most `newAtMost`.
    mutating func deal(behind cursor: Int, atMost: Int, newAtMost: Int) -> Deal? {
        if cursor < highest {
            let count = min(atMost, highest - cursor)
            return Deal(positions: cursor + 1..<cursor + 1 + count, new: 0)
        }
        let count = min(atMost, newAtMost, limit - cursor)
        guard count > 0 else { return nil }
        highest = cursor + count
        return Deal(positions: cursor + 1..<cursor + 1 + count, new: count)
    }
}
