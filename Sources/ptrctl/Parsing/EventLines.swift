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
            var index = 0
            while index < text.count {
                if buffer.readableBytes >= Self.threshold { flush() }
                let end = min(index + Self.blockSize, text.count)
                // An escape has six bytes at most, and the last word or character may reach beyond the block.
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 6 * Self.blockSize + 8) { output in
                    var writer = JSONStringWriter(output: output)
                    index = writer.write(text, from: index, to: end)
                    return writer.count
                }
            }
        }
    }
}

/// Escapes text for a string of JSON (RFC 8259, section 7).
private struct JSONStringWriter {
    let output: UnsafeMutableRawBufferPointer
    /// How many bytes have been written.
    var count = 0

    init(output: UnsafeMutableRawBufferPointer) {
        self.output = output
    }

    /// Writes the characters of `text` that begin in `start ..< end`, and returns where the next one begins.
    mutating func write(_ text: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end {
            if index + 8 <= end {
                let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                output.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
                let plain = word.leadingPlainBytes
                count += plain
                index += plain
                if plain == 8 { continue }
            }
            let byte = text[index]
            switch byte {
            case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"):
                escape(byte)
                index += 1
            case 0x80...:
                let sequence = UTF8Sequence(in: text, at: index)
                if sequence.isValid {
                    for offset in 0..<sequence.length { put(text[index + offset]) }
                } else {
                    put(0xEF)
                    put(0xBF)
                    put(0xBD)
                }
                index += sequence.length
            default:
                put(byte)
                index += 1
            }
        }
        return index
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
    /// How many of the eight bytes, from the lowest on, stand for themselves in a string of JSON and are ASCII.
    ///
    /// In each term a byte that is looked for has its highest bit set. So may one above such a byte, by the borrow; the
    /// lowest is always right.
    fileprivate var leadingPlainBytes: Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs = ones << 7
        let controls = self &- ones &* 0x20
        let quotes = (self ^ ones &* UInt64(UInt8(ascii: "\""))) &- ones
        let backslashes = (self ^ ones &* UInt64(UInt8(ascii: "\\"))) &- ones
        // Where the byte itself is 0x80 or above, that alone makes it special.
        return (((controls | quotes | backslashes) & ~self | self) & highs).trailingZeroBitCount >> 3
    }
}

/// Bytes from 0x80 on: a character, or the maximal subpart of one (Unicode, table 3-7 and section 3.9).
private struct UTF8Sequence {
    let length: Int
    let isValid: Bool

    private init(length: Int, isValid: Bool) {
        self.length = length
        self.isValid = isValid
    }

    init(in text: UnsafeRawBufferPointer, at start: Int) {
        let lead = text[start]
        let length: Int
        // What may follow the lead; all bytes after that are 80 … BF.
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default:
            self.init(length: 1, isValid: false)
            return
        }
        for offset in 1..<length {
            let isExpected =
                start + offset < text.count && (offset == 1 ? second : 0x80...0xBF).contains(text[start + offset])
            guard isExpected else {
                self.init(length: offset, isValid: false)
                return
            }
        }
        self.init(length: length, isValid: true)
    }
}
