public import NIOCore
import Templates

/// Writes events as lines of JSON, for whoever reads what is printed:
/// `{"stream":"s","event":"message","id":"4","sequence":7,"received":"2026-11-27T15:33:37.120456Z","data":{…}}`.
///
/// Data is written as ``FrameEncoder`` does it: JSON stands as it came, but for line ends between its tokens, all other data is a
/// string, in which U+FFFD stands for what is not UTF-8.
public struct EventLineEncoder: Sendable {
    private var second = SecondText()

    /// Makes one.
    public init() {}

    /// Appends the line of an event, without a line end.
    ///
    /// - Parameters:
    ///   - type: nil: the default, `message`.
    ///   - id: empty: there is none.
    ///   - received: in microseconds since 1970.
    public mutating func append(
        stream: String, type: ByteBuffer?, id: ByteBuffer, sequence: UInt64, received: Int64, data: ByteBuffer,
        to buffer: inout ByteBuffer
    ) {
        second.show(received)
        let name = ByteBuffer(string: stream)
        let texts = [name, type, id].reduce(0) { $0 + JSONText.capacity(for: $1?.readableBytes ?? 0) }
        buffer.write(atMost: 160 + texts) { output in
            output.put(#"{"stream":""#)
            output.putJSONText(of: name)
            output.put(#"","event":""#)
            if let type { output.putJSONText(of: type) } else { output.put("message") }
            output.put(#"","id":""#)
            output.putJSONText(of: id)
            output.put(#"","sequence":"#)
            output.put(sequence)
            output.put(#","received":""#)
            output.put(second.text)
            output.putMicroseconds(second.microsecond)
            output.put(#"Z","data":"#)
        }
        if data.readableBytesUInt8Span.isJSON {
            buffer.write(atMost: data.readableBytes) { $0.putJSON(data) }
        } else {
            buffer.writeJSONString(data)
        }
        buffer.writeInteger(UInt8(ascii: "}"))
    }
}
