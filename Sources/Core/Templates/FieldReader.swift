/// Looks values up in JSON documents, one document after another: one pass over each, for all paths together.
///
/// A document is JSON by RFC 8259: well-formed UTF-8, nothing before or after the value but white space, and at most
/// ``maximumDepth`` objects and arrays in each other. All of it is checked, also what nobody asks for. The time is linear in
/// the document; memory beyond a few KiB is used for a member's name with escapes only.
public struct FieldReader: Sendable {
    /// So many objects and arrays may be in each other.
    public static let maximumDepth = 512

    /// What a value is.
    public enum Kind: Sendable, Hashable {
        case object, array, string, number, boolean, null
    }

    /// An object or array that has been begun and not ended.
    struct Frame {
        /// Where it is in the tree; -1: nobody asks for anything in it.
        var node: Int
        var isObject: Bool
        var start: Int
        /// The index of the next element, or member, and of an array the first step to an element that is not behind it.
        var index = 0
        var step = 0
        /// The number of the mark of its closing bracket, where there are marks.
        var close = 0
    }

    /// The value that was last seen at a node.
    private struct Sight {
        var kind = Kind.null
        var hasEscapes = false
        var start = 0
        var end = 0
        /// No two sights have the same number. What was seen in a value is void when that value has been seen again.
        var number: UInt64 = 0
        /// The number of the sight of the value that it was seen in.
        var within: UInt64 = 0
    }

    let tree: PathTree
    private var sights: [Sight]
    private var lastNumber: UInt64 = 0
    var frames: [Frame] = []
    private var name: [UInt8] = []
    var scanner = JSONScanner()

    /// Makes one for some paths, which are later named by their place.
    public init(_ paths: [FieldPath]) {
        self.init(PathTree(paths))
    }

    init(_ tree: PathTree) {
        self.tree = tree
        sights = tree.nodes.map { _ in Sight() }
    }

    // MARK: What was found

    /// What the value at a path is, in the document that was read last; nil: there is none.
    public func kind(at path: Int) -> Kind? {
        var node = tree.ends[path]
        let kind = sights[node].kind
        while node != 0 {
            let parent = tree.nodes[node].parent
            guard sights[node].within == sights[parent].number else { return nil }
            node = parent
        }
        return kind
    }

    /// What the value at a path is, where it stands, with its quotes, and whether it has escapes; nil: there is none.
    func value(at path: Int) -> (kind: Kind, range: Range<Int>, hasEscapes: Bool)? {
        guard let kind = kind(at: path) else { return nil }
        let sight = sights[tree.ends[path]]
        return (kind, sight.start..<sight.end, sight.hasEscapes)
    }

    /// Appends the text of the value at a path: a string without quotes and escapes, null as nothing, the rest as it stands, but
    /// for the white space in objects and arrays. A half of a surrogate pair becomes U+FFFD.
    ///
    /// - Parameter document: what was read last.
    /// - Returns: what the value is; nil: there is none, and nothing was appended.
    @discardableResult
    public func append(_ path: Int, of document: Span<UInt8>, to text: inout [UInt8]) -> Kind? {
        let kind = kind(at: path)
        let sight = sights[tree.ends[path]]
        switch kind {
        case nil, .null: break
        case .string where sight.hasEscapes: text.appendUnescaped(document, sight.start + 1..<sight.end - 1)
        case .string: text.append(document, sight.start + 1..<sight.end - 1)
        case .number, .boolean: text.append(document, sight.start..<sight.end)
        case .object, .array: text.appendCompact(document, sight.start..<sight.end)
        }
        return kind
    }

    // MARK: Reading

    /// Reads a document; returns whether it is JSON. If not, nothing may be asked about it.
    public mutating func read(_ document: Span<UInt8>) -> Bool {
        readByMarks(document) || readByTokens(document)
    }

    /// One token after another: also what is seldom, and what is no JSON.
    mutating func readByTokens(_ document: Span<UInt8>) -> Bool {
        guard (try? UTF8Span(validating: document)) != nil else { return false }
        frames.removeAll(keepingCapacity: true)
        var position = document.endOfWhiteSpace(from: 0)
        var node = 0
        var isDeep = false
        see(0, within: 0)
        while true {
            guard let byte = document.byte(at: position) else { return false }
            var isBegun = false
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if node < 0, !isDeep {
                    // Nobody asks for anything in it.
                    let end = document.endOfUnasked(from: position, below: frames.count)
                    if end >= 0 {
                        position = end
                        break
                    }
                    guard end == JSONEnd.tooDeep else { return false }
                    // Once for each document, so that the time stays linear.
                    isDeep = true
                }
                guard frames.count < Self.maximumDepth else { return false }
                let isObject = byte == UInt8(ascii: "{")
                let step = node < 0 ? 0 : tree.nodes[node].elements.lowerBound
                frames.append(Frame(node: node, isObject: isObject, start: position, step: step))
                position = document.endOfWhiteSpace(from: position + 1)
                isBegun = document.byte(at: position) != (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
            case UInt8(ascii: "\""):
                guard let (end, hasEscapes) = document.endOfString(from: position) else { return false }
                note(node, .string, position, end, hasEscapes: hasEscapes)
                position = end
            case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
                guard let end = document.endOfLiteral(from: position) else { return false }
                note(node, byte == UInt8(ascii: "n") ? .null : .boolean, position, end)
                position = end
            default:
                guard let end = document.endOfNumber(from: position) else { return false }
                note(node, .number, position, end)
                position = end
            }
            // A value has ended, if it is not one that has just begun: so may those that it is in.
            while !isBegun {
                position = document.endOfWhiteSpace(from: position)
                guard let frame = frames.last else { return position == document.count }
                switch document.byte(at: position) {
                case UInt8(ascii: ","):
                    position = document.endOfWhiteSpace(from: position + 1)
                    isBegun = true
                case UInt8(ascii: "}") where frame.isObject, UInt8(ascii: "]") where !frame.isObject:
                    position += 1
                    note(frame.node, frame.isObject ? .object : .array, frame.start, position)
                    frames.removeLast()
                default: return false
                }
            }
            guard let next = nextNode(document, &position) else { return false }
            node = next
        }
    }

    /// The node of the member or element that begins here in the innermost object or array, whose name is passed; -1: nobody asks
    /// for it; nil: it is no JSON.
    private mutating func nextNode(_ document: Span<UInt8>, _ position: inout Int) -> Int? {
        let frame = frames[frames.count - 1]
        if frame.isObject {
            guard document.byte(at: position) == UInt8(ascii: "\""),
                let (end, hasEscapes) = document.endOfString(from: position)
            else { return nil }
            let range = position + 1..<end - 1
            position = document.endOfWhiteSpace(from: end)
            guard document.byte(at: position) == UInt8(ascii: ":") else { return nil }
            position = document.endOfWhiteSpace(from: position + 1)
            guard frame.node >= 0, !tree.nodes[frame.node].members.isEmpty else { return -1 }
            return seeMember(of: frame.node, document, range, hasEscapes: hasEscapes)
        }
        return frame.node < 0 ? -1 : nextElement(of: frames.count - 1)
    }

    /// The same of the next element of an array in which there is something that somebody asks for.
    mutating func nextElement(of place: Int) -> Int {
        let frame = frames[place]
        frames[place].index += 1
        guard frame.step < tree.nodes[frame.node].elements.upperBound, tree.elements[frame.step].index == frame.index
        else { return -1 }
        frames[place].step += 1
        let node = tree.elements[frame.step].node
        see(node, within: frame.node)
        return node
    }

    mutating func seeMember(
        of parent: Int, _ document: Span<UInt8>, _ range: Range<Int>, hasEscapes: Bool
    ) -> Int {
        let node: Int
        if hasEscapes {
            name.removeAll(keepingCapacity: name.capacity <= 1 << 12)
            name.appendUnescaped(document, range)
            node = tree.member(of: parent, named: name.span)
        } else {
            node = tree.member(of: parent, named: document.extracting(range))
        }
        if node >= 0 { see(node, within: parent) }
        return node
    }

    mutating func see(_ node: Int, within parent: Int) {
        lastNumber += 1
        sights[node].within = sights[parent].number
        sights[node].number = lastNumber
    }

    mutating func note(_ node: Int, _ kind: Kind, _ start: Int, _ end: Int, hasEscapes: Bool = false) {
        guard node >= 0 else { return }
        sights[node].kind = kind
        sights[node].hasEscapes = hasEscapes
        sights[node].start = start
        sights[node].end = end
    }
}

extension Span<UInt8> {
    /// The end of an object or array of which nothing but that is wanted; or one of ``JSONEnd``.
    @inline(never)
    fileprivate func endOfUnasked(from start: Int, below depth: Int) -> Int {
        endOfValue(from: start, deepest: Swift.min(64, FieldReader.maximumDepth - depth))
    }
}

extension FieldReader {
    /// What the document is that was read last, as a whole.
    public var kindOfDocument: Kind { sights[0].kind }

    /// The names of the members of a document that is an object, up to so many, as they come.
    ///
    /// - Parameter document: what was read last.
    public static func names(of document: Span<UInt8>, atMost count: Int) -> [String] {
        var (names, depth, position): ([String], Int, Int) = ([], 0, 0)
        while names.count < count, let byte = document.byte(at: position) {
            position += 1
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                guard let (end, _) = document.endOfString(from: position - 1) else { return names }
                let range = position..<end - 1
                position = document.endOfWhiteSpace(from: end)
                guard depth == 1, document.byte(at: position) == UInt8(ascii: ":") else { continue }
                var name: [UInt8] = []
                name.appendUnescaped(document, range)
                names.append(String(decoding: name, as: UTF8.self))
            default: break
            }
        }
        return names
    }
}
