/// One pass over the characters of a template. It works on scalars: a brace followed by a combining mark is a brace all the same.
struct TemplateParser {
    private typealias Placeholder = Template.Placeholder

    /// The paths that were read, each once.
    private(set) var paths: [FieldPath] = []
    private var places: [FieldPath: Int] = [:]
    private let scalars: [Unicode.Scalar]
    /// The character that is read next.
    private(set) var position = 0

    /// - Parameter position: the first character that is read; a filter has its paths within its own text.
    init(_ text: String, at position: Int = 0) {
        scalars = Array(text.unicodeScalars)
        self.position = position
    }

    mutating func template() throws(TemplateError) -> [Template.Part] {
        var parts: [Template.Part] = []
        var text: [UInt8] = []
        while let scalar = peek() {
            switch (scalar, peek(1)) {
            case ("{", "{"), ("}", "}"):
                text.append(contentsOf: String(scalar).utf8)
                position += 2
            case ("{", _):
                if !text.isEmpty { parts.append(.text(text)) }
                text = []
                parts.append(.placeholder(try placeholder()))
            case ("}", _):
                throw error("closes a brace that none opens", mend: "write }} for a brace")
            default:
                text.append(contentsOf: String(scalar).utf8)
                position += 1
            }
        }
        if !text.isEmpty { parts.append(.text(text)) }
        return parts
    }

    /// A text that is a path and nothing else.
    mutating func wholePath() throws(TemplateError) -> FieldPath {
        guard peek() != nil else {
            throw TemplateError(message: "the path is empty", mend: "write the path of a field, such as message.text")
        }
        let path = try path()
        guard peek() == nil else { throw notOfPath() }
        return path
    }

    // MARK: Placeholders

    /// A placeholder with both its braces.
    private mutating func placeholder() throws(TemplateError) -> Placeholder {
        let start = position
        position += 1
        if peek() == "}" {
            throw error(
                "ends an empty path", mend: "write the path of a field, such as {message.text}, or {{}} for braces")
        }
        guard peek() != nil else { throw unclosed(start) }
        var result = Placeholder(source: peek() == "@" ? try event() : place(of: try path()))
        if peek() == ":" { result.function = try function() }
        if peek() == "|" { result.fallback = try fallback(of: start) }
        switch peek() {
        case "}":
            position += 1
            return result
        case nil, "{": throw unclosed(start)
        default: throw notOfPath()
        }
    }

    private mutating func place(of path: FieldPath) -> Placeholder.Source {
        if let place = places[path] { return .path(place) }
        places[path] = paths.count
        paths.append(path)
        return .path(paths.count - 1)
    }

    private mutating func event() throws(TemplateError) -> Placeholder.Source {
        let start = position
        position += 1
        let name = word()
        if name == "data" { return .data }
        guard let field = EventField(rawValue: name) else {
            throw TemplateError(
                message: "\"@\(name)\" at character \(start + 1) is nothing that an event has",
                mend:
                    "write \(EventField.allCases.map { "@\($0.rawValue)" }.joined(separator: ", ")) or @data; "
                    + "a field of the data whose name begins with @ stands in quotes, such as {'@id'}")
        }
        return .event(field)
    }

    private mutating func function() throws(TemplateError) -> TemplateFunction {
        let start = position
        position += 1
        let name = word()
        guard let function = TemplateFunction(rawValue: name) else {
            throw TemplateError(
                message: "\":\(name)\" at character \(start + 1) is no function",
                mend:
                    "write \(TemplateFunction.allCases.map { ":\($0.rawValue)" }.joined(separator: ", ")), or leave it out; a name with a colon stands in quotes, such as {'dc:title'}"
            )
        }
        return function
    }

    /// The default up to the brace that ends the placeholder.
    private mutating func fallback(of start: Int) throws(TemplateError) -> [UInt8] {
        position += 1
        var text: [UInt8] = []
        while let scalar = peek() {
            let isDoubled = peek(1) == scalar
            switch scalar {
            // Of several in a row, an odd number begins with the one that ends it: `{{"n":{n|0}}}` is an object.
            case "}" where !count(of: scalar).isMultiple(of: 2): return text
            case "{" where !isDoubled: throw unclosed(start)
            case "{", "}": position += 2
            default: position += 1
            }
            text.append(contentsOf: String(scalar).utf8)
        }
        throw unclosed(start)
    }

    /// How many of a character stand here in a row.
    private func count(of scalar: Unicode.Scalar) -> Int {
        var count = 0
        while peek(count) == scalar { count += 1 }
        return count
    }

    // MARK: Paths

    /// A path up to what cannot be one.
    mutating func path() throws(TemplateError) -> FieldPath {
        var steps = [try component()]
        while let scalar = peek() {
            switch scalar {
            case ".":
                position += 1
                steps.append(try component())
            case "[": steps.append(.element(try bracketedIndex()))
            default: return FieldPath(steps)
            }
        }
        return FieldPath(steps)
    }

    /// What stands between two dots.
    private mutating func component() throws(TemplateError) -> FieldPath.Step {
        switch peek() {
        case "\"", "'": return .member(try quotedName())
        case "}", ".", nil:
            throw error("stands where a field's name should", mend: "write the name of a field between the dots")
        case let scalar? where Self.isName(scalar): return try name()
        default: throw notOfPath()
        }
    }

    private mutating func name() throws(TemplateError) -> FieldPath.Step {
        let start = position
        let name = word()
        guard scalars[start..<position].allSatisfy({ ("0"..."9").contains($0) }) else { return .member(name) }
        return .element(try index(from: start))
    }

    private mutating func quotedName() throws(TemplateError) -> String {
        let start = position
        let quote = scalars[start]
        position += 1
        var name = String.UnicodeScalarView()
        while let scalar = peek() {
            position += 1
            switch (scalar, peek()) {
            case (quote, _): return String(name)
            case ("\\", let next?) where next == quote || next == "\\":
                name.append(next)
                position += 1
            default: name.append(scalar)
            }
        }
        throw TemplateError(
            message: "the quote at character \(start + 1) is not closed",
            mend: "add \(quote) after the name, or write \\\(quote) for one that is part of it")
    }

    mutating func bracketedIndex() throws(TemplateError) -> Int {
        let bracket = position
        position += 1
        let start = position
        while let scalar = peek(), ("0"..."9").contains(scalar) { position += 1 }
        guard position > start, peek() == "]" else {
            throw TemplateError(
                message: "the bracket at character \(bracket + 1) holds no index",
                mend: "write the index of an element, such as [0]")
        }
        let index = try index(from: start)
        position += 1
        return index
    }

    private func index(from start: Int) throws(TemplateError) -> Int {
        guard let index = Int32(String(String.UnicodeScalarView(scalars[start..<position]))) else {
            throw TemplateError(
                message: "the index at character \(start + 1) is too large", mend: "write a smaller one")
        }
        return Int(index)
    }

    // MARK: Characters

    /// What may stand in a name without quotes.
    static func isName(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "-" || scalar == "$" || ("0"..."9").contains(scalar)
            || scalar.properties.isAlphabetic
    }

    /// The characters of a name from here on; maybe none.
    private mutating func word() -> String {
        let start = position
        while let scalar = peek(), Self.isName(scalar) { position += 1 }
        return String(String.UnicodeScalarView(scalars[start..<position]))
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private func error(_ what: String, mend: String) -> TemplateError {
        let scalar = peek().map { "\"\($0)\"" } ?? "the end"
        return TemplateError(message: "\(scalar) at character \(position + 1) \(what)", mend: mend)
    }

    private func unclosed(_ brace: Int) -> TemplateError {
        TemplateError(
            message: "the brace at character \(brace + 1) is not closed", mend: "add }, or write {{ for a brace")
    }

    private func notOfPath() -> TemplateError {
        error(
            "is not part of a path",
            mend:
                "write names of letters, digits, _, - and $, joined by dots, any others in quotes ({a.'b/c'}), or {{ and }} for braces"
        )
    }
}
