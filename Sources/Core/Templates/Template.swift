/// A text with places that are filled from an event and its JSON data, such as `{message.user.name}: {message.text|nothing}`.
///
/// | placeholder | stands for |
/// |---|---|
/// | `{path.to.field}`, `{list[0]}`, `{list.0}` | the value there in the data |
/// | `{path."a name"}`, `{path.'a name'}` | a name that is not of letters, digits, `_`, `-` and `$`; `\` goes before a quote and before itself |
/// | `{@event}` `{@id}` `{@stream}` `{@sequence}` `{@received}` | what the event has beside its data |
/// | `{@data}` | the data as it came |
/// | `{path:hash16}` | a hash of the value: ``TemplateFunction/hash16`` |
/// | `{path\|text}` | the value, or the text where there is none, or null; after a function, if there is one |
///
/// `{{` and `}}` stand for braces. Of a value, a string is its text; true, false and numbers stand as they stood, null is empty;
/// objects and arrays stand as they stood, without the white space between their parts. Data that no path can lead into is no event
/// for the template: a bare number, an array where no path begins with an index.
public struct Template: Sendable {
    enum Part: Sendable, Hashable {
        /// Bytes that stand as they are.
        case text([UInt8])
        case placeholder(Placeholder)
    }

    struct Placeholder: Sendable, Hashable {
        enum Source: Sendable, Hashable {
            /// A value in the data: the place of its path in ``Template/paths``.
            case path(Int)
            case event(EventField)
            /// The data as it came.
            case data
        }

        var source: Source
        var function: TemplateFunction?
        /// What stands there where the source has nothing; nil: nothing, and that may be a mistake.
        var fallback: [UInt8]?
    }

    /// The text it was made of.
    public let text: String
    /// The paths into the data, each once, in the order of the text. Without any, the data need not be JSON.
    public let paths: [FieldPath]
    /// For each of them whether something is amiss where it finds nothing: it stands somewhere without a default.
    public let isRequired: [Bool]
    let parts: [Part]
    let tree: PathTree
    /// Whether a path begins with an index.
    let entersArrays: Bool

    /// Reads a template. An empty text is one, too.
    ///
    /// - Throws: ``TemplateError`` at the first thing that is wrong.
    public init(_ text: String) throws(TemplateError) {
        var parser = TemplateParser(text)
        let parts = try parser.template()
        let paths = parser.paths
        var isRequired = paths.map { _ in false }
        for case .placeholder(let placeholder) in parts where placeholder.fallback == nil {
            if case .path(let place) = placeholder.source { isRequired[place] = true }
        }
        self.text = text
        self.parts = parts
        self.paths = paths
        self.isRequired = isRequired
        tree = PathTree(paths)
        entersArrays = paths.contains { if case .element = $0.steps.first { true } else { false } }
    }
}

extension Template: Hashable {
    /// The text says all.
    public static func == (one: Template, other: Template) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    /// The same.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// What an event has beside its data. The raw value is its name in a template, after the `@`.
public enum EventField: String, Sendable, Hashable, CaseIterable {
    /// Its type; `message` if the server named none.
    case type = "event"
    /// Its last event id; may be empty.
    case id
    /// The name of the stream.
    case stream
    /// Its number in this life of the daemon.
    case sequence
    /// When it was read, in UTC.
    case received
}

/// What is made of a value before it stands in a text. The raw value is its name in a template.
public enum TemplateFunction: String, Sendable, Hashable, CaseIterable {
    /// Sixteen hexadecimal digits: the 64-bit FNV-1a hash of the value's text. It is the same on every machine and in every
    /// version, and may stand where the value's own characters may not. Whoever chooses the values can make two of them meet.
    case hash16

    /// Puts its result in the place of what `text` has from `start` on.
    func apply(to text: inout [UInt8], from start: Int) {
        switch self {
        case .hash16:
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in text[start...] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            text.removeSubrange(start...)
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: hash >> UInt64(shift)) & 15
                text.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
            }
        }
    }
}

/// What is wrong with the text of a ``Template`` or a ``FieldPath``.
public struct TemplateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, and at which character of the text, counted from 1.
    public let message: String
    /// What to do about it.
    public let mend: String

    /// The message and the mend.
    public var description: String { "\(message); \(mend)" }
}
