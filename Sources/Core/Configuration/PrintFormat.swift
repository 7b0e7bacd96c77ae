/// What the `print` handler prints of a message: text with paths into the message's JSON, such as
/// `{message.tweet.user.screen_name}: {message.tweet.text}`.
///
/// A path is a row of components, joined by dots. A component is a name of letters, digits, `_` and `-`; a component of
/// digits only, or one in brackets (`hashtags[0]`), is an index into an array. `{{` and `}}` stand for braces.
public struct PrintFormat: Sendable, Equatable {
    /// A part of the text.
    public enum Segment: Sendable, Equatable {
        /// Bytes that are printed as they are.
        case literal([UInt8])
        /// The value at a path from the root of the message; never empty.
        case path([Component])
    }

    /// A step of a path.
    public enum Component: Sendable, Equatable {
        /// To the member of this name.
        case key(String)
        /// To the element of this index, counted from 0.
        case index(Int)
    }

    /// The text it was made of.
    public let text: String
    /// Its parts, in order. No two literals follow each other.
    public let segments: [Segment]

    /// Reads a format.
    /// - Throws: ``PrintFormatError`` at the first thing that is wrong.
    public init(_ text: String) throws(PrintFormatError) {
        var parser = PrintFormatParser(text: text)
        self.segments = try parser.parse()
        self.text = text
    }
}

/// What is wrong with a ``PrintFormat``.
public struct PrintFormatError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, and at which character of the format.
    public let message: String
    /// What to do about it.
    public let mend: String

    /// The message and the mend.
    public var description: String { "\(message); \(mend)" }
}

/// One pass over the format's characters. It works on scalars: a brace followed by a combining mark is a brace all the
/// same.
private struct PrintFormatParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var literal: [UInt8] = []
    private var segments: [PrintFormat.Segment] = []

    init(text: String) {
        self.scalars = Array(text.unicodeScalars)
    }

    mutating func parse() throws(PrintFormatError) -> [PrintFormat.Segment] {
        guard !scalars.isEmpty else {
            throw PrintFormatError(
                message: "the format is empty", mend: "leave the key out to print messages as they are")
        }
        while let scalar = peek() {
            switch (scalar, peek(1)) {
            case ("{", "{"), ("}", "}"):
                literal.append(contentsOf: String(scalar).utf8)
                position += 2
            case ("{", _):
                flush()
                segments.append(.path(try path()))
            case ("}", _):
                throw error("closes a brace that none opens", mend: "write }} for a brace")
            default:
                literal.append(contentsOf: String(scalar).utf8)
                position += 1
            }
        }
        flush()
        return segments
    }

    /// A path with both its braces.
    private mutating func path() throws(PrintFormatError) -> [PrintFormat.Component] {
        let start = position
        position += 1
        var components: [PrintFormat.Component] = []
        var needsName = true
        while let scalar = peek() {
            switch scalar {
            case "}" where !needsName:
                position += 1
                return components
            case "}" where components.isEmpty:
                throw error(
                    "ends an empty path", mend: "write the path of a field, such as {message.text}, or {{}} for braces")
            case "." where !needsName:
                position += 1
                needsName = true
            case "}", ".":
                throw error("stands where a field's name should", mend: "write the name of a field between the dots")
            case "[" where !needsName:
                components.append(.index(try bracketedIndex()))
            case _ where needsName && Self.isName(scalar):
                components.append(try name())
                needsName = false
            case "{":
                throw PrintFormatError(
                    message: "the brace at character \(start + 1) is not closed", mend: "add }, or write {{ for a brace"
                )
            default:
                throw error(
                    "is not part of a path",
                    mend: "write names of letters, digits, _ and -, joined by dots, or {{ and }} for braces")
            }
        }
        throw PrintFormatError(
            message: "the brace at character \(start + 1) is not closed", mend: "add }, or write {{ for a brace")
    }

    private mutating func name() throws(PrintFormatError) -> PrintFormat.Component {
        let start = position
        while let scalar = peek(), Self.isName(scalar) { position += 1 }
        let name = scalars[start..<position]
        guard name.allSatisfy({ ("0"..."9").contains($0) }) else {
            return .key(String(String.UnicodeScalarView(name)))
        }
        return .index(try index(of: name))
    }

    private mutating func bracketedIndex() throws(PrintFormatError) -> Int {
        position += 1
        let start = position
        while let scalar = peek(), ("0"..."9").contains(scalar) { position += 1 }
        let digits = scalars[start..<position]
        guard !digits.isEmpty, peek() == "]" else {
            throw PrintFormatError(
                message: "the bracket at character \(start) holds no index",
                mend: "write the index of an element, such as [0]")
        }
        position += 1
        return try index(of: digits)
    }

    private func index(of digits: ArraySlice<Unicode.Scalar>) throws(PrintFormatError) -> Int {
        guard let index = Int32(String(String.UnicodeScalarView(digits))) else {
            throw PrintFormatError(
                message: "the index at character \(digits.startIndex + 1) is too large", mend: "write a smaller one")
        }
        return Int(index)
    }

    private mutating func flush() {
        guard !literal.isEmpty else { return }
        segments.append(.literal(literal))
        literal = []
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private func error(_ what: String, mend: String) -> PrintFormatError {
        let scalar = peek().map { "\"\($0)\"" } ?? "the end"
        return PrintFormatError(message: "\(scalar) at character \(position + 1) \(what)", mend: mend)
    }

    private static func isName(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "-" || ("0"..."9").contains(scalar) || scalar.properties.isAlphabetic
    }
}
