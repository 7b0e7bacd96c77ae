public import NIOCore
import Templates

/// Writes frames: CloudEvents 1.0 in JSON, one after another into a buffer of the caller's, so that many go out with one write.
///
/// It keeps what messages of a stream and of a second share. Data that is JSON stands in the frame as it came, but for line ends
/// between its tokens, which become spaces: no number is rounded and no key is lost. All other data is a string, with
/// `"datacontenttype":"text/plain"`, in which U+FFFD stands for what is not UTF-8.
public struct FrameEncoder: Sendable {
    private let framing: Framing
    private var pieces = StreamPieces(of: "")
    private var known: [String: StreamPieces] = [:]
    private var second = SecondText()
    /// Where the frame that is being written begins; nil: none is.
    private var start: Int?
    private var isBatch = false
    private var messages = 0

    /// No more streams than that are remembered.
    private static let mostStreams = 256

    /// Makes one for a worker's framing.
    public init(framing: Framing) {
        self.framing = framing
    }

    /// Appends the frame of a single message.
    public mutating func append(_ message: FrameMessage, to buffer: inout ByteBuffer) {
        precondition(start == nil, "a single message within a batch")
        begin(&buffer)
        write(message, to: &buffer)
        end(&buffer)
    }

    /// Begins the frame of a batch. Until it ends, the buffer is for it alone.
    public mutating func beginBatch(in buffer: inout ByteBuffer) {
        precondition(start == nil, "a batch within a batch")
        begin(&buffer)
        buffer.writeStaticString(#"{"batch":["#)
        messages = 0
    }

    /// Appends a message of the batch that has been begun.
    public mutating func appendToBatch(_ message: FrameMessage, in buffer: inout ByteBuffer) {
        precondition(start != nil, "a message of no batch")
        if messages > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
        messages += 1
        write(message, to: &buffer)
    }

    /// Ends the frame of a batch.
    ///
    /// - Parameter frame: its number, by which it may be answered for.
    public mutating func endBatch(frame: UInt64, in buffer: inout ByteBuffer) {
        precondition(start != nil && messages > 0, "the end of no batch")
        buffer.write(atMost: 48) { output in
            output.put(#"],"frame":"#)
            output.put(frame)
            output.put("}")
        }
        end(&buffer)
    }

    // MARK: Frames

    private mutating func begin(_ buffer: inout ByteBuffer) {
        start = buffer.writerIndex
        if framing == .length { buffer.writeInteger(UInt32(0)) }
    }

    private mutating func end(_ buffer: inout ByteBuffer) {
        guard let start else { return }
        switch framing {
        case .lines: buffer.writeInteger(UInt8(ascii: "\n"))
        case .length: buffer.setInteger(UInt32(buffer.writerIndex - start - 4), at: start)
        }
        self.start = nil
    }

    private mutating func write(_ message: FrameMessage, to buffer: inout ByteBuffer) {
        findPieces(of: message.stream)
        second.show(message.time)
        writePrepared(message, to: &buffer)
    }

    /// In as few steps as may be: each one costs as much as it takes to copy a kilobyte.
    private func writePrepared(_ message: FrameMessage, to buffer: inout ByteBuffer) {
        let (head, tail) = (headCapacity(of: message), tailCapacity(of: message))
        guard message.data.readableBytesUInt8Span.isJSON else {
            buffer.write(atMost: head) { putHead(of: message, dataIsJSON: false, into: &$0) }
            buffer.writeJSONString(message.data)
            return buffer.write(atMost: tail) { putTail(of: message, into: &$0) }
        }
        buffer.write(atMost: head + message.data.readableBytes + tail) { output in
            putHead(of: message, dataIsJSON: true, into: &output)
            output.putJSON(message.data)
            putTail(of: message, into: &output)
        }
    }

    private func headCapacity(of message: FrameMessage) -> Int {
        var capacity = 256 + pieces.source.count
        if case .text(let text) = message.identity { capacity += JSONText.capacity(for: text.utf8.count) }
        if let type = message.type { capacity += JSONText.capacity(for: type.readableBytes) }
        return capacity
    }

    private func putHead(of message: FrameMessage, dataIsJSON: Bool, into output: inout FrameOutput) {
        output.put(#"{"specversion":"1.0","id":""#)
        switch message.identity {
        case .hash(let high, let low):
            output.putHexadecimal(high)
            output.putHexadecimal(low)
        case .text(let text): output.putJSONText(of: ByteBuffer(string: text))
        }
        output.put(pieces.source)
        if let type = message.type { output.putJSONText(of: type) } else { output.put("message") }
        output.put(#"","time":""#)
        output.put(second.text)
        output.putMicroseconds(second.microsecond)
        output.put(dataIsJSON ? Self.headOfJSON : Self.headOfText)
    }

    private static let headOfJSON: StaticString = #"Z","datacontenttype":"application/json","data":"#
    private static let headOfText: StaticString = #"Z","datacontenttype":"text/plain","data":"#

    private func tailCapacity(of message: FrameMessage) -> Int {
        128 + pieces.stream.count + JSONText.capacity(for: message.eventID.readableBytes)
            + JSONText.capacity(for: message.key?.readableBytes ?? 0)
    }

    private func putTail(of message: FrameMessage, into output: inout FrameOutput) {
        output.put(#","seq":"#)
        output.put(message.sequence)
        output.put(pieces.stream)
        if message.eventID.readableBytes > 0 {
            output.put(#","eventid":""#)
            output.putJSONText(of: message.eventID)
            output.put("\"")
        }
        output.put(#","attempt":"#)
        output.put(UInt64(max(message.attempt, 0)))
        if let key = message.key {
            output.put(#","key":""#)
            output.putJSONText(of: key)
            output.put("\"")
        }
        output.put("}")
    }

    private mutating func findPieces(of stream: String) {
        guard pieces.name != stream else { return }
        if let known = known[stream] {
            pieces = known
        } else {
            pieces = StreamPieces(of: stream)
            if known.count >= Self.mostStreams { known.removeAll() }
            known[stream] = pieces
        }
    }
}

/// What the frames of a stream share.
private struct StreamPieces: Sendable {
    let name: String
    /// From the end of `id` to the begin of `type`.
    let source: [UInt8]
    /// From the end of `seq` on.
    let stream: [UInt8]

    init(of name: String) {
        self.name = name
        source = Array(#"","source":"urn:ptr:stream:\#(Self.escapedForURN(name))","type":""#.utf8)
        var text = ByteBuffer(string: #","stream":"#)
        text.writeJSONString(ByteBuffer(string: name))
        stream = Array(text.readableBytesView)
    }

    /// The name with percent signs and digits for what RFC 8141 does not let stand in a name.
    private static func escapedForURN(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}

/// The text of a time up to its second, which the messages of a second share.
struct SecondText: Sendable {
    /// Such as `2026-11-27T15:33:37.`, with the dot.
    private(set) var text: [UInt8] = []
    private(set) var microsecond: UInt64 = 0
    private var second = Int64.min

    mutating func show(_ time: Int64) {
        var (second, rest) = time.quotientAndRemainder(dividingBy: 1_000_000)
        if rest < 0 { (second, rest) = (second - 1, rest + 1_000_000) }
        microsecond = UInt64(rest)
        guard second != self.second else { return }
        self.second = second
        text.removeAll(keepingCapacity: true)
        text.appendTimestamp(time)
        // Without the microseconds and the Z.
        text.removeLast(7)
    }
}
