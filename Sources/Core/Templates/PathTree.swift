/// Paths, put together so that one walk through a document finds all their values, and what nobody asks for is skipped.
struct PathTree: Sendable {
    struct Node: Sendable {
        /// The node that a step leads from to this one; the root's own is 0.
        var parent: Int
        /// Its steps to members: their range in ``members``, sorted by name.
        var members = 0..<0
        /// Its steps to elements: their range in ``elements``, sorted by index.
        var elements = 0..<0
        /// The lengths that names of its members have, as bits; the last one is for all that are longer.
        var lengths: UInt64 = 0
    }

    /// The root comes first.
    private(set) var nodes = [Node(parent: 0)]
    private var members: [(name: [UInt8], node: Int)] = []
    private(set) var elements: [(index: Int, node: Int)] = []
    /// For each path the node that it ends at.
    private(set) var ends: [Int] = []
    /// How many steps the longest has.
    let depth: Int

    init(_ paths: [FieldPath]) {
        depth = paths.reduce(0) { max($0, $1.steps.count) }
        var steps: [[FieldPath.Step: Int]] = [[:]]
        for path in paths {
            var node = 0
            for step in path.steps {
                if let next = steps[node][step] {
                    node = next
                    continue
                }
                steps[node][step] = nodes.count
                nodes.append(Node(parent: node))
                steps.append([:])
                node = nodes.count - 1
            }
            ends.append(node)
        }
        for (node, steps) in steps.enumerated() {
            let (firstMember, firstElement) = (members.count, elements.count)
            for (step, next) in steps {
                switch step {
                case .member(let name): members.append((Array(name.utf8), next))
                case .element(let index): elements.append((index, next))
                }
            }
            members[firstMember...].sort { Self.isOrdered($0.name, $1.name) }
            elements[firstElement...].sort { $0.index < $1.index }
            nodes[node].members = firstMember..<members.count
            for member in members[firstMember...] { nodes[node].lengths |= Self.bit(of: member.name.count) }
            nodes[node].elements = firstElement..<elements.count
        }
    }

    @inline(__always)
    static func bit(of length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

    /// The node that a member's name leads to from another; -1: nobody asks for it.
    func member(of node: Int, named name: Span<UInt8>) -> Int {
        guard nodes[node].lengths & Self.bit(of: name.count) != 0 else { return -1 }
        var range = nodes[node].members
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            switch Self.compare(name, members[middle].name) {
            case 0: return members[middle].node
            case ..<0: range = range.lowerBound..<middle
            default: range = middle + 1..<range.upperBound
            }
        }
        return -1
    }

    /// The shorter one first: most names that are not asked for are told by that.
    private static func isOrdered(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count ? one.lexicographicallyPrecedes(other) : one.count < other.count
    }

    private static func compare(_ name: Span<UInt8>, _ other: [UInt8]) -> Int {
        guard name.count == other.count else { return name.count - other.count }
        for index in other.indices where name[index] != other[index] { return Int(name[index]) - Int(other[index]) }
        return 0
    }
}
