import NIOCore
import Pipeline
public import Templates

/// What of a message makes its line.
///
/// A line is always one line: control characters are written as escapes. Data that a template's paths cannot lead into is printed
/// as it came.
public struct LineFormat: Sendable {
    enum Kind: Sendable, Hashable {
        case data
        case template(Template)
        case events
        case cloudEvents
    }

    let kind: Kind
    let wallTime: @Sendable (Duration) -> Int64

    /// The data as it came.
    public static let rawData = LineFormat(.data) { _ in 0 }

    private init(_ kind: Kind, wallTime: @escaping @Sendable (Duration) -> Int64) {
        self.kind = kind
        self.wallTime = wallTime
    }

    /// A line by a template.
    ///
    /// - Parameter wallTime: microseconds since 1970, of a time by the tree's clock.
    public init(_ template: Template, wallTime: @escaping @Sendable (Duration) -> Int64) {
        self.init(.template(template), wallTime: wallTime)
    }

    /// A line of JSON with what the event has.
    public static func events(wallTime: @escaping @Sendable (Duration) -> Int64) -> LineFormat {
        LineFormat(.events, wallTime: wallTime)
    }

    /// A line of JSON: the CloudEvents 1.0 event that a worker that is a process gets.
    public static func cloudEvents(wallTime: @escaping @Sendable (Duration) -> Int64) -> LineFormat {
        LineFormat(.cloudEvents, wallTime: wallTime)
    }

    var template: Template? { if case .template(let template) = kind { template } else { nil } }
}

/// What some messages had of the paths of a format.
struct FormatFindings {
    /// How many messages.
    private(set) var count = 0
    private var paths: Int
    /// For each message, for each path, whether there was a value, be it null.
    private var isFound: [Bool] = []

    init(_ format: LineFormat) {
        paths = format.template?.paths.count ?? 0
    }

    /// Begins anew, with messages of a format.
    mutating func begin(_ format: LineFormat) {
        count = 0
        paths = format.template?.paths.count ?? 0
        isFound.removeAll(keepingCapacity: true)
    }

    /// - Parameter renderer: by which the message's line was made; nil: its data has no place that a path could lead to.
    mutating func append(_ renderer: TemplateRenderer?) {
        count += 1
        for path in 0..<paths { isFound.append(renderer?.found(path) ?? false) }
    }

    func ofMessage(_ message: Int) -> ArraySlice<Bool> { isFound[message * paths..<(message + 1) * paths] }
}
