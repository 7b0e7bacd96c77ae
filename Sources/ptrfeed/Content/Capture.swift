import NIOCore

/// A recorded event stream, cut into events so that it can be sent again at another pace. No byte of it is changed.
///
/// An event reaches to the end of the blank line that dispatches it: a block without data (a comment, or the course
/// feed's `event:` with its blank line) belongs to the event after it, and whatever follows the last event belongs to
/// that.
struct Capture: Sendable {
    private let bytes: ByteBuffer
    /// Where each event starts, and, last, where the capture ends.
    private let bounds: [Int]
    private let startsWithByteOrderMark: Bool
    /// Whether the last line is a blank one, so that what follows stands for itself.
    let isTerminated: Bool

    /// How many events there are, at least one.
    var count: Int { bounds.count - 1 }
    /// The mean size of an event, in bytes, at least one.
    var averageBytes: Int { bytes.readableBytes / count }

    /// - Returns: nil when there is no byte to send.
    init?(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return nil }
        self.bytes = bytes.slice()
        (bounds, isTerminated, startsWithByteOrderMark) = bytes.withUnsafeReadableBytes { bytes in
            var lines = LineScanner(bytes: bytes)
            var bounds = [0]
            var hasData = false
            var endsBlank = false
            while let line = lines.next() {
                endsBlank = line.isBlank
                if line.isBlank, hasData {
                    bounds.append(line.end)
                    hasData = false
                } else if line.isData {
                    hasData = true
                }
            }
            if hasData || bounds.count == 1 {
                bounds.append(bytes.count)
            } else {
                bounds[bounds.count - 1] = bytes.count
            }
            return (bounds, endsBlank, LineScanner.startsWithByteOrderMark(bytes))
        }
    }

    /// Appends the event of one position (from 1). After the last event the first one comes again.
    func write(position: Int, to buffer: inout ByteBuffer) {
        let (pass, index) = (position - 1).quotientAndRemainder(dividingBy: count)
        var start = bounds[index]
        if index == 0, pass > 0 {
            // A second pass must read as the first did: not as the rest of an unfinished event, nor with a mark that is
            // data here.
            if !isTerminated { buffer.writeStaticString("\n\n") }
            if startsWithByteOrderMark { start += LineScanner.byteOrderMark.count }
        }
        bytes.withUnsafeReadableBytes { source in
            _ = buffer.writeBytes(UnsafeRawBufferPointer(rebasing: source[start..<bounds[index + 1]]))
        }
    }
}

/// Walks the lines of an event stream, which end in CRLF, LF or CR.
private struct LineScanner {
    struct Line {
        let isBlank: Bool
        let isData: Bool
        /// The offset behind the line's end.
        let end: Int
    }

    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    static func startsWithByteOrderMark(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: byteOrderMark)
    }

    mutating func next() -> Line? {
        guard position < bytes.count else { return nil }
        var start = position
        if start == 0, Self.startsWithByteOrderMark(bytes) { start = Self.byteOrderMark.count }
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), bytes[end] != UInt8(ascii: "\r") { end += 1 }
        let content = bytes[start..<end]
        position = end
        // An unfinished last line has no end, so even when it is empty (a lone mark) it is not a blank one.
        let isFinished = end < bytes.count
        if isFinished {
            let isCRLF =
                bytes[end] == UInt8(ascii: "\r") && end + 1 < bytes.count && bytes[end + 1] == UInt8(ascii: "\n")
            position += isCRLF ? 2 : 1
        }
        let isData =
            content.starts(with: "data".utf8) && (content.count == 4 || content.dropFirst(4).first == UInt8(ascii: ":"))
        return Line(isBlank: content.isEmpty && isFinished, isData: isData, end: position)
    }
}
