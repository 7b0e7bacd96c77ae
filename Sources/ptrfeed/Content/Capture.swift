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
    /// Where the first event begins when it comes again: behind a byte order mark, which would be data there.
    private let secondStart: Int
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
        (bounds, isTerminated) = bytes.withUnsafeReadableBytes(Self.events)
        secondStart = bytes.withUnsafeReadableBytes(Self.startOfLines)
    }

    private static func startOfLines(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// Where the events begin, and, last, where the capture ends; and whether its last line is a blank one. Lines end in CRLF,
    /// LF or CR.
    private static func events(in bytes: UnsafeRawBufferPointer) -> (bounds: [Int], isTerminated: Bool) {
        var (bounds, hasData, endsBlank) = ([0], false, false)
        var start = startOfLines(bytes)
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), bytes[end] != UInt8(ascii: "\r") { end += 1 }
            let line = bytes[start..<end]
            start = min(bytes.count, end + (bytes[end...].starts(with: "\r\n".utf8) ? 2 : 1))
            endsBlank = line.isEmpty
            if endsBlank, hasData {
                bounds.append(start)
                hasData = false
            } else if line.starts(with: "data".utf8) {
                hasData = hasData || line.count == 4 || line[line.startIndex + 4] == UInt8(ascii: ":")
            }
        }
        if hasData || bounds.count == 1 {
            bounds.append(bytes.count)
        } else {
            bounds[bounds.count - 1] = bytes.count
        }
        return (bounds, endsBlank)
    }

    /// Appends the event of one position (from 1). After the last event the first one comes again.
    func write(position: Int, to buffer: inout ByteBuffer) {
        let (pass, index) = (position - 1).quotientAndRemainder(dividingBy: count)
        var start = bounds[index]
        if index == 0, pass > 0 {
            // A second pass must read as the first did: not as the rest of an unfinished event, nor with a mark that is
            // data here.
            if !isTerminated { buffer.writeStaticString("\n\n") }
            start = secondStart
        }
        bytes.withUnsafeReadableBytes { source in
            _ = buffer.writeBytes(UnsafeRawBufferPointer(rebasing: source[start..<bounds[index + 1]]))
        }
    }
}
