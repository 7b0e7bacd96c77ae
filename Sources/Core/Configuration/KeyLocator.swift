/// Finds the line of every key of a TOML text.
///
/// The library gives positions of syntax errors only. This is not a second parser: it runs over texts that the library
/// has accepted, and knows just enough of the grammar to tell keys from values. On a text that is no TOML its result is
/// meaningless, but it ends.
struct KeyLocator {
    /// Where a key stands.
    struct Place: Equatable {
        /// The line, from 1.
        var line: Int
        /// How many keys stand before it.
        var order: Int
    }

    /// The place of each path from the root, the empty one (the file itself) included. A table that is opened more than
    /// once is where its own header is, or else where it is first named.
    private(set) var places: [[String]: Place] = [[]: Place(line: 1, order: 0)]
    /// The first line with an escape for NUL (`\u0000`), if there is one.
    private(set) var lineOfEscapedNUL: Int?

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var order = 0
    /// The paths that have a place only because a longer one does.
    private var implied: Set<[String]> = []
    /// How many elements an array of tables has so far.
    private var elements: [[String]: Int] = [:]

    init(text: String) {
        self.bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The path component that stands for an element of an array.
    static func element(_ index: Int) -> String { "[\(index)]" }

    /// Runs over the text.
    mutating func locate() {
        var table: [String] = []
        while skipBlank(), let byte = peek() {
            let start = position
            if byte == UInt8(ascii: "[") {
                table = header()
            } else {
                pair(in: table)
            }
            // What is not TOML must not hold us up.
            if position == start { advance() }
        }
    }

    // MARK: Keys

    /// `[a.b]` or `[[a.b]]`: the path that the lines below it belong to.
    private mutating func header() -> [String] {
        advance()
        let isArray = peek() == UInt8(ascii: "[")
        if isArray { advance() }
        let line = line
        // A header names the elements of an array of tables by the array: `[fruit.kind]` is in the last `[[fruit]]`.
        var path: [String] = []
        let keys = dottedKey()
        for (index, key) in keys.enumerated() {
            path.append(key)
            note(path, line: line, isImplied: index < keys.count - 1)
            if index < keys.count - 1, let count = elements[path] { path.append(Self.element(count - 1)) }
        }
        if isArray {
            elements[path, default: 0] += 1
            path.append(Self.element(elements[path, default: 1] - 1))
            note(path, line: line, isImplied: false)
        }
        while let byte = peek(), byte == UInt8(ascii: "]") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
            advance()
        }
        return path
    }

    /// `a.b = value`
    private mutating func pair(in table: [String]) {
        let line = line
        let keys = dottedKey()
        var path = table
        for (index, key) in keys.enumerated() {
            path.append(key)
            note(path, line: line, isImplied: index < keys.count - 1)
        }
        skipSpaces()
        guard peek() == UInt8(ascii: "=") else { return }
        advance()
        skipSpaces()
        value(at: path)
    }

    private mutating func note(_ path: [String], line: Int, isImplied: Bool) {
        if places[path] == nil {
            places[path] = Place(line: line, order: order)
            if isImplied { implied.insert(path) }
        } else if !isImplied, implied.remove(path) != nil {
            // The order stays that of the first mention: a reader of the file has met it there.
            places[path]?.line = line
        }
        order += 1
    }

    private mutating func dottedKey() -> [String] {
        var keys: [String] = []
        while true {
            skipSpaces()
            let start = position
            switch peek() {
            case UInt8(ascii: "\""), UInt8(ascii: "'"): keys.append(string())
            default: keys.append(bareKey())
            }
            skipSpaces()
            guard peek() == UInt8(ascii: "."), position > start else { return keys }
            advance()
        }
    }

    private mutating func bareKey() -> String {
        let start = position
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "="), UInt8(ascii: "]"), UInt8(ascii: " "), UInt8(ascii: "\t"),
                UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                return String(decoding: bytes[start..<position], as: UTF8.self)
            default: advance()
            }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    // MARK: Values

    private mutating func value(at path: [String]) {
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = string()
        case UInt8(ascii: "["): array(at: path)
        case UInt8(ascii: "{"): inlineTable(at: path)
        default:
            // Numbers, booleans and dates, which may have a space inside.
            while let byte = peek() {
                switch byte {
                case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "\n"):
                    return
                default: advance()
                }
            }
        }
    }

    private mutating func array(at path: [String]) {
        advance()
        var index = 0
        while skipBlank(), let byte = peek() {
            let start = position
            switch byte {
            case UInt8(ascii: "]"):
                advance()
                return
            case UInt8(ascii: ","): advance()
            default:
                let element = path + [Self.element(index)]
                note(element, line: line, isImplied: false)
                value(at: element)
                index += 1
            }
            if position == start { advance() }
        }
    }

    private mutating func inlineTable(at path: [String]) {
        advance()
        while skipBlank(), let byte = peek() {
            let start = position
            switch byte {
            case UInt8(ascii: "}"):
                advance()
                return
            case UInt8(ascii: ","): advance()
            default: pair(in: path)
            }
            if position == start { advance() }
        }
    }

    /// A string of any of the four kinds. Only keys need its text, and those are on one line.
    private mutating func string() -> String {
        guard let quote = peek() else { return "" }
        let isBasic = quote == UInt8(ascii: "\"")
        let isMultiline = peek(1) == quote && peek(2) == quote
        for _ in 0..<(isMultiline ? 3 : 1) { advance() }
        var text: [UInt8] = []
        while let byte = peek() {
            if byte == quote, !isMultiline || (peek(1) == quote && peek(2) == quote) {
                for _ in 0..<(isMultiline ? 3 : 1) { advance() }
                // Up to two quotes may stand right before the closing three.
                while isMultiline, peek() == quote { advance() }
                break
            }
            if isBasic, byte == UInt8(ascii: "\\") {
                advance()
                escape(into: &text)
            } else {
                text.append(byte)
                advance()
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What follows a backslash. (A backslash at the end of a line is only found in values, where the text does not
    /// matter.)
    private mutating func escape(into text: inout [UInt8]) {
        guard let byte = peek() else { return }
        advance()
        switch byte {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "e"): text.append(0x1B)
        case UInt8(ascii: "u"), UInt8(ascii: "U"), UInt8(ascii: "x"):
            let count = byte == UInt8(ascii: "x") ? 2 : byte == UInt8(ascii: "u") ? 4 : 8
            let end = min(position + count, bytes.count)
            let code = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
            if code == 0, lineOfEscapedNUL == nil { lineOfEscapedNUL = line }
            if let scalar = code.flatMap(Unicode.Scalar.init) { text.append(contentsOf: String(scalar).utf8) }
            while position < end { advance() }
        default: text.append(byte)
        }
    }

    // MARK: Bytes

    private func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    private mutating func advance() {
        guard position < bytes.count else { return }
        if bytes[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private mutating func skipSpaces() {
        while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() }
    }

    /// Skips blanks, line ends and comments. Always true, so that it can stand in a condition.
    private mutating func skipBlank() -> Bool {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): advance()
            case UInt8(ascii: "#"): while let byte = peek(), byte != UInt8(ascii: "\n") { advance() }
            default: return true
            }
        }
        return true
    }
}
