import NIOCore
import Templates

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Writes into bytes for which there is room.
struct FrameOutput {
    let bytes: UnsafeMutableRawBufferPointer
    var count = 0

    mutating func put(_ text: StaticString) {
        text.withUTF8Buffer { put(UnsafeRawBufferPointer($0)) }
    }

    mutating func put(_ text: [UInt8]) {
        text.withUnsafeBytes { put($0) }
    }

    private mutating func put(_ text: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: bytes[count...]).copyMemory(from: text)
        count += text.count
    }

    /// JSON, on one line.
    mutating func putJSON(_ document: ByteBuffer) {
        let start = count
        document.withUnsafeReadableBytes { put($0) }
        let written = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<count])
        // Within strings there is none, or it would be no JSON. Some readers of lines take a carriage return for an end, too.
        written.replaceAll(UInt8(ascii: "\n"), by: UInt8(ascii: " "))
        written.replaceAll(UInt8(ascii: "\r"), by: UInt8(ascii: " "))
    }

    /// The inside of a string of JSON, for which there is room as ``JSONText`` says; U+FFFD stands for what is not UTF-8.
    mutating func putJSONText(of text: ByteBuffer) {
        text.withUnsafeReadableBytes { text in
            if text.isUTF8 {
                count += JSONText.write(text, to: UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
            } else {
                // Each byte has become three at most, which stand for themselves: there is room for them.
                var (repaired, escaped) = (String(decoding: text, as: UTF8.self), ByteBuffer())
                repaired.withUTF8 { escaped.writeEscaped(UnsafeRawBufferPointer($0)) }
                escaped.withUnsafeReadableBytes { put($0) }
            }
        }
    }

    /// In decimal digits.
    mutating func put(_ number: UInt64) {
        var digits = 1
        var bound = number
        while bound >= 10 { (bound, digits) = (bound / 10, digits + 1) }
        put(number, digits: digits)
    }

    /// Six digits.
    mutating func putMicroseconds(_ number: UInt64) { put(number, digits: 6) }

    private mutating func put(_ number: UInt64, digits: Int) {
        var rest = number
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// Sixteen digits.
    mutating func putHexadecimal(_ number: UInt64) {
        putHexadecimalHalf(UInt32(truncatingIfNeeded: number >> 32))
        putHexadecimalHalf(UInt32(truncatingIfNeeded: number))
    }

    private mutating func putHexadecimalHalf(_ number: UInt32) {
        // Each half of a byte into a byte of its own, the highest into the lowest, where the first digit is stored.
        var halves = UInt64(number.byteSwapped)
        halves = (halves | halves << 16) & 0x0000_FFFF_0000_FFFF
        halves = (halves | halves << 8) & 0x00FF_00FF_00FF_00FF
        halves = (halves >> 4 | halves << 8) & 0x0F0F_0F0F_0F0F_0F0F
        // 1 in each byte of 10 and above, which are letters.
        let letters = (halves + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let digits = halves + 0x3030_3030_3030_3030 + letters * UInt64(UInt8(ascii: "a") - 10 - 0x30)
        bytes.storeBytes(of: digits.littleEndian, toByteOffset: count, as: UInt64.self)
        count += 8
    }
}

extension ByteBuffer {
    /// Writes in one go what has so many bytes at most.
    mutating func write(atMost capacity: Int, _ body: (inout FrameOutput) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { bytes in
            var output = FrameOutput(bytes: bytes)
            body(&output)
            return output.count
        }
    }

    /// Appends text as a string of JSON; U+FFFD stands for what is not UTF-8.
    mutating func writeJSONString(_ text: ByteBuffer) {
        writeInteger(UInt8(ascii: "\""))
        text.withUnsafeReadableBytes { bytes in
            if bytes.isUTF8 { return writeEscaped(bytes) }
            var repaired = String(decoding: bytes, as: UTF8.self)
            repaired.withUTF8 { writeEscaped(UnsafeRawBufferPointer($0)) }
        }
        writeInteger(UInt8(ascii: "\""))
    }

    /// In parts, so that a long text takes no more room than it needs.
    fileprivate mutating func writeEscaped(_ text: UnsafeRawBufferPointer) {
        var start = 0
        while start < text.count {
            let part = UnsafeRawBufferPointer(rebasing: text[start..<min(start + 4096, text.count)])
            start += part.count
            writeWithUnsafeMutableBytes(minimumWritableBytes: JSONText.capacity(for: part.count)) { output in
                JSONText.write(part, to: output)
            }
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func replaceAll(_ byte: UInt8, by other: UInt8) {
        guard var start = baseAddress else { return }
        let end = start + count
        while let place = memchr(start, CInt(byte), end - start) {
            place.storeBytes(of: other, as: UInt8.self)
            start = place + 1
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var isUTF8: Bool { (try? UTF8Span(validating: bindMemory(to: UInt8.self).span)) != nil }
}
