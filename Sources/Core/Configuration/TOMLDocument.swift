import TOMLKit

/// One file's text as a tree with lines: the library says what is in it, the key locator where.
enum TOMLDocument {
    /// Why a text is not TOML.
    struct SyntaxError: Error {
        let line: Int
        let message: String
        let mend: String
    }

    /// Reads a text.
    /// - Parameter file: the number of the file, for the origins.
    static func parse(_ text: String, file: Int) throws(SyntaxError) -> TOMLNode {
        // The library takes C strings: it would end at a NUL and not say so.
        if let line = lineOfControlZero(text) {
            throw SyntaxError(line: line, message: "the line holds a NUL character", mend: "remove it")
        }
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw SyntaxError(
                line: error.source.begin.line, message: "this is not TOML: \(error.description)",
                mend: "see column \(error.source.begin.column)")
        } catch {
            throw SyntaxError(line: 1, message: "this is not TOML: \(error)", mend: "see https://toml.io")
        }
        var locator = KeyLocator(text: text)
        locator.locate()
        if let line = locator.lineOfEscapedNUL {
            throw SyntaxError(line: line, message: "the text holds a NUL character (\\u0000)", mend: "remove it")
        }
        return node(of: table, at: [], file: file, places: locator.places)
    }

    private static func node(
        of value: any TOMLValueConvertible, at path: [String], file: Int, places: [[String]: KeyLocator.Place]
    ) -> TOMLNode {
        // A key that the locator missed would get the line of its table, then the first: near, never wrong by a file.
        let place = (0...path.count).lazy.compactMap { places[Array(path.dropLast($0))] }.first
        let origin = TOMLNode.Origin(file: file, line: place?.line ?? 1, order: place?.order ?? 0)
        return TOMLNode(kind: kind(of: value, at: path, file: file, places: places), origin: origin)
    }

    private static func kind(
        of value: any TOMLValueConvertible, at path: [String], file: Int, places: [[String]: KeyLocator.Place]
    ) -> TOMLNode.Kind {
        // Asked for in turn, so that no accessor of the library is unwrapped on trust.
        if let string = value.string { return .string(string) }
        if let integer = value.int { return .integer(integer) }
        if let float = value.double { return .float(float) }
        if let boolean = value.bool { return .boolean(boolean) }
        if let array = value.array {
            return .array(
                array.enumerated().map { index, element in
                    node(of: element, at: path + [KeyLocator.element(index)], file: file, places: places)
                })
        }
        if let table = value.table {
            var entries: [String: TOMLNode] = [:]
            for (key, element) in table {
                entries[key] = node(of: element, at: path + [key], file: file, places: places)
            }
            return .table(entries)
        }
        return .date
    }

    private static func lineOfControlZero(_ text: String) -> Int? {
        var line = 1
        for byte in text.utf8 {
            if byte == 0 { return line }
            if byte == UInt8(ascii: "\n") { line += 1 }
        }
        return nil
    }
}
