import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

// From bytes to lines: the byte order mark, the three line ends, and lines that span chunks (rules P1 to P3, C9, C11).
extension EventStreamParser {
    /// Takes one chunk, whose readable bytes are `bytes`.
    mutating func scan(
        _ bytes: UnsafeRawBufferPointer, of chunk: ByteBuffer, into events: inout [EventStreamEvent]
    ) throws(EventStreamParserError) {
        var position = 0
        if case .expected(let matched) = byteOrderMark {
            position = skipByteOrderMark(in: bytes, matched: matched)
        }
        if skipsLineFeed, position < bytes.count {
            skipsLineFeed = false
            if bytes[position] == .lineFeed { position += 1 }
        }

        // Every byte is looked at once for an LF and once for a CR. `lineFeed` is the first LF at or after `position`,
        // and `carriageReturn` the first CR before it (or `lineFeed` itself if there is none); both are found again
        // only when passed. The second look at a line finds it in the fastest cache.
        var lineFeed = -1
        var carriageReturn = -1
        while position < bytes.count {
            if lineFeed < position { lineFeed = bytes.firstIndex(of: .lineFeed, in: position..<bytes.count) }
            if carriageReturn < position {
                carriageReturn = bytes.firstIndex(of: .carriageReturn, in: position..<lineFeed)
            }
            let end = carriageReturn
            guard end < bytes.count else {
                try carryOver(LineText(bytes, position..<end, of: chunk), of: chunk, isComplete: false)
                return
            }
            switch line {
            case .atStart:
                try takeWhole(LineText(bytes, position..<end, of: chunk), of: chunk, into: &events)
            case .carried:
                try carryOver(LineText(bytes, position..<end, of: chunk), of: chunk, isComplete: true)
                try takeCarried(into: &events)
            case .discarding:
                line = .atStart
            }
            position = end + 1
            if end < lineFeed {
                // A CR ends its line at once; the LF of a CR LF may come with the next chunk.
                if position == bytes.count {
                    skipsLineFeed = true
                } else if position == lineFeed {
                    position += 1
                }
            }
        }
    }

    /// Returns the index of the first byte after the mark, or after the part of it that this chunk has.
    private mutating func skipByteOrderMark(in bytes: UnsafeRawBufferPointer, matched: Int) -> Int {
        var matched = matched
        var position = 0
        while position < bytes.count, bytes[position] == UInt8.byteOrderMark(matched) {
            matched += 1
            position += 1
            if matched == 3 {
                byteOrderMark = .settled
                return position
            }
        }
        guard position < bytes.count else {
            byteOrderMark = .expected(matched: matched)
            return position
        }
        // Not a mark after all: what looked like one begins the first line (P2). A part of it may have come in an
        // earlier chunk.
        byteOrderMark = .settled
        if matched > position {
            for index in 0..<(matched - position) { carry.writeInteger(UInt8.byteOrderMark(index)) }
            line = .carried
        }
        return 0
    }

    /// Keeps the bytes of a line that began in an earlier chunk, or goes on in a later one, up to the limit.
    private mutating func carryOver(
        _ text: LineText, of chunk: ByteBuffer, isComplete: Bool
    ) throws(EventStreamParserError) {
        guard line != .discarding else { return }
        let isOverlong = carry.readableBytes + text.bytes.count > limits.maximumLineBytes
        let text = isOverlong ? text.prefix(limits.maximumLineBytes - carry.readableBytes) : text
        if line == .atStart {
            // Not copied yet: most lines end in the next chunk, and then their length is known.
            carry = text.slice(of: chunk)
            carryBorrowsChunk = true
        } else {
            if carryBorrowsChunk { growCarry(toHold: text.bytes.count, isComplete: isComplete || isOverlong) }
            carry.writeBytes(text.bytes)
        }
        line = .carried
        guard isOverlong else { return }
        let carried = takeCarry()
        line = .discarding
        try carried.withLine { (text) throws(EventStreamParserError) in try takeOverlong(text, of: carried) }
    }

    /// Gives the carry bytes of its own, with room for `count` more: exactly, or for a line that goes on, plenty.
    private mutating func growCarry(toHold count: Int, isComplete: Bool) {
        let needed = carry.readableBytes + count
        var own = spareCarry.take() ?? ByteBufferAllocator().buffer(capacity: isComplete ? needed : 2 * needed)
        own.reserveCapacity(needed)
        own.writeImmutableBuffer(carry)
        carry = own
        carryBorrowsChunk = false
    }

    /// The carried line has come to its end.
    private mutating func takeCarried(into events: inout [EventStreamEvent]) throws(EventStreamParserError) {
        defer { line = .atStart }
        guard line == .carried else { return }
        var carried = takeCarry()
        let earlierDataLines = dataLines
        try carried.withLine { (text) throws(EventStreamParserError) in
            try take(text, of: carried, into: &events)
        }
        // Of a data line that is not the first one, the event has a copy, so this buffer is free.
        if earlierDataLines > 0, dataLines > earlierDataLines, carried.capacity <= 64 << 10 {
            carried.clear()
            spareCarry = carried
        }
    }

    private mutating func takeCarry() -> ByteBuffer {
        let carried = carry
        carry = ByteBuffer()
        carryBorrowsChunk = false
        return carried
    }

    /// A line that lies in one chunk.
    private mutating func takeWhole(
        _ text: LineText, of chunk: ByteBuffer, into events: inout [EventStreamEvent]
    ) throws(EventStreamParserError) {
        guard text.bytes.count > limits.maximumLineBytes else {
            return try take(text, of: chunk, into: &events)
        }
        try takeOverlong(text.prefix(limits.maximumLineBytes), of: chunk)
    }
}

/// A line, or a part of one, and where it lies in its buffer, so that a slice needs no copy.
///
/// The buffer itself is handed along beside it: to hold it here would cost a retain and a release per line.
struct LineText {
    var bytes: UnsafeRawBufferPointer
    /// Where `bytes` begins in the buffer.
    var index: Int

    init(bytes: UnsafeRawBufferPointer, index: Int) {
        self.bytes = bytes
        self.index = index
    }

    /// A part of the readable `bytes` of `chunk`.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, of chunk: ByteBuffer) {
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[range])
        index = chunk.readerIndex + range.lowerBound
    }

    func prefix(_ count: Int) -> LineText {
        LineText(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)), index: index)
    }

    func dropFirst(_ count: Int) -> LineText {
        LineText(bytes: UnsafeRawBufferPointer(rebasing: bytes[min(count, bytes.count)...]), index: index + count)
    }

    /// The text as a slice of its buffer. (NIO copies where a slice would begin beyond 16 MiB.)
    func slice(of buffer: ByteBuffer) -> ByteBuffer {
        // The range lies within the buffer by construction, so the fallback is never taken.
        bytes.isEmpty ? ByteBuffer() : buffer.getSlice(at: index, length: bytes.count) ?? ByteBuffer()
    }
}

extension ByteBuffer {
    /// Calls `body` with all readable bytes as a line.
    fileprivate func withLine(
        _ body: (LineText) throws(EventStreamParserError) -> Void
    ) throws(EventStreamParserError) {
        try withUnsafeReadableBytes { (bytes) throws(EventStreamParserError) in
            try body(LineText(bytes: bytes, index: readerIndex))
        }
    }
}

extension UInt8 {
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }
    static var colon: UInt8 { 0x3A }

    /// The byte order mark's byte of that index.
    fileprivate static func byteOrderMark(_ index: Int) -> UInt8 {
        switch index {
        case 0: 0xEF
        case 1: 0xBB
        default: 0xBF
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The index of the first `byte` in `range`, or the range's upper bound.
    @inline(__always)
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int {
        guard let baseAddress, !range.isEmpty else { return range.upperBound }
        guard let found = memchr(baseAddress + range.lowerBound, CInt(byte), range.count) else {
            return range.upperBound
        }
        return UnsafeRawPointer(found) - baseAddress
    }
}
