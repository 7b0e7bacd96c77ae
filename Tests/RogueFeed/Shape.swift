import TestKit

/// How a feed gives IDs to its events: real ones do it in all of these ways.
///
/// A feed is an endless row of blocks. Which IDs the events of a block have depends on the shape and the block's number
/// alone, so a server can tell from an ID where to go on without keeping what it sent.
enum Shape: String, CaseIterable, Sendable {
    /// Each event has an ID of its own.
    case unique
    /// Six events share one, and each says it.
    case group
    /// Six events share one, and only the first says it.
    case first
    /// IDs that were there a moment ago come back.
    case returning
    /// In each block the ID is reset to empty once, and three events have none.
    case resets
    /// Some are longer than what a header should hold.
    case long
    /// All of it, drawn anew for each block, and blank lines without data that commit an ID.
    case random

    /// How an event says its ID.
    enum Mark: Hashable, Sendable {
        /// `id: BLOCK.TOKEN`
        case id(Int)
        /// The same, made too long to be sent back.
        case long(Int)
        /// `id` without a value.
        case reset
        /// Not at all: it has that of the event before it.
        case inherited
    }

    /// The events of a block, and whether an ID without data follows them.
    struct Block: Sendable {
        var marks: [Mark]
        var isClosed = false
    }

    /// How many events each block has.
    var blockLength: Int {
        switch self {
        case .group, .first: 6
        case .returning: 12
        case .resets: 8
        case .unique, .long, .random: 16
        }
    }

    /// The IDs of a block. Its first event always says one.
    func block(_ number: Int, seed: UInt64) -> Block {
        let length = blockLength
        switch self {
        case .unique: return Block(marks: (0..<length).map { .id($0) })
        case .group: return Block(marks: Array(repeating: .id(0), count: length))
        case .first: return Block(marks: [.id(0)] + Array(repeating: .inherited, count: length - 1))
        case .returning: return Block(marks: [0, 0, 1, 0, 1, 1, 2, 2, 0, 2, 3, 3].map { .id($0) })
        case .resets:
            return Block(marks: [.id(0), .id(1), .id(2), .id(3), .reset, .inherited, .inherited, .id(4)])
        case .long: return Block(marks: (0..<length).map { $0 % 5 == 4 ? .long($0) : .id($0) })
        case .random:
            var random = SeededGenerator(seed: seed ^ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
            var marks = [Mark.id(0)]
            var highest = 0
            while marks.count < length {
                switch random.below(10) {
                case 0...2:
                    highest += 1
                    marks.append(.id(highest))
                case 3...4: marks.append(marks.last { $0 != .inherited } ?? .id(0))
                case 5...6: marks.append(.inherited)
                case 7: marks.append(.id(random.within(0...highest)))
                case 8: marks.append(.reset)
                default:
                    highest += 1
                    marks.append(.long(highest))
                }
            }
            return Block(marks: marks, isClosed: random.chance(30))
        }
    }
}

extension Shape.Block {
    /// The token of an ID that stands after the last event.
    static let closing = 99

    /// How many of the block's events a server that is told this token has sent: up to the end of the first row of
    /// events that had the ID. Of two rows it is the first, since nobody can tell which of them was meant; so an event
    /// between them is sent again rather than lost.
    ///
    /// - Returns: nil when no event has the ID.
    func sent(after token: Int) -> Int? {
        if token == Self.closing { return isClosed ? marks.count : nil }
        guard let start = marks.firstIndex(where: { $0 == .id(token) || $0 == .long(token) }) else { return nil }
        let rest = marks[(start + 1)...]
        return rest.firstIndex { $0 != marks[start] && $0 != .inherited } ?? marks.count
    }
}
