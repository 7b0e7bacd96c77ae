// What stands behind a "=".
extension TOMLParser {
    mutating func value() throws(SyntaxError) -> Table.Value {
        guard depth <= TOMLDocument.deepest else { throw tooDeep() }
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .scalar(.string(try string()))
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "{"): return .table(try inlineTable())
        default: return .scalar(try word())
        }
    }

    private mutating func array() throws(SyntaxError) -> [(value: Table.Value, place: Table.Place)] {
        advance()
        depth += 1
        defer { depth -= 1 }
        var elements: [(value: Table.Value, place: Table.Place)] = []
        while true {
            try skipBlankLines()
            if peek() == UInt8(ascii: "]") { break }
            let place = nextPlace()
            elements.append((try value(), place))
            try skipBlankLines()
            if peek() == UInt8(ascii: "]") { break }
            guard peek() == UInt8(ascii: ",") else {
                throw error("\(found) in an array", mend: "put \",\" between its elements and \"]\" behind the last")
            }
            advance()
        }
        advance()
        return elements
    }

    /// On one line, and complete: nothing can be added to it later.
    private mutating func inlineTable() throws(SyntaxError) -> Table {
        let table = Table(.header, at: nextPlace())
        advance()
        depth += 1
        defer { depth -= 1 }
        skipSpaces()
        while peek() != UInt8(ascii: "}") {
            try pair(in: table)
            skipSpaces()
            if peek() == UInt8(ascii: "}") { break }
            guard peek() == UInt8(ascii: ",") else {
                throw error(
                    "\(found) in a table in braces", mend: "put \",\" between its keys and \"}\" on the same line")
            }
            advance()
            skipSpaces()
            guard peek() != UInt8(ascii: "}") else {
                throw error("\"}\" stands behind a comma", mend: "remove the comma before it")
            }
        }
        advance()
        seal(table)
        return table
    }

    private func seal(_ table: Table) {
        table.origin = .inline
        for entry in table.values.values {
            if case .table(let inner) = entry.value { seal(inner) }
        }
    }

    // MARK: Numbers and the like

    /// A number, a boolean or a date: what reaches to the next blank or mark.
    private mutating func word() throws(SyntaxError) -> TOMLNode.Kind {
        let (start, mark) = (position, here)
        while let byte = peek(), !byte.endsWord { advance() }
        // A date and a time may have a blank between them.
        if TOMLDate.isDate(bytes[start..<position]), peek() == UInt8(ascii: " "), peek(1)?.isDigit == true {
            advance()
            while let byte = peek(), !byte.endsWord { advance() }
        }
        let word = bytes[start..<position]
        guard !word.isEmpty else {
            throw error("\(found) where a value should be", mend: "write KEY = VALUE")
        }
        switch word {
        case _ where word.elementsEqual("true".utf8): return .boolean(true)
        case _ where word.elementsEqual("false".utf8): return .boolean(false)
        case _ where TOMLDate.isMoment(word): return .date
        default: break
        }
        switch TOMLNumber(word) {
        case .integer(let value)?: return .integer(value)
        case .float(let value)?: return .float(value)
        case .tooLarge?:
            throw error("the number is too large", mend: "no integer has more than 64 bits", at: mark)
        case nil:
            let text = String(decoding: word.prefix(40), as: UTF8.self)
            throw error(
                "\(TOMLText.quoted(text)) is no value",
                mend: "put a text in quotes; a number, true and false have none",
                at: mark)
        }
    }
}

extension UInt8 {
    fileprivate var endsWord: Bool {
        " \t\r\n,]}#".utf8.contains(self)
    }
}

/// An integer or a float, as TOML writes them.
enum TOMLNumber: Equatable {
    case integer(Int)
    case float(Double)
    /// An integer of more than 64 bits.
    case tooLarge

    /// No number that means anything has more characters.
    private static let longest = 512

    init?(_ word: ArraySlice<UInt8>) {
        guard word.count <= Self.longest else { return nil }
        let word = String(decoding: word, as: UTF8.self)
        let digits = word.replacing("_", with: "")
        if let match = word.wholeMatch(of: /0x[0-9A-Fa-f]+(_[0-9A-Fa-f]+)*|0o[0-7]+(_[0-7]+)*|0b[01]+(_[01]+)*/) {
            let radix = ["x": 16, "o": 8, "b": 2][match.0.dropFirst().prefix(1), default: 10]
            self = Int(digits.dropFirst(2), radix: radix).map(Self.integer) ?? .tooLarge
        } else if word.wholeMatch(of: /[+-]?(0|[1-9][0-9]*(_[0-9]+)*)/) != nil {
            self = Int(digits).map(Self.integer) ?? .tooLarge
        } else if word.wholeMatch(
            of: /[+-]?((0|[1-9][0-9]*(_[0-9]+)*)(\.[0-9]+(_[0-9]+)*)?([eE][+-]?[0-9]+(_[0-9]+)*)?|inf|nan)/) != nil,
            let value = Double(digits)
        {
            self = .float(value)
        } else {
            return nil
        }
    }
}

/// Dates and times (RFC 3339), which no option is: they are only told from what is no TOML.
enum TOMLDate {
    /// `YYYY-MM-DD`
    static func isDate(_ word: some Collection<UInt8>) -> Bool {
        let text = String(decoding: word.prefix(64), as: UTF8.self)
        guard let date = text.wholeMatch(of: /([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])/),
            let year = Int(date.1), let month = Int(date.2), let day = Int(date.3)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return day <= [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// A date, a time, or both, which may have an offset.
    static func isMoment(_ word: ArraySlice<UInt8>) -> Bool {
        if isDate(word) { return true }
        let isWithDate = isDate(word.prefix(10))
        let time = String(decoding: (isWithDate ? word.dropFirst(10) : word).prefix(64), as: UTF8.self)
        let pattern =
            /([Tt ]?)([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?/
        guard let match = time.wholeMatch(of: pattern) else { return false }
        return isWithDate ? !match.1.isEmpty : match.1.isEmpty && match.4 == nil
    }
}
