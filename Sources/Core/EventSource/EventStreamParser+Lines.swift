import CScanning
import NIOCore

// From bytes to lines: the byte order mark, the three line ends, and lines that span chunks (rules P1 to P3, C9, C11).
extension EventStreamParser {
    /// How many bytes are searched for line ends in one go.
    private static let window = 4096

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
        // One look at each byte finds all ends of a window, as bits.
        try withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.window / 64) {
            (ends) throws(EventStreamParserError) in
            var begin = position
            while begin < bytes.count {
                let count = min(Self.window, bytes.count - begin)
                let window = UnsafeRawBufferPointer(rebasing: bytes[begin..<begin + count])
                cscanning_line_ends(
                    window.baseAddress!.assumingMemoryBound(to: UInt8.self), count, ends.baseAddress!)
                cscanning_prefetch(window.baseAddress! + count, min(Self.window, bytes.count - begin - count))
                for word in 0..<(count + 63) / 64 {
                    var rest = ends[word]
                    while rest != 0 {
                        let end = begin &+ 64 &* word &+ rest.trailingZeroBitCount
                        rest &= rest &- 1
                        // The LF of a CR LF has been dealt with.
                        guard end >= position else { continue }
                        try takeLine(LineText(bytes, position..<end), of: chunk, into: &events)
                        position = end &+ 1
                        guard bytes[end] == .carriageReturn else { continue }
                        // A CR ends its line at once; the LF of a CR LF may come with the next chunk.
                        if position == bytes.count {
                            skipsLineFeed = true
                        } else if bytes[position] == .lineFeed {
                            position += 1
                        }
                    }
                }
                begin += count
            }
        }
        if position < bytes.count { try carryOver(LineText(bytes, position..<bytes.count), of: chunk) }
        keepData(of: chunk)
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
            for index in 0..<(matched - position) {
                withUnsafeBytes(of: UInt8.byteOrderMark(index)) { carry.append($0) }
            }
            line = .carried
        }
        return 0
    }

    /// Takes the rest of a line, whose end has come.
    @inline(__always)
    private mutating func takeLine(
        _ text: LineText, of chunk: ByteBuffer, into events: inout [EventStreamEvent]
    ) throws(EventStreamParserError) {
        switch line {
        case .atStart:
            guard text.bytes.count <= limits.maximumLineBytes else {
                return try takeOverlong(text.prefix(limits.maximumLineBytes), of: chunk)
            }
            try take(text, of: chunk, into: &events)
        case .carried:
            try carryOver(text, of: chunk)
            if line == .carried { try takeCarried(of: chunk) }
            line = .atStart
        case .discarding:
            line = .atStart
        }
    }

    /// Keeps the bytes of a line that a chunk's end cuts, up to the limit.
    private mutating func carryOver(_ text: LineText, of chunk: ByteBuffer) throws(EventStreamParserError) {
        guard line != .discarding else { return }
        let room = limits.maximumLineBytes - carry.count
        guard text.bytes.count > room else {
            carry.append(text.bytes)
            line = .carried
            return
        }
        carry.append(text.prefix(room).bytes)
        line = .discarding
        try takeCarried(of: chunk, isOverlong: true)
    }

    /// Takes a line that lies in `carry`. It is not blank.
    private mutating func takeCarried(
        of chunk: ByteBuffer, isOverlong: Bool = false
    ) throws(EventStreamParserError) {
        defer { carry.next() }
        // The bytes stay where they are until `carry.next()`: until then nothing is added to it.
        let text = carry.withBytes { LineText(bytes: $0, index: 0, isCarried: true) }
        if isOverlong {
            try takeOverlong(text, of: chunk)
        } else {
            try takeField(text, of: chunk)
        }
    }
}

/// A line, or a part of one, and where it lies, so that a slice needs no copy.
///
/// The buffer itself is handed along beside it: to hold it here would cost a retain and a release per line.
struct LineText {
    var bytes: UnsafeRawBufferPointer
    /// Where `bytes` begins, counted from the chunk's first readable byte, or from the beginning of the carried line.
    var index: Int
    /// It lies in ``EventStreamParser/carry`` and not in the chunk.
    var isCarried: Bool

    init(bytes: UnsafeRawBufferPointer, index: Int, isCarried: Bool) {
        self.bytes = bytes
        self.index = index
        self.isCarried = isCarried
    }

    /// A part of the readable `bytes` of a chunk.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.init(bytes: UnsafeRawBufferPointer(rebasing: bytes[range]), index: range.lowerBound, isCarried: false)
    }

    @inline(__always)
    func prefix(_ count: Int) -> LineText {
        LineText(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)), index: index, isCarried: isCarried)
    }

    @inline(__always)
    func dropFirst(_ count: Int) -> LineText {
        LineText(
            bytes: UnsafeRawBufferPointer(rebasing: bytes[min(count, bytes.count)...]), index: index + count,
            isCarried: isCarried)
    }
}

extension ByteBuffer {
    /// A part of the readable bytes, counted from the first one, as a slice. (NIO copies where a slice would begin beyond 16 MiB.)
    @inline(__always)
    func slice(at offset: Int, count: Int) -> ByteBuffer {
        // The range lies within the buffer by construction, so the fallback is never taken.
        count == 0 ? ByteBuffer() : getSlice(at: readerIndex + offset, length: count) ?? ByteBuffer()
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
