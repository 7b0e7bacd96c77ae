/// What has values of options: the configuration, or one of its streams. A value is read and set by the name of its declaration:
/// `configuration.scaling.max`.
@dynamicMemberLookup
package protocol OptionOwner: Sendable {
    associatedtype Declarations: OptionGroup

    /// The options that it has values of.
    static var declarations: Declarations { get }
    /// The values that are not left to their defaults, each of its option's type.
    var values: [OptionKey: any Sendable] { get set }

    /// The key by which a file has an option of this owner.
    func key(of option: OptionKey) -> OptionKey
}

/// Options that stand in one table of the files.
package protocol OptionGroup: Sendable {}

extension OptionOwner {
    /// The value of an option.
    subscript<Value>(option: ConfigurationOption<Self, Value>) -> Value {
        get {
            // Unwrapped first: a key that is not there would be taken for the `nil` of an optional value.
            guard let value = values[option.key], let value = value as? Value else { return option.defaultValue(self) }
            return value
        }
        set { values[option.key] = newValue }
    }

    package subscript<Value>(dynamicMember path: KeyPath<Declarations, ConfigurationOption<Self, Value>>) -> Value {
        get { self[Self.declarations[keyPath: path]] }
        set { self[Self.declarations[keyPath: path]] = newValue }
    }

    package subscript<Group: OptionGroup>(dynamicMember path: KeyPath<Declarations, Group>) -> Section<Self, Group> {
        get { Section(owner: self, group: Self.declarations[keyPath: path]) }
        set { self = newValue.owner }
    }
}

/// The values of one table.
@dynamicMemberLookup
package struct Section<Owner: OptionOwner, Group: OptionGroup>: Sendable {
    fileprivate(set) var owner: Owner
    fileprivate let group: Group

    package subscript<Value>(dynamicMember path: KeyPath<Group, ConfigurationOption<Owner, Value>>) -> Value {
        get { owner[group[keyPath: path]] }
        set { owner[group[keyPath: path]] = newValue }
    }

    package subscript<Inner: OptionGroup>(dynamicMember path: KeyPath<Group, Inner>) -> Section<Owner, Inner> {
        get { Section<Owner, Inner>(owner: owner, group: group[keyPath: path]) }
        set { owner = newValue.owner }
    }
}
