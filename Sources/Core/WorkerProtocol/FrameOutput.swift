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
        UnsafeMutableRawBufferPointer(rebasing: bytes[count..<count + text.count]).copyMemory(from: text)
        count += text.count
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
        for place in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * place)) & 0xF
            bytes[count + place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
        count += 16
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

    /// Appends JSON, on one line.
    mutating func writeJSON(_ document: ByteBuffer) {
        let start = readableBytes
        writeImmutableBuffer(document)
        withUnsafeMutableReadableBytes { bytes in
            let written = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
            // Within strings there is none, or it would be no JSON. Some readers of lines take a carriage return for an end, too.
            written.replaceAll(UInt8(ascii: "\n"), by: UInt8(ascii: " "))
            written.replaceAll(UInt8(ascii: "\r"), by: UInt8(ascii: " "))
        }
    }

    /// Appends text as a string of JSON.
    mutating func writeJSONString(_ text: ByteBuffer) {
        writeInteger(UInt8(ascii: "\""))
        writeJSONText(of: text)
        writeInteger(UInt8(ascii: "\""))
    }

    /// Appends text as the inside of a string of JSON; U+FFFD stands for what is not UTF-8.
    mutating func writeJSONText(of text: ByteBuffer) {
        text.withUnsafeReadableBytes { bytes in
            if (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil { return writeEscaped(bytes) }
            var repaired = String(decoding: bytes, as: UTF8.self)
            repaired.withUTF8 { writeEscaped(UnsafeRawBufferPointer($0)) }
        }
    }

    /// In parts, so that a long text takes no more room than it needs.
    private mutating func writeEscaped(_ text: UnsafeRawBufferPointer) {
        var rest = text[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(4096))
            rest = rest.dropFirst(part.count)
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
