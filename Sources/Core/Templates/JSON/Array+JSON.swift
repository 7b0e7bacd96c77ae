/// What is written of JSON whose tokens have been checked.
extension [UInt8] {
    mutating func append(_ document: Span<UInt8>, _ range: Range<Int>) {
        document.extracting(range).withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Appends the text of a string.
    ///
    /// - Parameter range: where it is, without its quotes.
    package mutating func appendUnescaped(_ document: Span<UInt8>, _ range: Range<Int>) {
        var (start, position) = (range.lowerBound, range.lowerBound)
        while position < range.upperBound {
            guard document[position] == UInt8(ascii: "\\"), position + 1 < range.upperBound else {
                position += 1
                continue
            }
            append(document, start..<position)
            let escape = document[position + 1]
            position += 2
            switch escape {
            case UInt8(ascii: "u"): appendScalar(document, &position, range.upperBound)
            case UInt8(ascii: "b"): append(0x08)
            case UInt8(ascii: "f"): append(0x0C)
            case UInt8(ascii: "n"): append(0x0A)
            case UInt8(ascii: "r"): append(0x0D)
            case UInt8(ascii: "t"): append(0x09)
            default: append(escape)
            }
            start = position
        }
        append(document, start..<range.upperBound)
    }

    /// Appends the character that the digits at a place mean, and those of the next escape if they are one pair.
    private mutating func appendScalar(_ document: Span<UInt8>, _ position: inout Int, _ end: Int) {
        let unit = document.hexadecimal(at: position) ?? 0xFFFD
        position += 4
        var scalar = Unicode.Scalar(unit)
        if 0xD800...0xDBFF ~= unit, position + 6 <= end, document[position] == UInt8(ascii: "\\"),
            document[position + 1] == UInt8(ascii: "u"), let low = document.hexadecimal(at: position + 2),
            0xDC00...0xDFFF ~= low
        {
            scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            position += 6
        }
        append(contentsOf: String(Character(scalar ?? "\u{FFFD}")).utf8)
    }

    /// Appends an object or array without the white space between its tokens.
    mutating func appendCompact(_ document: Span<UInt8>, _ range: Range<Int>) {
        var (start, position) = (range.lowerBound, range.lowerBound)
        while position < range.upperBound {
            let byte = document[position]
            if byte == UInt8(ascii: "\""), let (end, _) = document.endOfString(from: position) {
                position = end
            } else if byte.isWhiteSpaceOfJSON {
                append(document, start..<position)
                position = document.endOfWhiteSpace(from: position)
                start = position
            } else {
                position += 1
            }
        }
        append(document, start..<range.upperBound)
    }
}
