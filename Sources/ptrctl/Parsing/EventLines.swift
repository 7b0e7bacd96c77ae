import EventSource
import NIOCore

/// Writes events as lines of JSON, one object `{"type","data","id"}` each (NDJSON), straight from their bytes: an
/// encoder's tree of values would cost many times the parsing.
///
/// What is not UTF-8 becomes U+FFFD, one for every maximal subpart (rule P1).
struct EventLines: ~Copyable {
    /// Takes all of the bytes, or gives the errno of what prevented it.
    private let write: @Sendable (UnsafeRawBufferPointer) -> CInt?
    private var buffer = ByteBufferAllocator().buffer(capacity: threshold + 8 * blockSize)
    /// Why nothing more is written.
    private(set) var error: CInt?

    /// How many bytes are gathered before they are written.
    private static let threshold = 256 << 10
    /// How many bytes of text are escaped in one go, for which there must be room.
    private static let blockSize = 4096

    init(write: @escaping @Sendable (UnsafeRawBufferPointer) -> CInt?) {
        self.write = write
    }

    /// Appends one event's line.
    mutating func append(_ event: EventStreamEvent) {
        buffer.writeStaticString(#"{"type":""#)
        if let type = event.type {
            appendEscaped(type)
        } else {
            buffer.writeStaticString("message")
        }
        buffer.writeStaticString(#"","data":""#)
        appendEscaped(event.data)
        buffer.writeStaticString(#"","id":""#)
        appendEscaped(event.lastEventID)
        buffer.writeStaticString("\"}\n")
    }

    /// Writes what has been gathered.
    mutating func flush() {
        if error == nil, buffer.readableBytes > 0 { error = buffer.withUnsafeReadableBytes(write) }
        buffer.clear()
    }

    /// Appends the inside of a string. It is written in parts, if it is long.
    private mutating func appendEscaped(_ text: ByteBuffer) {
        text.withUnsafeReadableBytes { text in
            if (try? UTF8Span(validating: text.bindMemory(to: UInt8.self).span)) != nil { return appendEscaped(text) }
            var repaired = String(decoding: text, as: UTF8.self)
            repaired.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0)) }
        }
    }

    private mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
        var rest = text[...]
        while !rest.isEmpty {
            if buffer.readableBytes >= Self.threshold { flush() }
            let block = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.blockSize))
            rest = rest.dropFirst(block.count)
            // An escape has six bytes at most, and the last word may reach beyond them.
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 6 * Self.blockSize + 8) { output in
                var writer = JSONStringWriter(output: output)
                writer.write(block)
                return writer.count
            }
        }
    }
}

/// Escapes text for a string of JSON (RFC 8259, section 7).
private struct JSONStringWriter {
    let output: UnsafeMutableRawBufferPointer
    /// How many bytes have been written.
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
