import EventSource
import NIOCore
import Templates

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
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: JSONText.capacity(for: block.count)) { output in
                JSONText.write(block, to: output)
            }
        }
    }
}
