/// One option, declared once: its key, how a value is written and bounded, when a new one takes effect, its default, and what it
/// does. Reader and schema, what a reload changes and what is in force, and the manual all derive from it.
package struct ConfigurationOption<Owner: OptionOwner, Value: Sendable & Equatable>: Sendable {
    /// The full key; `*` stands for the name of a stream.
    let key: OptionKey
    let type: ValueType<Value>
    let effect: OptionEffect
    /// The value where no file has the key.
    let defaultValue: @Sendable (Owner) -> Value
    /// The default as it would be written in a file; `nil` where there is none, or it follows from other values.
    let defaultText: String?
    /// What the default is, where a single value cannot say it.
    let defaultNote: String?
    /// Markdown sentences for the manual.
    let documentation: String

    init(
        _ key: OptionKey, _ type: ValueType<Value>, _ effect: OptionEffect, default value: Value, note: String? = nil,
        _ documentation: String
    ) {
        self.key = key
        self.type = type
        self.effect = effect
        defaultValue = { _ in value }
        defaultText = type.write(value)
        defaultNote = note
        self.documentation = documentation
    }

    /// One whose default follows from what else its owner has.
    init(
        _ key: OptionKey, _ type: ValueType<Value>, _ effect: OptionEffect, defaultsTo note: String,
        _ value: @escaping @Sendable (Owner) -> Value, _ documentation: String
    ) {
        self.key = key
        self.type = type
        self.effect = effect
        defaultValue = value
        defaultText = nil
        defaultNote = note
        self.documentation = documentation
    }
}

/// When a new value of an option takes effect.
enum OptionEffect: Sendable {
    /// A reload applies it.
    case live
    /// A reload applies it, unless one of some others changes that wait for the next start and say what the value counts.
    case liveUnlessChanged([OptionKey])
    /// It is fixed at the start.
    case nextStart
}

/// An option whatever the type of its value.
protocol AnyOption<Owner>: Sendable {
    associatedtype Owner: OptionOwner

    var key: OptionKey { get }
    var effect: OptionEffect { get }
    var defaultText: String? { get }
    /// Type, bounds and default in one line of Markdown.
    var facts: String { get }
    var documentation: String { get }

    /// Gives the owner the value of a node.
    func read(_ node: TOMLNode, into owner: inout Owner) throws(Faults)
    /// The value as a file would have it; `nil` where it is the absence of one.
    func text(in owner: Owner) -> String?
    func isDefault(in owner: Owner) -> Bool
    func differs(_ left: Owner, _ right: Owner) -> Bool
}

extension ConfigurationOption: AnyOption {
    var facts: String {
        let standard = defaultNote ?? defaultText.map { "`\($0)`" }
        return [type.name, type.bounds, standard.map { "default: \($0)" }].compactMap { $0 }.joined(separator: "; ")
    }

    func read(_ node: TOMLNode, into owner: inout Owner) throws(Faults) { owner[self] = try type.read(node) }

    func text(in owner: Owner) -> String? { type.write(owner[self]) }

    func isDefault(in owner: Owner) -> Bool { owner[self] == defaultValue(owner) }

    func differs(_ left: Owner, _ right: Owner) -> Bool { left[self] != right[self] }
}

/// The path to a value, as keys from the root: `flow.max_in_flight` has two.
package struct OptionKey: Sendable, Hashable, ExpressibleByStringLiteral {
    var components: [String]

    init(_ components: [String]) {
        self.components = components
    }

    /// A path of bare keys, joined by dots.
    package init(stringLiteral text: String) {
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
    package var description: String {
        components.map { component in
            let isBare = component.utf8.allSatisfy(\.isBareKey) && !component.isEmpty || component == "*"
            return isBare ? component : TOMLText.quoted(component)
        }.joined(separator: ".")
    }
}
