/// A condition on an event, such as `message.lang == "en" && (message.n >= 3 || !exists(message.id))`.
///
/// | part | stands for |
/// |---|---|
/// | `path.to.field`, `list[0]`, `a."b c"`, `'a b'.c` | the value there in the data, as in a ``Template``; `[0].a` in an array. A name in quotes that comes first has single ones |
/// | `@event` `@id` `@stream` `@data` | what the event has beside its data, and its data, as texts |
/// | `"text"` `12` `-1.5e3` `true` `false` `null` | a text, with the escapes of JSON; a number; the rest |
/// | `a == b` `a != b` | equal or not; of two kinds, nothing is equal; objects and arrays are equal to nothing |
/// | `a < b` `a <= b` `a > b` `a >= b` | of two numbers, or of two texts by their bytes; of anything else false |
/// | `a contains "x"` | a text has that one in it; an array has an element that is equal to it, also to a number and so on |
/// | `a startswith b` | a text begins with another one |
/// | `exists(a)` | there is a value, also null; an event has an id |
/// | `!exists(a)` `!(…)` `&&` `\|\|` `( )` | not, and, or; `&&` binds closer |
///
/// A value that is not there is null. Numbers are compared as the decimals they are written as, whatever their length:
/// `9007199254740993` is not `9007199254740992`, and `1.0` is `1`. Two numbers of which one has an exponent of more than eighteen
/// digits are equal if they are written alike, and otherwise neither equal nor in an order.
public struct Filter: Sendable {
    enum Operand: Sendable, Hashable {
        /// A value in the data: the place of its path in ``Filter/paths``.
        case path(Int)
        case event(EventField)
        /// The data as it came.
        case data
        /// The place of one in ``Filter/literals``.
        case literal(Int)

        var isOfEvent: Bool {
            switch self {
            case .event, .data: true
            case .path, .literal: false
            }
        }
    }

    enum Literal: Sendable, Hashable {
        /// Its range in ``Filter/bytes``.
        case text(Range<Int>)
        case number(Range<Int>)
        case boolean(Bool)
        case null
    }

    enum Comparison: String, Sendable, Hashable {
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case contains
        case startsWith = "startswith"

        var isOrder: Bool {
            switch self {
            case .less, .lessOrEqual, .greater, .greaterOrEqual: true
            case .equal, .unequal, .contains, .startsWith: false
            }
        }
    }

    /// A node of the condition. Those that it is made of stand before it; the last one is the whole.
    enum Node: Sendable, Hashable {
        /// All of those that this range of ``Filter/parts`` names.
        case all(Range<Int>)
        /// At least one of them.
        case any(Range<Int>)
        case not(Int)
        case exists(Operand)
        case comparison(Operand, Comparison, Operand)
    }

    /// A condition has this many bytes at most.
    public static let maximumBytes = 8 << 10
    /// And compares so often at most.
    public static let maximumComparisons = 256
    /// So many parentheses and `!` may be in each other.
    public static let maximumDepth = 64

    /// The text it was made of.
    public let text: String
    /// The paths into the data, each once, in the order of the text. Without any, the data need not be JSON.
    public let paths: [FieldPath]
    let nodes: [Node]
    let parts: [Int]
    let literals: [Literal]
    /// The bytes of the literals.
    let bytes: [UInt8]
    /// For each byte of a text how many of those up to it are also the text's first ones, without being all of them: so far one that
    /// is looked for need not be compared again.
    let borders: [Int32]
    let tree: PathTree
    /// Whether it may be decided without a look at the data's values.
    let mayBeDecidedByEvent: Bool

    private static func borders(of literals: [Literal], in bytes: [UInt8]) -> [Int32] {
        var borders = bytes.map { _ in Int32(0) }
        for case .text(let range) in literals {
            var length = 0
            for place in range.dropFirst() {
                while length > 0, bytes[place] != bytes[range.lowerBound + length] {
                    length = Int(borders[range.lowerBound + length - 1])
                }
                if bytes[place] == bytes[range.lowerBound + length] { length += 1 }
                borders[place] = Int32(length)
            }
        }
        return borders
    }

    /// Reads a condition.
    ///
    /// - Throws: ``TemplateError`` at the first thing that is wrong, with the character at which it is.
    public init(_ text: String) throws(TemplateError) {
        var parser = FilterParser(text)
        try parser.filter()
        self.text = text
        paths = parser.paths
        nodes = parser.nodes
        parts = parser.parts
        literals = parser.literals
        bytes = parser.bytes
        borders = Self.borders(of: literals, in: bytes)
        tree = PathTree(paths)
        let asksEvent = nodes.contains { node in
            switch node {
            case .exists(let operand): operand.isOfEvent
            case .comparison(let left, _, let right): left.isOfEvent || right.isOfEvent
            case .all, .any, .not: false
            }
        }
        mayBeDecidedByEvent = asksEvent && !paths.isEmpty
    }
}

extension Filter: Hashable {
    /// The text says all.
    public static func == (one: Filter, other: Filter) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    /// The same.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
