/// Text as the inside of a string of JSON (RFC 8259, section 7), from well-formed UTF-8.
package enum JSONText {
    /// How many bytes a text may need: an escape has six bytes at most, and the last word that is stored may reach beyond them.
    package static func capacity(for count: Int) -> Int { 6 * count + 8 }

    /// Writes a text, without quotes.
    ///
    /// - Parameter output: has ``capacity(for:)`` bytes at least.
    /// - Returns: how many bytes that were.
    package static func write(_ text: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> Int {
        precondition(output.count >= capacity(for: text.count))
        var writer = Writer(output: output)
        writer.write(text)
        return writer.count
    }

    private struct Writer {
        let output: UnsafeMutableRawBufferPointer
        var count = 0

        mutating func write(_ text: UnsafeRawBufferPointer) {
            var index = 0
            while index < text.count {
                if index + 8 <= text.count {
                    let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                    output.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
                    let plain = word.leadingPlainBytes
                    count += plain
                    index += plain
                    if plain == 8 { continue }
                }
                let byte = text[index]
                index += 1
                switch byte {
                case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"): escape(byte)
                default: put(byte)
                }
            }
        }

        private mutating func put(_ byte: UInt8) {
            output[count] = byte
            count += 1
        }

        private mutating func escape(_ byte: UInt8) {
            put(UInt8(ascii: "\\"))
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
            case 0x08: put(UInt8(ascii: "b"))
            case 0x09: put(UInt8(ascii: "t"))
            case 0x0A: put(UInt8(ascii: "n"))
            case 0x0C: put(UInt8(ascii: "f"))
            case 0x0D: put(UInt8(ascii: "r"))
            default:
                put(UInt8(ascii: "u"))
                put(UInt8(ascii: "0"))
                put(UInt8(ascii: "0"))
                put(UInt8(ascii: "0") + byte >> 4)
                let digit = byte & 0x0F
                put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}

extension UInt64 {
    /// How many of the eight bytes, from the lowest on, stand for themselves in a string of JSON.
    ///
    /// In each term a byte that is looked for has its highest bit set. So may one above such a byte, by the borrow; the
    /// lowest is always right.
    fileprivate var leadingPlainBytes: Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs = ones << 7
        let controls = self &- ones &* 0x20
        let quotes = (self ^ ones &* UInt64(UInt8(ascii: "\""))) &- ones
        let backslashes = (self ^ ones &* UInt64(UInt8(ascii: "\\"))) &- ones
        // None of them is 0x80 or above.
        return ((controls | quotes | backslashes) & ~self & highs).trailingZeroBitCount >> 3
    }
}
