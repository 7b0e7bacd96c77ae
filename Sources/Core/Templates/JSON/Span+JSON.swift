/// The tokens of JSON (RFC 8259), by their ends. The bytes are well-formed UTF-8; every place is checked against the end.
extension Span<UInt8> {
    @inline(__always)
    package func byte(at position: Int) -> UInt8? {
        position < count ? self[unchecked: position] : nil
    }

    @inline(__always)
    package func endOfWhiteSpace(from position: Int) -> Int {
        var position = position
        while position < count, self[unchecked: position] <= 0x20, self[unchecked: position].isWhiteSpaceOfJSON {
            position += 1
        }
        return position
    }

    /// The place behind the last byte before another one that is no white space.
    @inline(__always)
    func beginOfWhiteSpace(before position: Int) -> Int {
        var position = position
        while position > 0, self[unchecked: position - 1].isWhiteSpaceOfJSON { position -= 1 }
        return position
    }

    /// The end of the string whose quote is at a place, its closing quote included, and whether it has escapes; nil: it is none.
    @inline(__always)
    package func endOfString(from start: Int) -> (end: Int, hasEscapes: Bool)? {
        var position = start + 1
        var hasEscapes = false
        while true {
            position = endOfPlainText(from: position)
            guard position < count else { return nil }
            switch self[unchecked: position] {
            case UInt8(ascii: "\""): return (position + 1, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                guard let end = endOfEscape(from: position) else { return nil }
                position = end
            default: return nil
            }
        }
    }

    /// The end of the escape whose backslash is at a place; nil: it is none.
    @inline(never)
    private func endOfEscape(from position: Int) -> Int? {
        switch byte(at: position + 1) {
        case UInt8(ascii: "u"): hexadecimal(at: position + 2) == nil ? nil : position + 6
        case let byte? where byte.isEscapeOfJSON: position + 2
        default: nil
        }
    }

    /// The first place at or after another one that has a quote, a backslash or a control character; the end if there is none.
    @inline(__always)
    func endOfPlainText(from position: Int) -> Int {
        let (ones, high): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        var position = position
        // Eight at once: the high bit of each byte that is meant. A borrow can mark a byte too many, but only behind one that
        // is marked rightly, and the first one counts.
        while position + 8 <= count {
            let word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quotes = word ^ ones &* 0x22
            let slashes = word ^ ones &* 0x5C
            let marks =
                ((quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes | (word &- ones &* 0x20) & ~word) & high
            guard marks == 0 else { return position + marks.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < count, case let byte = self[unchecked: position], byte != 0x22, byte != 0x5C, byte >= 0x20 {
            position += 1
        }
        return position
    }

    /// The number that four hexadecimal digits make; nil: they are none.
    package func hexadecimal(at start: Int) -> UInt32? {
        guard start + 4 <= count else { return nil }
        var value: UInt32 = 0
        for position in start..<start + 4 {
            let digit: UInt8
            switch self[position] {
            case let byte where UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte: digit = byte - 0x30
            case let byte where UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte | 0x20: digit = (byte | 0x20) - 0x57
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// The end of `true`, `false` or `null`; nil: it is none of them.
    package func endOfLiteral(from start: Int) -> Int? {
        for literal: StaticString in ["true", "false", "null"] where start + literal.utf8CodeUnitCount <= count {
            let isThere = literal.withUTF8Buffer { text in
                text.indices.allSatisfy { text[$0] == self[start + $0] }
            }
            if isThere { return start + literal.utf8CodeUnitCount }
        }
        return nil
    }

    /// The end of a number; nil: it is none.
    @inline(__always)
    package func endOfNumber(from start: Int) -> Int? {
        var position = start
        if byte(at: position) == UInt8(ascii: "-") { position += 1 }
        // No digit follows a zero that begins a number.
        let isZero = byte(at: position) == UInt8(ascii: "0")
        guard let whole = endOfDigits(from: position) else { return nil }
        position = isZero ? position + 1 : whole
        if byte(at: position) == UInt8(ascii: ".") {
            guard let end = endOfDigits(from: position + 1) else { return nil }
            position = end
        }
        if let byte = byte(at: position), byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            if let sign = self.byte(at: position), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                position += 1
            }
            guard let end = endOfDigits(from: position) else { return nil }
            position = end
        }
        return position
    }

    /// nil: there is no digit.
    @inline(__always)
    private func endOfDigits(from start: Int) -> Int? {
        var position = start
        while position < count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= self[unchecked: position] { position += 1 }
        return position > start ? position : nil
    }
}

extension UInt8 {
    var isWhiteSpaceOfJSON: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }

    /// Whether it may stand behind a backslash, but for `u`.
    fileprivate var isEscapeOfJSON: Bool {
        switch self {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            true
        default: false
        }
    }
}
