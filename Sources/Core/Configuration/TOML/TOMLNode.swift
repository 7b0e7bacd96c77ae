/// A value of a TOML file with its place.
struct TOMLNode: Sendable {
    /// Where a value stands.
    struct Origin: Sendable, Hashable {
        /// The number of the file among those that were read, from 0.
        var file: Int
        /// The line of its key, from 1.
        var line: Int
        /// The number of its key among all of the file: the order in which a reader meets them.
        var order: Int
        /// Of what is made of one place several times: which of them it is.
        var copy = 0

        static func precedes(_ left: Origin, _ right: Origin) -> Bool {
            (left.file, left.order, left.copy) < (right.file, right.order, right.copy)
        }
    }

    indirect enum Kind: Sendable {
        case table([String: TOMLNode])
        case array([TOMLNode])
        case string(String)
        case integer(Int)
        case float(Double)
        case boolean(Bool)
        /// A date, a time or both, which no option is.
        case date
    }

    var kind: Kind
    var origin: Origin

    /// The entries of a table in the order of the files; none of anything else.
    var entries: [(key: String, node: TOMLNode)] {
        guard case .table(let table) = kind else { return [] }
        return table.map { (key: $0.key, node: $0.value) }
            .sorted { Origin.precedes($0.node.origin, $1.node.origin) }
    }

    /// The node at a path, if there is one.
    subscript(key: OptionKey) -> TOMLNode? {
        var node = self
        for component in key.components {
            guard case .table(let table) = node.kind, let next = table[component] else { return nil }
            node = next
        }
        return node
    }

    /// Lays another tree over this one: tables are united, anything else is replaced. A table stays where it was first.
    mutating func merge(_ upper: TOMLNode) {
        guard case .table(var table) = kind, case .table(let additions) = upper.kind else {
            self = upper
            return
        }
        for (key, node) in additions {
            if var lower = table[key] {
                lower.merge(node)
                table[key] = lower
            } else {
                table[key] = node
            }
        }
        kind = .table(table)
    }
}

extension TOMLNode.Kind {
    /// What it is, with its article.
    var typeName: String {
        switch self {
        case .table: "a table"
        case .array: "an array"
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a decimal number"
        case .boolean: "a boolean"
        case .date: "a date or time"
        }
    }

    /// The value as the file has it, or its type where that would be long.
    var text: String {
        switch self {
        case .string(let text): TOMLText.quoted(text)
        case .integer(let value): String(value)
        case .float(let value): String(value)
        case .boolean(let value): String(value)
        case .table, .array, .date: typeName
        }
    }
}

/// TOML's way to write a text.
package enum TOMLText {
    /// The text in quotes: double ones with escapes, or single ones if it has double quotes and nothing else to escape.
    package static func quoted(_ text: String) -> String {
        let hasControls = text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        if text.contains("\""), !text.contains("'"), !hasControls { return "'\(text)'" }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let hex = String(scalar.value, radix: 16, uppercase: true)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
