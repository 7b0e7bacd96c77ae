import CScanning

extension [UInt8] {
    /// Appends text from outside so that a line stays one line, a terminal is not steered, and the journal takes it for text.
    ///
    /// Well-formed UTF-8 stays as it is. Written as escapes are: control characters (`\n`, `\x1b`), bytes that are no UTF-8
    /// (`\xff`), separators that some programs end lines at, what turns the direction of the text around it, and
    /// noncharacters, for which journald takes a line for a blob (`\u{2028}`).
    ///
    /// - Parameter keepsLines: whether line feeds stay line feeds.
    public mutating func appendPrintable(_ bytes: some Collection<UInt8>, keepsLines: Bool = false) {
        let isDone: Void? = bytes.withContiguousStorageIfAvailable {
            appendPrintable(UnsafeRawBufferPointer($0), keepsLines: keepsLines)
        }
        if isDone == nil { [UInt8](bytes).withUnsafeBytes { appendPrintable($0, keepsLines: keepsLines) } }
    }

    /// The same of bytes that lie in one piece.
    public mutating func appendPrintable(_ bytes: UnsafeRawBufferPointer, keepsLines: Bool = false) {
        appendPrintable(bytes, keepsLines: keepsLines, isJSON: false)
    }

    /// Appends a line of JSON the same way; what is written as an escape is one of JSON, so that it says what it said.
    public mutating func appendPrintableJSON(_ document: UnsafeRawBufferPointer) {
        appendPrintable(document, keepsLines: false, isJSON: true)
    }

    private mutating func appendPrintable(_ bytes: UnsafeRawBufferPointer, keepsLines: Bool, isJSON: Bool) {
        /// What is before it has been appended.
        var start = 0
        var index = 0
        while true {
            index = bytes.endOfPrintable(from: index)
            guard index < bytes.count else { break }
            let byte = bytes[index]
            if keepsLines && byte == UInt8(ascii: "\n") {
                index += 1
                continue
            }
            let character = byte < 0x80 ? (scalar: UInt32(byte), length: 1) : bytes.character(at: index)
            append(contentsOf: bytes[start..<index])
            if isJSON {
                appendEscapeOfJSON(character?.scalar ?? UInt32(byte))
            } else {
                appendEscape(of: character?.scalar, byte)
            }
            index += character?.length ?? 1
            start = index
        }
        append(contentsOf: bytes[start...])
    }

    /// - Parameter scalar: nil: the byte is a part of no character.
    private mutating func appendEscape(of scalar: UInt32?, _ byte: UInt8) {
        switch scalar ?? UInt32(byte) {
        case 0x0A: append(contentsOf: #"\n"#.utf8)
        case 0x0D: append(contentsOf: #"\r"#.utf8)
        case let value where value < 0x100:
            append(contentsOf: #"\x"#.utf8)
            append(Self.digit(value >> 4))
            append(Self.digit(value & 15))
        case let value: append(contentsOf: "\\u{\(String(value, radix: 16))}".utf8)
        }
    }

    /// As a unit of UTF-16, or two.
    private mutating func appendEscapeOfJSON(_ scalar: UInt32) {
        let units =
            scalar < 0x10000
            ? [scalar] : [0xD800 + (scalar - 0x10000) >> 10, 0xDC00 + (scalar - 0x10000) & 0x3FF]
        for unit in units {
            append(contentsOf: #"\u"#.utf8)
            for shift in [12, 8, 4, 0] as [UInt32] { append(Self.digit(unit >> shift & 15)) }
        }
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 10 ? 0x30 + value : 0x61 + value - 10)
    }
}

extension UnsafeRawBufferPointer {
    /// The first place at or after `index` that is not to stand as it is: a control character but the tab, a byte that is no UTF-8,
    /// and what ``ptr_printable_length`` names; the end if there is none.
    fileprivate func endOfPrintable(from index: Int) -> Int {
        guard index < count, let start = baseAddress else { return count }
        return index
            + ptr_printable_length(
                start.assumingMemoryBound(to: UInt8.self) + index, count - index, Vectors.areThere)
    }

    /// The character that begins there in UTF-8, as the Unicode Standard has it (table 3-7); nil: none does.
    fileprivate func character(at index: Int) -> (scalar: UInt32, length: Int)? {
        let lead = self[index]
        let (length, bits): (Int, UInt32)
        switch lead {
        case 0xC2...0xDF: (length, bits) = (2, UInt32(lead & 0x1F))
        case 0xE0...0xEF: (length, bits) = (3, UInt32(lead & 0x0F))
        case 0xF0...0xF4: (length, bits) = (4, UInt32(lead & 0x07))
        default: return nil
        }
        guard index + length <= count else { return nil }
        var scalar = bits
        for byte in self[index + 1..<index + length] {
            guard byte & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(byte & 0x3F)
        }
        // Not in more bytes than it takes, no half of a UTF-16 pair, and none beyond the last.
        switch (length, scalar) {
        case (3, ..<0x800), (3, 0xD800...0xDFFF), (4, ..<0x10000), (4, 0x110000...): return nil
        default: return (scalar, length)
        }
    }
}

private enum Vectors {
    /// Whether the processor has them.
    static let areThere = ptr_has_vectors()
}
