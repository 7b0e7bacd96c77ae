/// One name and value of a query.
public struct QueryItem: Hashable, Sendable {
    /// The parameter.
    public let name: String
    /// What it is set to; not percent-encoded.
    public let value: String

    /// Makes an item.
    public init(_ name: String, _ value: some CustomStringConvertible) {
        self.name = name
        self.value = "\(value)"
    }

    /// A parameter; none without a value.
    static func list(_ name: String, _ value: (some CustomStringConvertible)?) -> [QueryItem] {
        value.map { [QueryItem(name, $0)] } ?? []
    }

    /// A word.
    static func list(_ name: String, _ word: some Word) -> [QueryItem] { [QueryItem(name, word.rawValue)] }

    /// A parameter for each word.
    static func list(_ name: String, _ words: [some Word]) -> [QueryItem] {
        words.map { QueryItem(name, $0.rawValue) }
    }
}

/// The query of a request while it is read: what was taken from it, and what nobody asked for.
public struct Query: Sendable {
    private var items: [QueryItem]
    private var known: [String] = []

    /// Makes a query of its items, in their order.
    public init(_ items: [QueryItem]) {
        self.items = items
    }

    /// Takes all values of a parameter.
    public mutating func strings(_ name: String) -> [String] {
        known.append(name)
        defer { items.removeAll { $0.name == name } }
        return items.filter { $0.name == name }.map(\.value)
    }

    /// Takes a parameter that may come once.
    public mutating func string(_ name: String) throws(ControlFailure) -> String? {
        let values = strings(name)
        guard values.count < 2 else {
            throw ControlFailure(.badRequest, "the parameter \(name) is given \(values.count) times; give it once")
        }
        return values.first
    }

    /// Takes a text that is not empty, and at most so many bytes long.
    public mutating func text(_ name: String, longest: Int) throws(ControlFailure) -> String? {
        guard let text = try string(name) else { return nil }
        guard (1...longest).contains(text.utf8.count) else {
            throw ControlFailure(.badRequest, "the parameter \(name) has to be of 1 to \(longest) bytes")
        }
        return text
    }

    /// Takes a text that has to be given, or says what it is.
    mutating func required(_ name: String, longest: Int, hint: String) throws(ControlFailure) -> String {
        guard let text = try text(name, longest: longest) else {
            try refuseRest()
            throw ControlFailure(.badRequest, "the parameter \(name) has to be given", hint: hint)
        }
        return text
    }

    /// Sets a parameter, whatever it was before.
    public mutating func replace(_ name: String, by value: String) {
        items.removeAll { $0.name == name }
        items.append(QueryItem(name, value))
    }

    /// Takes a whole number.
    public mutating func integer<Number: FixedWidthInteger & Sendable>(
        _ name: String, in range: ClosedRange<Number>
    ) throws(ControlFailure) -> Number? {
        guard let text = try string(name) else { return nil }
        // As it is written out, without a sign or zeros in front that a strict reader elsewhere would refuse.
        guard let number = Number(text), "\(number)" == text, range.contains(number) else {
            throw ControlFailure(
                .badRequest,
                "the parameter \(name) is \(text.debugDescription); it has to be a whole number from"
                    + " \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Takes words of a list; each may be several with commas in between.
    public mutating func words<Word: RawRepresentable & Sendable>(
        _ name: String, of all: [Word]
    ) throws(ControlFailure) -> [Word] where Word.RawValue == String {
        var words: [Word] = []
        for text in strings(name).flatMap({
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }) {
            guard let word = all.first(where: { $0.rawValue == text }) else {
                let names = all.map(\.rawValue).joined(separator: ", ")
                throw ControlFailure(
                    .badRequest, "the parameter \(name) is \(text.debugDescription); it has to be one of \(names)")
            }
            words.append(word)
        }
        return words
    }

    /// Takes a word of a list, which may come once.
    mutating func word<One: Word>(_ name: String, of all: [One]) throws(ControlFailure) -> One? {
        let words = try words(name, of: all)
        guard words.count < 2 else {
            throw ControlFailure(
                .badRequest, "the parameter \(name) is given more than once; give one \(name) at a time")
        }
        return words.first
    }

    /// Refuses what nobody has taken: a misspelt parameter that is passed over would do something else than asked.
    public func refuseRest() throws(ControlFailure) {
        guard let stranger = items.first else { return }
        let names = known.isEmpty ? "there are none here" : "there are \(known.joined(separator: ", "))"
        throw ControlFailure(.badRequest, "there is no parameter \(stranger.name.debugDescription); \(names)")
    }
}

extension FixedWidthInteger {
    /// Reads the number in a path.
    init(identifierOf text: String?, what: String) throws(ControlFailure) {
        guard let text, let number = Self(text), "\(number)" == text, number > 0 else {
            throw ControlFailure(
                .notFound, "there is no \(what) \((text ?? "").debugDescription): it has to be a number")
        }
        self = number
    }
}
