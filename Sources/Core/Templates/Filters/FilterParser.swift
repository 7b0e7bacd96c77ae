/// One pass over the characters of a filter.
struct FilterParser {
    private typealias Operand = Filter.Operand

    private(set) var paths: [FieldPath] = []
    private(set) var nodes: [Filter.Node] = []
    private(set) var parts: [Int] = []
    private(set) var literals: [Filter.Literal] = []
    private(set) var bytes: [UInt8] = []
    private var comparisons = 0
    private var depth = 0
    private let text: String
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) {
        self.text = text
        scalars = Array(text.unicodeScalars)
    }

    mutating func filter() throws(TemplateError) {
        guard text.utf8.count <= Filter.maximumBytes else {
            throw TemplateError(
                message: "the condition is longer than \(Filter.maximumBytes) bytes", mend: "write a shorter one")
        }
        skipSpace()
        guard peek() != nil else {
            throw TemplateError(message: "the condition is empty", mend: #"write one, such as message.lang == "en""#)
        }
        _ = try disjunction()
        switch peek() {
        case nil: return
        case ")": throw error("closes a parenthesis that none opens", mend: "remove it")
        case "=": throw error("is no comparison", mend: "write == for equal")
        default: throw error("stands where && or || should", mend: "join comparisons by && or ||")
        }
    }

    // MARK: Conditions

    /// Returns the place of the node that it has added last.
    private mutating func disjunction() throws(TemplateError) -> Int {
        var places = [try conjunction()]
        while try take("|") { places.append(try conjunction()) }
        return join(places, Filter.Node.any)
    }

    private mutating func conjunction() throws(TemplateError) -> Int {
        var places = [try condition()]
        while try take("&") { places.append(try condition()) }
        return join(places, Filter.Node.all)
    }

    /// Passes a sign that stands twice.
    private mutating func take(_ sign: Unicode.Scalar) throws(TemplateError) -> Bool {
        guard peek() == sign else { return false }
        guard peek(1) == sign else { throw error("stands alone", mend: "write \(sign)\(sign)") }
        position += 2
        skipSpace()
        return true
    }

    private mutating func join(_ places: [Int], _ node: (Range<Int>) -> Filter.Node) -> Int {
        guard places.count > 1 else { return places[0] }
        parts += places
        return add(node(parts.count - places.count..<parts.count))
    }

    private mutating func condition() throws(TemplateError) -> Int {
        switch peek() {
        case "!":
            try descend()
            skipSpace()
            guard peek() == "!" || peek() == "(" || isExists() else {
                throw error(
                    "stands behind a !, which means a whole comparison",
                    mend: "write !( ) around the comparison, or another sign within it, such as !=")
            }
            let place = try condition()
            depth -= 1
            return add(.not(place))
        case "(":
            let start = position
            try descend()
            skipSpace()
            let place = try disjunction()
            guard peek() == ")" else { throw unclosed(start) }
            position += 1
            depth -= 1
            skipSpace()
            return place
        default:
            return isExists() ? try exists() : try comparison()
        }
    }

    /// Passes a parenthesis or a `!`.
    private mutating func descend() throws(TemplateError) {
        depth += 1
        guard depth <= Filter.maximumDepth else {
            throw error(
                "is in more than \(Filter.maximumDepth) parentheses and !", mend: "write the condition with fewer")
        }
        position += 1
    }

    /// Whether `exists(` stands here.
    private func isExists() -> Bool {
        let word: [Unicode.Scalar] = ["e", "x", "i", "s", "t", "s"]
        guard position + word.count <= scalars.count, scalars[position..<position + word.count].elementsEqual(word)
        else { return false }
        return scalars[(position + word.count)...].first { !Self.isSpace($0) } == "("
    }

    private mutating func exists() throws(TemplateError) -> Int {
        position += 6
        skipSpace()
        let start = position
        position += 1
        skipSpace()
        let place = position
        let operand = try operand()
        if case .literal = operand {
            throw error(at: place, "is always there", mend: "write the path of a field, such as exists(message.id)")
        }
        skipSpace()
        guard peek() == ")" else { throw unclosed(start) }
        position += 1
        skipSpace()
        try count(at: start)
        return add(.exists(operand))
    }

    private mutating func comparison() throws(TemplateError) -> Int {
        let start = position
        let left = try operand()
        skipSpace()
        let sign = position
        let comparison = try comparisonSign(of: left)
        skipSpace()
        let place = position
        let right = try operand()
        if scalars[place] == "'", case .path(let path) = right, paths[path].steps.count == 1 {
            throw error(at: place, "begins the name of a field", mend: "write a text in double quotes")
        }
        skipSpace()
        try count(at: start)
        try check(left, comparison, right, at: sign)
        return add(.comparison(left, comparison, right))
    }

    private mutating func count(at place: Int) throws(TemplateError) {
        comparisons += 1
        guard comparisons <= Filter.maximumComparisons else {
            throw error(
                at: place, "begins more than \(Filter.maximumComparisons) comparisons",
                mend: "write a shorter condition")
        }
    }

    private mutating func comparisonSign(of left: Operand) throws(TemplateError) -> Filter.Comparison {
        for sign in ["==", "!=", "<=", ">=", "<", ">"] {
            let length = sign.unicodeScalars.count
            guard position + length <= scalars.count,
                scalars[position..<position + length].elementsEqual(sign.unicodeScalars),
                let comparison = Filter.Comparison(rawValue: sign)
            else { continue }
            position += length
            return comparison
        }
        let (start, word) = (position, word())
        if let comparison = Filter.Comparison(rawValue: word) { return comparison }
        position = start
        switch (peek(), left) {
        case ("=", _): throw error("is no comparison", mend: "write == for equal")
        case (".", .literal), ("[", .literal):
            throw error("stands behind a text", mend: "write a path that begins with a quoted name in single quotes")
        default:
            throw error(
                "stands where a comparison should",
                mend: "write ==, !=, <, <=, >, >=, contains or startswith; of a field that is true or false, == true")
        }
    }

    /// Refuses what is the same for all events.
    private func check(
        _ left: Operand, _ comparison: Filter.Comparison, _ right: Operand, at place: Int
    ) throws(TemplateError) {
        let isText: [Bool] = [left, right].map { operand in
            guard case .literal(let literal) = operand, case .text = literals[literal] else { return operand.isOfEvent }
            return true
        }
        let isScalar: [Bool] = [left, right].map { operand in
            guard case .literal(let literal) = operand else { return false }
            return switch literals[literal] {
            case .boolean, .null: true
            case .text, .number: false
            }
        }
        let isNumber: [Bool] = [left, right].map { operand in
            guard case .literal(let literal) = operand, case .number = literals[literal] else { return false }
            return true
        }
        func refuse(_ what: String, mend: String) -> TemplateError { error(at: place, what, mend: mend) }
        if case .literal = left, case .literal = right {
            throw refuse("compares what never changes", mend: "write the path of a field on one side")
        }
        if comparison.isOrder, isScalar[0] || isScalar[1] {
            throw refuse("compares with true, false or null, which have no order", mend: "write == or !=")
        }
        let other = [isScalar[0] || isNumber[0], isScalar[1] || isNumber[1]]
        if comparison == .contains {
            guard case .literal = right else {
                throw refuse("has a field on its right", mend: "write a text, a number, true, false or null there")
            }
        }
        switch comparison {
        case .contains where other[0], .startsWith where other[0]:
            throw refuse("has no text on its left", mend: "write the path of a field there")
        case .startsWith where other[1]:
            throw refuse("has no text on its right", mend: "write a text in double quotes there")
        case _ where isText[0] && other[1] || other[0] && isText[1]:
            throw refuse("compares a text with what is none", mend: "write the value in double quotes, too")
        default: return
        }
    }

    // MARK: Operands

    private mutating func operand() throws(TemplateError) -> Operand {
        switch peek() {
        case "\"": return try add(.text(keep(textLiteral())))
        case "@": return try event()
        case let scalar? where scalar == "-" || ("0"..."9").contains(scalar):
            return try add(.number(keep(number())))
        case "[", "'": return .path(try path())
        case let scalar? where TemplateParser.isName(scalar):
            let start = position
            // A word may be the beginning of a path.
            let literal: Filter.Literal? =
                switch word() {
                case "true": .boolean(true)
                case "false": .boolean(false)
                case "null": .null
                default: nil
                }
            if let literal, peek() != ".", peek() != "[" { return add(literal) }
            position = start
            return .path(try path())
        default:
            throw error(
                "stands where a value should",
                mend: #"write the path of a field, @event, a "text", a number, true, false or null"#)
        }
    }

    private mutating func event() throws(TemplateError) -> Operand {
        let start = position
        position += 1
        let name = word()
        switch EventField(rawValue: name) {
        case let field? where field != .sequence && field != .received: return .event(field)
        case let field?:
            throw error(
                at: start, "begins @\(field.rawValue), which an event does not have before it has passed",
                mend: "write @event, @id, @stream or @data")
        case nil where name == "data": return .data
        case nil:
            throw error(
                at: start, "begins \"@\(name)\", which is nothing that an event has",
                mend: "write @event, @id, @stream or @data")
        }
    }

    private mutating func path() throws(TemplateError) -> Int {
        var steps: [FieldPath.Step] = []
        // The grammar of paths has an index at the beginning without brackets, which would be a number here.
        let start = position
        if peek() == "[" {
            position += 1
            let digits = scalars[position...].prefix { ("0"..."9").contains($0) }
            position += digits.count
            guard let index = Int32(String(String.UnicodeScalarView(digits))), peek() == "]" else {
                throw error(at: start, "begins no index", mend: "write the index of an element, such as [0].name")
            }
            position += 1
            steps.append(.element(Int(index)))
            while peek() == "[" { steps += try rest(from: position, isIndex: true) }
            guard peek() == "." else { return place(of: FieldPath(steps)) }
            position += 1
        }
        steps += try rest(from: position)
        return place(of: FieldPath(steps))
    }

    /// What the parser of templates reads of a path.
    private mutating func rest(from start: Int, isIndex: Bool = false) throws(TemplateError) -> [FieldPath.Step] {
        var parser = TemplateParser(text, at: start)
        do throws(TemplateError) {
            let steps = isIndex ? [.element(try parser.bracketedIndex())] : try parser.path().steps
            position = parser.position
            return steps
        } catch {
            guard error.mend.contains("{{") else { throw error }
            throw TemplateError(
                message: error.message,
                mend: "write names of letters, digits, _ and -, joined by dots, any others in quotes")
        }
    }

    private mutating func place(of path: FieldPath) -> Int {
        if let place = paths.firstIndex(of: path) { return place }
        paths.append(path)
        return paths.count - 1
    }

    private mutating func number() throws(TemplateError) -> [UInt8] {
        let start = position
        let characters = scalars[position...].prefix { TemplateParser.isName($0) || $0 == "+" || $0 == "." }
        let digits = Array(String(String.UnicodeScalarView(characters)).utf8)
        guard digits.span.endOfNumber(from: 0) == digits.count else {
            throw error(
                at: start, "begins what is no number of JSON",
                mend: "write a number such as 12, -0.5 or 1e3; the name of a field that begins so in single quotes")
        }
        position += characters.count
        return digits
    }

    private mutating func textLiteral() throws(TemplateError) -> [UInt8] {
        let start = position
        var raw: [UInt8] = []
        position += 1
        while let scalar = peek() {
            position += 1
            switch scalar {
            case "\"":
                var text: [UInt8] = []
                text.appendUnescaped(raw.span, 0..<raw.count)
                return text
            case "\\":
                let escape = peek()
                guard let escape, "\"\\/bfnrtu".unicodeScalars.contains(escape) else {
                    throw error(
                        at: position - 1, "begins no escape", mend: #"write \\ for a backslash, \" for a quote"#)
                }
                let digits = escape == "u" ? 4 : 0
                let isWhole =
                    scalars[(position + 1)...].prefix(digits).count { $0.isASCII && $0.properties.isASCIIHexDigit }
                    == digits
                guard isWhole else {
                    throw error(at: position - 1, "begins no escape", mend: #"write four hexadecimal digits behind \u"#)
                }
                raw += "\\\(escape)".utf8
                position += 1
            default: raw += String(scalar).utf8
            }
        }
        throw error(
            at: start, "is a quote that is not closed", mend: #"add " after the text, or write \" for one in it"#)
    }

    private mutating func keep(_ text: [UInt8]) -> Range<Int> {
        bytes += text
        return bytes.count - text.count..<bytes.count
    }

    private mutating func add(_ literal: Filter.Literal) -> Operand {
        literals.append(literal)
        return .literal(literals.count - 1)
    }

    private mutating func add(_ node: Filter.Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    // MARK: Characters

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
    }

    private mutating func skipSpace() {
        while let scalar = peek(), Self.isSpace(scalar) { position += 1 }
    }

    private mutating func word() -> String {
        let start = position
        while let scalar = peek(), TemplateParser.isName(scalar) { position += 1 }
        return String(String.UnicodeScalarView(scalars[start..<position]))
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private func error(at place: Int? = nil, _ what: String, mend: String) -> TemplateError {
        let place = place ?? position
        let scalar = place < scalars.count ? "\"\(scalars[place])\"" : "the end"
        return TemplateError(message: "\(scalar) at character \(place + 1) \(what)", mend: mend)
    }

    private func unclosed(_ place: Int) -> TemplateError {
        guard peek() == nil else {
            return error("stands where && or || or ) should", mend: "join comparisons by && or ||")
        }
        return TemplateError(
            message: "the parenthesis at character \(place + 1) is not closed", mend: "add ) where it ends")
    }
}
