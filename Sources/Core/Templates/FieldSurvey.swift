/// What a JSON document has, for somebody who looks for the right path: the paths of its single values, in the order in which
/// they stand in it, each with its text.
public struct FieldSurvey: Sendable {
    /// One value that is neither object nor array.
    public struct Field: Sendable, Hashable {
        /// Where it is.
        public let path: FieldPath
        /// What it is.
        public let kind: FieldReader.Kind
        /// Its text without quotes and escapes, a number as it stands; at most 4 KiB of it.
        public let text: String
        /// How many bytes its text has where it stands.
        public let bytes: Int
    }

    /// What was found; of an array, what is in its first element.
    public let fields: [Field]
    /// What the document is as a whole.
    public let kind: FieldReader.Kind

    /// Deeper than that, nobody looks.
    private static let depth = 8
    private static let longestText = 4096

    /// Looks at a document; nil: it is no JSON.
    ///
    /// - Parameter most: how many fields are kept.
    public init?(_ document: Span<UInt8>, atMost most: Int = 100) {
        var reader = FieldReader([])
        guard reader.read(document) else { return nil }
        kind = reader.kindOfDocument
        fields = Self.walk(document, most)
    }

    /// Of what has been found to be JSON. Linear in the document, and without recursion.
    private static func walk(_ document: Span<UInt8>, _ most: Int) -> [Field] {
        var (fields, steps): ([Field], [FieldPath.Step]) = ([], [])
        // Whether each one that is open is an object, and whether its values are of interest.
        var open: [(isObject: Bool, isSeen: Bool)] = []
        var position = document.endOfWhiteSpace(from: 0)
        var isValue = true
        while fields.count < most, let byte = document.byte(at: position) {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isSeen = (open.last?.isSeen ?? true) && open.count < depth
                open.append((byte == UInt8(ascii: "{"), isSeen))
                if isSeen { steps.append(.element(0)) }
                isValue = byte == UInt8(ascii: "[")
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard let last = open.popLast() else { return fields }
                if last.isSeen { steps.removeLast() }
                isValue = false
                position += 1
            case UInt8(ascii: ","):
                if open.last?.isObject == false {
                    // The first element stands for all.
                    if open[open.count - 1].isSeen {
                        open[open.count - 1].isSeen = false
                        steps.removeLast()
                    }
                    isValue = true
                } else {
                    isValue = false
                }
                position += 1
            case UInt8(ascii: ":"):
                isValue = true
                position += 1
            case UInt8(ascii: "\"") where !isValue:
                guard let (end, _) = document.endOfString(from: position) else { return fields }
                if open.last?.isSeen == true, !steps.isEmpty {
                    var name: [UInt8] = []
                    name.appendUnescaped(document, position + 1..<end - 1)
                    steps[steps.count - 1] = .member(String(decoding: name, as: UTF8.self))
                }
                position = end
            default:
                guard let (kind, end) = end(of: document, at: position) else { return fields }
                if open.last?.isSeen ?? true { fields.append(field(steps, kind, document, position..<end)) }
                isValue = false
                position = end
            }
            position = document.endOfWhiteSpace(from: position)
        }
        return fields
    }

    private static func end(of document: Span<UInt8>, at position: Int) -> (FieldReader.Kind, Int)? {
        switch document.byte(at: position) {
        case UInt8(ascii: "\""): document.endOfString(from: position).map { (.string, $0.end) }
        case UInt8(ascii: "t"), UInt8(ascii: "f"): document.endOfLiteral(from: position).map { (.boolean, $0) }
        case UInt8(ascii: "n"): document.endOfLiteral(from: position).map { (.null, $0) }
        default: document.endOfNumber(from: position).map { (.number, $0) }
        }
    }

    private static func field(
        _ steps: [FieldPath.Step], _ kind: FieldReader.Kind, _ document: Span<UInt8>, _ range: Range<Int>
    ) -> Field {
        var text: [UInt8] = []
        let inner = kind == .string ? range.lowerBound + 1..<range.upperBound - 1 : range
        if kind == .string {
            // Cut before an escape is, as far as that can be seen.
            text.appendUnescaped(document, inner)
        } else {
            text.append(document, inner)
        }
        return Field(
            path: FieldPath(steps), kind: kind, text: String(decoding: text.prefix(longestText), as: UTF8.self),
            bytes: inner.count)
    }
}
