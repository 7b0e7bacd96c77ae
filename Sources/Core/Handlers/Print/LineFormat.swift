import NIOCore
import Pipeline
public import Templates
import Writing

/// What of a message makes its line.
///
/// A line is always one line: control characters are written as escapes. Data that is no JSON is printed as it came where the
/// template has paths into it.
public struct LineFormat: Sendable {
    let template: Template?
    let wallTime: @Sendable (Duration) -> Int64

    /// The data as it came.
    public static let rawData = LineFormat()

    private init() {
        template = nil
        wallTime = { _ in 0 }
    }

    /// A line by a template.
    ///
    /// - Parameter wallTime: microseconds since 1970, of a time by the tree's clock.
    public init(_ template: Template, wallTime: @escaping @Sendable (Duration) -> Int64) {
        self.template = template
        self.wallTime = wallTime
    }
}

/// Makes lines, one after another, and keeps its buffers between them.
struct LineRenderer {
    private let format: LineFormat
    private var renderer: TemplateRenderer?
    private var text: [UInt8] = []

    init(_ format: LineFormat) {
        self.format = format
        renderer = format.template.map { TemplateRenderer($0) }
    }

    /// Appends the line of a message, without a line end.
    ///
    /// - Parameter findings: gets what the message's data had of the format's paths.
    mutating func append(_ message: Message, to line: inout [UInt8], _ findings: inout FormatFindings) {
        text.removeAll(keepingCapacity: text.capacity <= 1 << 16)
        let isFilled = renderer?.render(message.event.data.readableBytesUInt8Span, into: &text) { field, text in
            Self.append(field, of: message, format, to: &text)
        }
        guard isFilled == true else {
            message.event.data.withUnsafeReadableBytes { line.appendPrintable($0) }
            return findings.append(nil)
        }
        text.withUnsafeBytes { line.appendPrintable($0) }
        findings.append(renderer)
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

/// What some messages had of the paths of a format.
struct FormatFindings {
    /// How many messages.
    private(set) var count = 0
    private let paths: Int
    /// For each message, for each path, whether there was a value, be it null.
    private var isFound: [Bool] = []

    init(_ format: LineFormat) {
        paths = format.template?.paths.count ?? 0
    }

    mutating func removeAll() {
        count = 0
        isFound.removeAll(keepingCapacity: true)
    }

    /// - Parameter renderer: by which the message's line was made; nil: its data is no JSON.
    mutating func append(_ renderer: TemplateRenderer?) {
        count += 1
        for path in 0..<paths { isFound.append(renderer?.found(path) ?? false) }
    }

    func ofMessage(_ message: Int) -> ArraySlice<Bool> { isFound[message * paths..<(message + 1) * paths] }
}
