/// One option of the configuration, declared once: validation, the default, "did you mean" and the reference all read
/// this.
struct Option<Value: Sendable>: Sendable {
    /// The full key; `*` stands for the name of a stream.
    let key: OptionKey
    /// How a value is written, read and bounded.
    let type: ValueType<Value>
    /// The value where no file has the key.
    let defaultValue: Value
    /// What the default is, where a single value cannot say it.
    let defaultNote: String?
    /// What the option does: Markdown sentences for the reference.
    let documentation: String

    init(
        _ key: OptionKey, _ type: ValueType<Value>, default defaultValue: Value, defaultNote: String? = nil,
        documentation: String
    ) {
        self.key = key
        self.type = type
        self.defaultValue = defaultValue
        self.defaultNote = defaultNote
        self.documentation = documentation
    }
}

/// An option whatever the type of its value: what the schema and the reference need of it.
protocol DeclaredOption: Sendable {
    var key: OptionKey { get }
    var typeName: String { get }
    /// The default as it would be written in a file; `nil` where there is none.
    var defaultText: String? { get }
    var defaultNote: String? { get }
    var bounds: String? { get }
    var documentation: String { get }
    /// Whether its value is a table whose keys are the user's own.
    var isFreeTable: Bool { get }
}

extension Option: DeclaredOption {
    var typeName: String { type.name }
    var bounds: String? { type.bounds }
    var defaultText: String? { type.write(defaultValue) }
    var isFreeTable: Bool { type.isFreeTable }
}

/// The path to a value, as keys from the root: `flow.max_in_flight` has two.
struct OptionKey: Sendable, Hashable, ExpressibleByStringLiteral {
    var components: [String]

    init(_ components: [String]) {
        self.components = components
    }

    /// A path of bare keys, joined by dots.
    init(stringLiteral text: String) {
        self.components = text.split(separator: ".").map(String.init)
    }

    /// The key of a stream of this name, where this one has `*`.
    func of(stream name: String) -> OptionKey {
        OptionKey(components.map { $0 == "*" ? name : $0 })
    }

    static func + (key: OptionKey, component: String) -> OptionKey {
        OptionKey(key.components + [component])
    }
}

extension OptionKey: CustomStringConvertible {
    /// The key as TOML has it: components that are no bare keys stand in quotes.
    var description: String {
        components.map { component in
            let isBare = component.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
            return isBare && !component.isEmpty || component == "*" ? component : TOMLText.quoted(component)
        }.joined(separator: ".")
    }
}
