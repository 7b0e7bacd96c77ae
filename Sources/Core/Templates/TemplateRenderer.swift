/// Fills a template, one event after another, and keeps its buffers between them.
public struct TemplateRenderer: Sendable {
    /// What is filled.
    public let template: Template
    private var reader: FieldReader

    /// Makes one, for one caller at a time.
    public init(_ template: Template) {
        self.template = template
        reader = FieldReader(template.tree)
    }

    /// Appends the text for an event.
    ///
    /// - Parameters:
    ///   - data: the event's data. It must be JSON if the template has paths.
    ///   - event: appends what the event has; nothing if it has nothing.
    /// - Returns: false: the template's paths cannot lead into the data; nothing was appended. It is no JSON then, or a single
    ///   value, or an array while no path begins with an index.
    public mutating func render(
        _ data: Span<UInt8>, into text: inout [UInt8], event: (EventField, inout [UInt8]) -> Void
    ) -> Bool {
        guard template.paths.isEmpty || reader.read(data) && canEnter else { return false }
        for part in template.parts {
            switch part {
            case .text(let bytes): text.append(contentsOf: bytes)
            case .placeholder(let placeholder):
                let start = text.count
                let isThere: Bool
                switch placeholder.source {
                case .path(let path):
                    let kind = reader.append(path, of: data, to: &text)
                    isThere = kind != nil && kind != .null
                case .event(let field):
                    event(field, &text)
                    isThere = text.count > start
                case .data:
                    text.append(data, 0..<data.count)
                    isThere = !data.isEmpty
                }
                if isThere {
                    placeholder.function?.apply(to: &text, from: start)
                } else if let fallback = placeholder.fallback {
                    text.append(contentsOf: fallback)
                }
            }
        }
        return true
    }

    /// Whether what was read is of a kind that paths lead into.
    private var canEnter: Bool {
        switch reader.kindOfDocument {
        case .object: true
        case .array: template.entersArrays
        case .string, .number, .boolean, .null: false
        }
    }

    /// Whether the data that was last rendered, and is JSON, has a value at a path, be it null.
    ///
    /// - Parameter path: its place in ``Template/paths``.
    public func found(_ path: Int) -> Bool { reader.kind(at: path) != nil }

    /// What the data that was last rendered, and is JSON, is as a whole. Known if the template has paths.
    public var kindOfData: FieldReader.Kind { reader.kindOfDocument }
}
