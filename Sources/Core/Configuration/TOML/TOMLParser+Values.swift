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

    init?(_ word: ArraySlice<UInt8>) {
        var rest = word
        let isNegative = rest.first == UInt8(ascii: "-")
        let hasSign = isNegative || rest.first == UInt8(ascii: "+")
        if hasSign { rest.removeFirst() }
        switch rest {
        case _ where rest.elementsEqual("inf".utf8): self = .float(isNegative ? -.infinity : .infinity)
        case _ where rest.elementsEqual("nan".utf8): self = .float(.nan)
        default:
            let prefixes = [("0x", radix: 16), ("0o", radix: 8), ("0b", radix: 2)]
            guard !hasSign, let radix = prefixes.first(where: { rest.starts(with: $0.0.utf8) })?.radix else {
                self.init(decimal: rest, isNegative: isNegative)
                return
            }
            guard let text = Self.withoutUnderscores(rest.dropFirst(2), radix: radix) else { return nil }
            self = Int(text, radix: radix).map(Self.integer) ?? .tooLarge
        }
    }

    /// `INTEGER[.FRACTION][eEXPONENT]`
    private init?(decimal: ArraySlice<UInt8>, isNegative: Bool) {
        let mark = decimal.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? decimal.endIndex
        let dot = decimal[..<mark].firstIndex(of: UInt8(ascii: ".")) ?? mark
        guard var text = Self.withoutUnderscores(decimal[..<dot], radix: 10),
            text.utf8.first != UInt8(ascii: "0") || text.utf8.count == 1
        else { return nil }
        if isNegative { text = "-" + text }
        if dot == decimal.endIndex {
            self = Int(text).map(Self.integer) ?? .tooLarge
            return
        }
        if dot < mark {
            guard let fraction = Self.withoutUnderscores(decimal[(dot + 1)..<mark], radix: 10) else { return nil }
            text += "." + fraction
        }
        if mark < decimal.endIndex {
            var exponent = decimal[(mark + 1)...]
            text += "e"
            if let sign = exponent.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
                text.unicodeScalars.append(Unicode.Scalar(sign))
                exponent.removeFirst()
            }
            guard let digits = Self.withoutUnderscores(exponent, radix: 10) else { return nil }
            text += digits
        }
        guard let value = Double(text) else { return nil }
        self = .float(value)
    }

    /// Digits of a radix; an underscore may stand between two. `nil`: it is something else, or nothing.
    private static func withoutUnderscores(_ digits: ArraySlice<UInt8>, radix: Int) -> String? {
        let parts = digits.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard
            parts.allSatisfy({ part in
                !part.isEmpty
                    && part.allSatisfy { Character(Unicode.Scalar($0)).hexDigitValue.map { $0 < radix } ?? false }
            })
        else { return nil }
        return String(decoding: parts.joined(), as: UTF8.self)
    }
}

/// Dates and times (RFC 3339), which no option is: they are only told from what is no TOML.
enum TOMLDate {
    /// `YYYY-MM-DD`
    static func isDate(_ word: ArraySlice<UInt8>) -> Bool {
        guard let date = numbers(word, separatedBy: "-", digits: [4, 2, 2]), 1...12 ~= date[1] else { return false }
        let isLeap = date[0] % 4 == 0 && (date[0] % 100 != 0 || date[0] % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return 1...lengths[date[1] - 1] ~= date[2]
    }

    /// A date, a time, or both, which may have an offset.
    static func isMoment(_ word: ArraySlice<UInt8>) -> Bool {
        if isDate(word) || isTime(word) { return true }
        guard word.count > 11, isDate(word.prefix(10)), "Tt ".utf8.contains(word[word.startIndex + 10]) else {
            return false
        }
        let time = word.dropFirst(11)
        if time.last.map({ $0 | 0x20 }) == UInt8(ascii: "z") { return isTime(time.dropLast()) }
        guard let sign = time.lastIndex(where: "+-".utf8.contains) else { return isTime(time) }
        guard let offset = numbers(time[(sign + 1)...], separatedBy: ":", digits: [2, 2]) else { return false }
        return isTime(time[..<sign]) && offset[0] < 24 && offset[1] < 60
    }

    /// `HH:MM:SS[.FRACTION]`
    private static func isTime(_ word: ArraySlice<UInt8>) -> Bool {
        let parts = word.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let time = numbers(parts[0], separatedBy: ":", digits: [2, 2, 2]), time[0] < 24, time[1] < 60,
            time[2] < 60
        else { return false }
        return parts.count == 1 || !parts[1].isEmpty && parts[1].allSatisfy(\.isDigit)
    }

    private static func numbers(
        _ word: ArraySlice<UInt8>, separatedBy mark: Unicode.Scalar, digits: [Int]
    ) -> [Int]? {
        let parts = word.split(separator: UInt8(ascii: mark), omittingEmptySubsequences: false)
        guard parts.map(\.count) == digits, parts.joined().allSatisfy(\.isDigit) else { return nil }
        return parts.map { $0.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } }
    }
}
