import NIOCore
import Pipeline
import Templates
import WorkerProtocol
import Writing

/// Makes lines, one after another, and keeps its buffers between them.
struct LineRenderer {
    private enum Way {
        case data
        case template(TemplateRenderer)
        case events(EventLineEncoder)
        case cloudEvents(FrameEncoder)
    }

    let format: LineFormat
    private var way: Way
    private var text: [UInt8] = []
    private var json = ByteBuffer()

    init(_ format: LineFormat) {
        self.format = format
        way =
            switch format.kind {
            case .data: .data
            case .template(let template): .template(TemplateRenderer(template))
            case .events: .events(EventLineEncoder())
            case .cloudEvents: .cloudEvents(FrameEncoder(framing: .lines))
            }
    }

    /// Appends the line of a message, without a line end.
    ///
    /// - Parameter findings: gets what the message's data had of the format's paths.
    mutating func append(
        _ message: Message, attempt: Int = 1, to line: inout [UInt8], _ findings: inout FormatFindings
    ) {
        switch way {
        case .data:
            appendData(of: message, to: &line)
            findings.append(nil)
        case .template(var renderer):
            // Its buffers are not to be copied.
            way = .data
            defer { way = .template(renderer) }
            text.removeAll(keepingCapacity: text.capacity <= 1 << 16)
            let isFilled = renderer.render(message.event.data.readableBytesUInt8Span, into: &text) { field, text in
                Self.append(field, of: message, format, to: &text)
            }
            guard isFilled else {
                appendData(of: message, to: &line)
                return findings.append(nil)
            }
            text.withUnsafeBytes { line.appendPrintable($0) }
            findings.append(renderer)
        case .events(var encoder):
            beginJSON()
            encoder.append(
                stream: message.stream.name, type: message.event.type, id: message.event.id, sequence: message.sequence,
                received: format.wallTime(message.receivedAt), data: message.event.data, to: &json)
            way = .events(encoder)
            endJSON(&line, &findings)
        case .cloudEvents(var encoder):
            way = .data
            beginJSON()
            encoder.append(FrameMessage(message, attempt: attempt, wallTime: format.wallTime), to: &json)
            way = .cloudEvents(encoder)
            // The frame's line end.
            json.moveWriterIndex(to: json.writerIndex - 1)
            endJSON(&line, &findings)
        }
    }

    private func appendData(of message: Message, to line: inout [UInt8]) {
        message.event.data.withUnsafeReadableBytes { line.appendPrintable($0) }
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
