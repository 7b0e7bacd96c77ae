/// One file's text as a tree with lines: TOML 1.0 (https://toml.io/en/v1.0.0), read strictly.
///
/// The reader is ours because a configuration is read while the daemon runs: nothing that a file holds may end the
/// process, however broken it is, and every complaint names line, column and the mend. It works on bytes, has bounds on
/// depth, and is fuzzed.
enum TOMLDocument {
    /// Why a text is not TOML.
    struct SyntaxError: Error, Equatable {
        /// The line, from 1.
        let line: Int
        /// The character in the line, from 1.
        let column: Int
        let message: String
        let mend: String
    }

    /// How deep tables and arrays may lie within each other, dotted keys and headers included. No configuration needs
    /// more, and what goes down such a tree step by step has a stack.
    static let deepest = 64

    /// Reads a text.
    /// - Parameter file: the number of the file, for the origins.
    static func parse(_ text: String, file: Int) throws(SyntaxError) -> TOMLNode {
        var parser = TOMLParser(text)
        return try parser.document().node(file: file)
    }
}

/// A table while it is being read: what may still be added to it depends on how it came about.
final class TOMLTableBuilder {
    enum Origin: Equatable {
        /// By a header of a table below it: a header of its own may follow.
        case implied
        /// By its own header.
        case header
        /// By dotted keys, in the section of that number: only there it can grow.
        case dottedKey(section: Int)
        /// In braces: it is complete.
        case inline
    }

    enum Value {
        case table(TOMLTableBuilder)
        case arrayOfTables(TOMLTableList)
        case scalar(TOMLNode.Kind)
        indirect case array([(value: Value, place: Place)])
    }

    /// Where a key stands: its line, and how many keys stand before it.
    struct Place {
        var line: Int
        let order: Int
    }

    var origin: Origin
    /// Where it is the element of an array of tables; else its key has the place.
    let place: Place
    var values: [String: (value: Value, place: Place)] = [:]

    init(_ origin: Origin, at place: Place) {
        self.origin = origin
        self.place = place
    }

    /// The finished tree.
    func node(file: Int) -> TOMLNode { node(file: file, at: place) }

    private func node(file: Int, at place: Place) -> TOMLNode {
        TOMLNode(
            kind: .table(values.mapValues { Self.node($0.value, file: file, at: $0.place) }),
            origin: TOMLNode.Origin(file: file, line: place.line, order: place.order))
    }

    private static func node(_ value: Value, file: Int, at place: Place) -> TOMLNode {
        let kind: TOMLNode.Kind
        switch value {
        case .table(let table): return table.node(file: file, at: place)
        case .arrayOfTables(let list): kind = .array(list.tables.map { $0.node(file: file) })
        case .array(let elements): kind = .array(elements.map { node($0.value, file: file, at: $0.place) })
        case .scalar(let scalar): kind = scalar
        }
        return TOMLNode(kind: kind, origin: TOMLNode.Origin(file: file, line: place.line, order: place.order))
    }
}

/// The elements of an array of tables; never none. An object, so that one more costs the same however many there are.
final class TOMLTableList {
    var tables: [TOMLTableBuilder]

    init(_ first: TOMLTableBuilder) { tables = [first] }
}
