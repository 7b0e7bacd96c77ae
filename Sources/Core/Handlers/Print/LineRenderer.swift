import NIOCore
import Pipeline
import Templates
import WorkerProtocol
import Writing

/// Makes lines, one after another, and keeps its buffers between them.
struct LineRenderer {
    let format: LineFormat
    // One of them, or none: the data as it came. Apart, so that each is changed where it is.
    private var template: TemplateRenderer?
    private var events: EventLineEncoder?
    private var cloudEvents: FrameEncoder?
    private var text: [UInt8] = []
    private var json = ByteBuffer()

    init(_ format: LineFormat) {
        self.format = format
        switch format.kind {
        case .data: break
        case .template(let template): self.template = TemplateRenderer(template)
        case .events: events = EventLineEncoder()
        case .cloudEvents: cloudEvents = FrameEncoder(framing: .lines)
        }
    }

    /// Appends the line of a message, without a line end.
    ///
    /// - Parameter findings: gets what the message's data had of the format's paths.
    mutating func append(
        _ message: Message, attempt: Int = 1, to line: inout [UInt8], _ findings: inout FormatFindings
    ) {
        switch format.kind {
        case .data:
            appendData(of: message, to: &line)
            findings.append(nil)
        case .template:
            text.removeAll(keepingCapacity: text.capacity <= 1 << 16)
            let isFilled = template?.render(message.event.data.readableBytesUInt8Span, into: &text) {
                [format] field, text in Self.append(field, of: message, format, to: &text)
            }
            guard isFilled == true else {
                appendData(of: message, to: &line)
                return findings.append(nil)
            }
            text.withUnsafeBytes { line.appendPrintable($0) }
            findings.append(template)
        case .events:
            beginJSON()
            events?.append(
                stream: message.stream.name, type: message.event.type, id: message.event.id, sequence: message.sequence,
                received: format.wallTime(message.receivedAt), data: message.event.data, to: &json)
            endJSON(&line, &findings)
        case .cloudEvents:
            beginJSON()
            cloudEvents?.append(FrameMessage(message, attempt: attempt, wallTime: format.wallTime), to: &json)
            // The frame's line end.
            json.moveWriterIndex(to: json.writerIndex - 1)
            endJSON(&line, &findings)
        }
    }

    private func appendData(of message: Message, to line: inout [UInt8]) {
        message.data.withUnsafeReadableBytes { line.appendPrintable($0) }
    }

    private mutating func beginJSON() {
        if json.capacity > 1 << 16 { json = ByteBuffer() } else { json.clear() }
    }

    private func endJSON(_ line: inout [UInt8], _ findings: inout FormatFindings) {
        json.withUnsafeReadableBytes { line.appendPrintableJSON($0) }
        findings.append(nil)
    }

    private static func append(_ field: EventField, of message: Message, _ format: LineFormat, to text: inout [UInt8]) {
        switch field {
        case .type:
            if let type = message.event.type {
                text.append(contentsOf: type.readableBytesView)
            } else {
                text.append(contentsOf: "message".utf8)
            }
        case .id: text.append(contentsOf: message.event.id.readableBytesView)
        case .stream: text.append(contentsOf: message.stream.name.utf8)
        case .sequence: text.appendNumber(message.sequence)
        case .received: text.appendTimestamp(format.wallTime(message.receivedAt))
        }
    }
}

extension FrameMessage {
    /// What is told of a message, be it to a process or on a line.
    init(_ message: Message, attempt: Int, wallTime: (Duration) -> Int64) {
        self.init(
            identity: message.storedIdentity.map(Identity.text)
                ?? .hash(high: message.identityHash.high, low: message.identityHash.low),
            stream: message.stream.name, type: message.event.type, data: message.event.data,
            time: wallTime(message.receivedAt), sequence: message.sequence, eventID: message.event.id, attempt: attempt)
    }
}
