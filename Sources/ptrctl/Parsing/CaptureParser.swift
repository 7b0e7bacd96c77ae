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
        while true {
            let count = try Self.read(from: descriptor, into: &buffer)
            var failure: Failure?
            // Less than a chunk waits for more, unless it is the last.
            while failure == nil, lines.error == nil, let piece = piece(of: &buffer, isLast: count == 0) {
                do { try parser.parse(piece, into: &events) } catch { failure = .parser(error) }
                for event in events { lines.append(event) }
                events.removeAll(keepingCapacity: true)
            }
            lines.flush()
            if let failure = lines.error.map(Failure.write) ?? failure { throw failure }
            guard count > 0 else { return parser.counters }
            buffer.discardReadBytes()
        }
    }

    private func piece(of buffer: inout ByteBuffer, isLast: Bool) -> ByteBuffer? {
        let length = min(chunk ?? .max, isLast || chunk == nil ? buffer.readableBytes : .max)
        return length > 0 ? buffer.readSlice(length: length) : nil
    }

    /// Reads once. At the end of the file it gives 0.
    private static func read(from descriptor: CInt, into buffer: inout ByteBuffer) throws(Failure) -> Int {
        while true {
            var error: CInt = 0
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { space in
                let count = Glibc.read(descriptor, space.baseAddress, min(space.count, readSize))
                if count < 0 { error = errno }
                return max(count, 0)
            }
            if error == 0 { return count }
            if error != EINTR { throw .read(error) }
        }
    }
}
