import EventSource
import Glibc
import NIOCore

/// Decodes a capture of an event stream, in one pass and with the memory of one event.
struct CaptureParser: Sendable {
    /// Why decoding stopped. The events before it have been written.
    enum Failure: Error, Equatable {
        case open(CInt)
        case read(CInt)
        case write(CInt)
        case parser(EventStreamParserError)
    }

    /// How many bytes the parser is given at a time; `nil` is as many as a read gives.
    var chunk: Int?
    var limits: EventStreamLimits
    /// Writes all of the bytes, and returns the errno of what prevented it.
    var write: @Sendable (UnsafeRawBufferPointer) -> CInt?

    /// How many bytes one read asks for.
    private static let readSize = 256 << 10

    /// Decodes the file at `path`.
    ///
    /// - Returns: what the parser saw besides events.
    func parse(path: String) throws(Failure) -> EventStreamCounters {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .open(errno) }
        defer { close(descriptor) }
        return try parse(descriptor: descriptor)
    }

    /// Decodes what can be read from `descriptor`. What is pending at its end is discarded (rule P10).
    func parse(descriptor: CInt) throws(Failure) -> EventStreamCounters {
        var parser = EventStreamParser(limits: limits)
        var events: [EventStreamEvent] = []
        var lines = EventLines(write: write)
        var buffer = ByteBufferAllocator().buffer(capacity: max(Self.readSize, chunk ?? 0))
        var isAtEnd = false
        while !isAtEnd {
            let (count, error) = Self.read(from: descriptor, into: &buffer)
            if let error { throw .read(error) }
            isAtEnd = count == 0
            let failure = feed(&buffer, isAtEnd: isAtEnd, to: &parser, events: &events, lines: &lines)
            lines.flush()
            if let error = lines.error { throw .write(error) }
            if let failure { throw failure }
            buffer.discardReadBytes()
        }
        return parser.counters
    }

    /// Feeds the parser the chunks that `buffer` holds, and appends the events' lines to `lines`.
    private func feed(
        _ buffer: inout ByteBuffer, isAtEnd: Bool, to parser: inout EventStreamParser,
        events: inout [EventStreamEvent], lines: inout EventLines
    ) -> Failure? {
        while buffer.readableBytes > 0 {
            let length = min(chunk ?? buffer.readableBytes, isAtEnd ? buffer.readableBytes : .max)
            guard let piece = buffer.readSlice(length: length) else { break }
            var failure: Failure?
            do { try parser.parse(piece, into: &events) } catch { failure = .parser(error) }
            for event in events { lines.append(event) }
            events.removeAll(keepingCapacity: true)
            if let failure { return failure }
            if lines.error != nil { break }
        }
        return nil
    }

    /// Reads once. At the end of the file it gives 0.
    private static func read(from descriptor: CInt, into buffer: inout ByteBuffer) -> (count: Int, errno: CInt?) {
        while true {
            var error: CInt = 0
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { space in
                let count = Glibc.read(descriptor, space.baseAddress, min(space.count, readSize))
                if count < 0 { error = errno }
                return max(count, 0)
            }
            if error == EINTR { continue }
            return (count, error == 0 ? nil : error)
        }
    }
}
