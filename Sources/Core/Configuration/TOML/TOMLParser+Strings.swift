// Strings of the four kinds.
extension TOMLParser {
    /// A string in double quotes, with escapes, or in single ones, without; over many lines where there are three.
    mutating func string() throws(SyntaxError) -> String {
        let quote = bytes[position]
        let hasEscapes = quote == UInt8(ascii: "\"")
        let isLong = peek(1) == quote && peek(2) == quote
        let opening = here
        for _ in 0..<(isLong ? 3 : 1) { advance() }
        // A line end right behind the opening is not part of it.
        if isLong { _ = try skipLineEnd() }
        var text: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case quote where !isLong:
                advance()
                return String(decoding: text, as: UTF8.self)
            case quote where peek(1) == quote && peek(2) == quote:
                // Up to two quotes may stand right before the closing three.
                var count = 0
                while peek() == quote, count < 5 {
                    count += 1
                    advance()
                }
                text += Array(repeating: quote, count: count - 3)
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\") where hasEscapes:
                try escape(into: &text, isLong: isLong)
            case UInt8(ascii: "\n") where isLong:
                text.append(byte)
                advance()
            case UInt8(ascii: "\r") where isLong && isAtCarriageReturnLineFeed:
                // A text does not change with the editor's line ends.
                text.append(UInt8(ascii: "\n"))
                _ = try skipLineEnd()
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                guard !isAtCarriageReturnLineFeed, byte != UInt8(ascii: "\n") else {
                    throw unclosed(quote, isLong: isLong, from: opening)
                }
                throw control("a carriage return")
            case _ where byte.isControl:
                throw control()
            default:
                text.append(byte)
                advance()
            }
        }
        throw unclosed(quote, isLong: isLong, from: opening)
    }

    private func unclosed(_ quote: UInt8, isLong: Bool, from opening: Mark) -> SyntaxError {
        let quotes = String(repeating: Character(Unicode.Scalar(quote)), count: isLong ? 3 : 1)
        return error("the text that begins here has no end", mend: "close it with \(quotes)", at: opening)
    }

    /// What a backslash and the characters after it stand for.
    private mutating func escape(into text: inout [UInt8], isLong: Bool) throws(SyntaxError) {
        let start = here
        advance()
        switch peek() {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "u"): return try codePoint(digits: 4, from: start, into: &text)
        case UInt8(ascii: "U"): return try codePoint(digits: 8, from: start, into: &text)
        default:
            guard isLong, try skipEscapedLineEnd() else {
                throw error(
                    "the text holds a backslash that means nothing",
                    mend: "write \\\\ for a backslash, or put the text in single quotes", at: start)
            }
            return
        }
        advance()
    }

    /// A backslash at the end of a line takes away the line end and all blanks up to the next text. False: it is not at
    /// the end.
    private mutating func skipEscapedLineEnd() throws(SyntaxError) -> Bool {
        var ahead = 0
        while let byte = peek(ahead), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { ahead += 1 }
        guard
            peek(ahead) == UInt8(ascii: "\n")
                || peek(ahead) == UInt8(ascii: "\r") && peek(ahead + 1) == UInt8(ascii: "\n")
        else { return false }
        repeat { skipSpaces() } while try skipLineEnd()
        return true
    }

    private mutating func codePoint(digits: Int, from start: Mark, into text: inout [UInt8]) throws(SyntaxError) {
        advance()
        var code: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = peek().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw error(
                    "\(found) where one of \(digits) hexadecimal digits should be", mend: "write such as \\u00e9")
            }
            code = code << 4 | UInt32(digit)
            advance()
        }
        guard code != 0 else {
            throw error("the text holds a NUL character (\\u0000)", mend: "remove it", at: start)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw error(
                "there is no character of that number", mend: "write one of Unicode, such as \\u00e9", at: start)
        }
        text += Array(String(Character(scalar)).utf8)
    }
}
