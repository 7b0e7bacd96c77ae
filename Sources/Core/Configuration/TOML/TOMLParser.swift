/// Reads a TOML text: its lines, headers and keys. Values are read beside this.
struct TOMLParser {
    typealias Table = TOMLTableBuilder
    typealias SyntaxError = TOMLDocument.SyntaxError

    let bytes: [UInt8]
    var position = 0
    var line = 1
    /// Where the line begins.
    private var lineStart = 0
    /// How many keys have been met.
    private var order = 0
    /// The number of the header that is in force.
    private var section = 0
    /// How many tables and arrays lie around the value that is being read.
    var depth = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            position = 3
            lineStart = 3
        }
    }

    // MARK: Lines

    /// Reads the whole text. Returns the root.
    mutating func document() throws(SyntaxError) -> Table {
        let root = Table(.header, at: nextPlace())
        var (table, depthOfTable) = (root, 0)
        while true {
            try skipBlankLines()
            guard let byte = peek() else { return root }
            if byte == UInt8(ascii: "[") {
                section += 1
                (table, depthOfTable) = try header(in: root)
            } else {
                depth = depthOfTable
                try pair(in: table)
            }
            try endLine()
        }
    }

    /// `[a.b]` or `[[a.b]]`: the table that the lines below it belong to, and how deep it lies.
    private mutating func header(in root: Table) throws(SyntaxError) -> (Table, Int) {
        let line = line
        advance()
        let isArray = peek() == UInt8(ascii: "[")
        if isArray { advance() }
        depth = 0
        let keys = try dottedKey(endingWith: UInt8(ascii: "]"))
        for _ in 0..<(isArray ? 2 : 1) {
            guard peek() == UInt8(ascii: "]") else {
                throw error(
                    "\(found) where the table's header should end", mend: "write \(isArray ? "[[NAME]]" : "[NAME]")")
            }
            advance()
        }
        var table = root
        for key in keys.dropLast() {
            switch table.values[key.text]?.value {
            case nil: table = make(.implied, key, in: table, at: line)
            case .table(let next) where next.origin != .inline: table = next
            case .arrayOfTables(let list): table = list.tables[list.tables.count - 1]
            case .some: throw complete(key, in: table)
            }
        }
        // The last one is there: an empty header is refused as a key.
        let key = keys[keys.count - 1]
        return (try open(key, isArray: isArray, in: table, at: nextPlace(at: line)), keys.count)
    }

    /// Makes a table below another one.
    private mutating func make(_ origin: Table.Origin, _ key: Key, in table: Table, at line: Int) -> Table {
        let place = nextPlace(at: line)
        let made = Table(origin, at: place)
        table.values[key.text] = (.table(made), place)
        return made
    }

    /// Opens the table that a header names by its last key.
    private mutating func open(
        _ key: Key, isArray: Bool, in table: Table, at place: Table.Place
    ) throws(SyntaxError) -> Table {
        switch (table.values[key.text]?.value, isArray) {
        case (nil, false):
            let made = Table(.header, at: place)
            table.values[key.text] = (.table(made), place)
            return made
        case (nil, true):
            let made = Table(.header, at: nextPlace(at: place.line))
            table.values[key.text] = (.arrayOfTables(TOMLTableList(made)), place)
            return made
        case (.table(let made)?, false) where made.origin == .implied:
            made.origin = .header
            // The order stays that of the first mention: a reader of the file has met it there.
            table.values[key.text]?.place.line = place.line
            return made
        case (.arrayOfTables(let list)?, true):
            let made = Table(.header, at: place)
            list.tables.append(made)
            return made
        default: throw complete(key, in: table)
        }
    }

    /// `a.b = value`
    mutating func pair(in table: Table) throws(SyntaxError) {
        let line = line
        let keys = try dottedKey(endingWith: UInt8(ascii: "="))
        var table = table
        for key in keys.dropLast() {
            switch table.values[key.text]?.value {
            case nil: table = make(.dottedKey(section: section), key, in: table, at: line)
            case .table(let next) where next.origin == .dottedKey(section: section): table = next
            case .table(let next) where next.origin == .implied:
                next.origin = .dottedKey(section: section)
                table = next
            case .some: throw complete(key, in: table)
            }
        }
        let key = keys[keys.count - 1]
        guard table.values[key.text] == nil else { throw complete(key, in: table) }
        let place = nextPlace(at: line)
        guard peek() == UInt8(ascii: "=") else {
            throw error("\(found) where \"=\" should follow the key", mend: "write KEY = VALUE")
        }
        advance()
        skipSpaces()
        let depthOfTable = depth
        depth += keys.count
        table.values[key.text] = (try value(), place)
        depth = depthOfTable
    }

    private func complete(_ key: Key, in table: Table) -> SyntaxError {
        let first = table.values[key.text].map { " in line \($0.place.line)" } ?? ""
        return error(
            "\(TOMLText.quoted(key.text)) is set already\(first)", mend: "say it once, in one place", at: key.start)
    }

    // MARK: Keys

    struct Key {
        let text: String
        /// Where it stands.
        let start: Mark
    }

    private mutating func dottedKey(endingWith end: UInt8) throws(SyntaxError) -> [Key] {
        var keys: [Key] = []
        while true {
            skipSpaces()
            let start = here
            let text =
                switch peek() {
                case UInt8(ascii: "\""), UInt8(ascii: "'"): try keyInQuotes()
                default: try bareKey(endingWith: end)
                }
            keys.append(Key(text: text, start: start))
            guard depth + keys.count <= TOMLDocument.deepest else { throw tooDeep() }
            skipSpaces()
            guard peek() == UInt8(ascii: ".") else { return keys }
            advance()
        }
    }

    private mutating func bareKey(endingWith end: UInt8) throws(SyntaxError) -> String {
        let start = position
        while let byte = peek(), byte.isBareKey { advance() }
        guard position > start else {
            let isHeader = end == UInt8(ascii: "]")
            throw error(
                "\(found) where a \(isHeader ? "table's name" : "key") should be",
                mend: isHeader
                    ? "write [NAME] with letters, digits, \"_\" and \"-\"; put any other name in quotes"
                    : "write KEY = VALUE; a key has letters, digits, \"_\" and \"-\", any other is put in quotes")
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func keyInQuotes() throws(SyntaxError) -> String {
        if peek(1) == peek(), peek(2) == peek() {
            throw error("a key cannot be in three quotes", mend: "put it in one pair of quotes")
        }
        return try string()
    }

    func tooDeep() -> SyntaxError {
        error(
            "tables and arrays lie more than \(TOMLDocument.deepest) deep in each other",
            mend: "no option lies that deep: see ptrd.toml(5)")
    }

    // MARK: Blanks

    /// What may follow on a line: blanks and a comment. Goes to the next one.
    private mutating func endLine() throws(SyntaxError) {
        skipSpaces()
        try skipComment()
        guard peek() != nil else { return }
        guard try skipLineEnd() else {
            throw error("\(found) where the line should end", mend: "begin a new line, or put # before a comment")
        }
    }

    /// Skips blanks, line ends and comments.
    mutating func skipBlankLines() throws(SyntaxError) {
        repeat {
            skipSpaces()
            try skipComment()
        } while try skipLineEnd()
    }

    mutating func skipSpaces() {
        while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() }
    }

    private mutating func skipComment() throws(SyntaxError) {
        guard peek() == UInt8(ascii: "#") else { return }
        while let byte = peek(), byte != UInt8(ascii: "\n"), !isAtCarriageReturnLineFeed {
            guard !byte.isControl else { throw control() }
            advance()
        }
    }

    /// False: there is no line end here.
    mutating func skipLineEnd() throws(SyntaxError) -> Bool {
        if isAtCarriageReturnLineFeed { advance() }
        guard peek() == UInt8(ascii: "\n") else { return false }
        advance()
        return true
    }

    var isAtCarriageReturnLineFeed: Bool { peek() == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n") }

    // MARK: Bytes

    func peek(_ ahead: Int = 0) -> UInt8? { position + ahead < bytes.count ? bytes[position + ahead] : nil }

    mutating func advance() {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            lineStart = position
        }
    }

    /// The place of what comes next.
    mutating func nextPlace(at line: Int? = nil) -> Table.Place {
        defer { order += 1 }
        return Table.Place(line: line ?? self.line, order: order)
    }

    // MARK: Errors

    /// What stands here, for an error.
    var found: String {
        guard let byte = peek() else { return "the file ends" }
        if isAtCarriageReturnLineFeed || byte == UInt8(ascii: "\n") { return "the line ends" }
        if byte.isControl { return "a control character stands" }
        let scalar = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self).unicodeScalars
        return scalar.first.map { "\(TOMLText.quoted(String($0))) stands" } ?? "something stands"
    }

    func control(_ name: String = "a control character") -> SyntaxError {
        peek() == 0
            ? error("the line holds a NUL character", mend: "remove it")
            : error("the line holds \(name)", mend: "remove it, or write it as an escape in double quotes")
    }

    /// A place in the text, for an error that may come later.
    struct Mark {
        fileprivate let position: Int
        fileprivate let line: Int
        fileprivate let lineStart: Int
    }

    var here: Mark { Mark(position: position, line: line, lineStart: lineStart) }

    /// - Parameter mark: where it is; nil: here.
    func error(_ message: String, mend: String, at mark: Mark? = nil) -> SyntaxError {
        let mark = mark ?? here
        // Characters, not bytes: those that continue one do not count.
        let column = bytes[mark.lineStart..<mark.position].count { $0 & 0xC0 != 0x80 } + 1
        return SyntaxError(line: mark.line, column: column, message: message, mend: mend)
    }
}

extension UInt8 {
    var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    /// A letter, a digit, `_` or `-`.
    var isBareKey: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: isDigit
        }
    }

    /// One that no text may hold as it is: all but the tab.
    var isControl: Bool { self < 0x20 && self != 0x09 || self == 0x7F }
}
