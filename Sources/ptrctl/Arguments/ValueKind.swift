import ArgumentParser
import ControlClient
import ProgramKit

/// A kind of value on the command line: its name in the help, what the shell completes it with, and how it is read.
///
///     @Option(.duration, "Wait no longer than this.") var timeout: Duration?
struct ValueKind<Value> {
    var name: String?
    var completion: CompletionKind?
    /// - Throws: `ValidationError`, with what was probably meant.
    let read: @Sendable (String) throws -> Value
}

extension Option {
    init(wrappedValue: Value, _ kind: ValueKind<Value>, _ help: String, name: NameSpecification = .long) {
        self.init(
            wrappedValue: wrappedValue, name: name, help: ArgumentHelp(help, valueName: kind.name),
            completion: kind.completion, transform: kind.read)
    }

    init<T>(_ kind: ValueKind<T>, _ help: String, name: NameSpecification = .long) where Value == T? {
        self.init(
            name: name, help: ArgumentHelp(help, valueName: kind.name), completion: kind.completion,
            transform: kind.read)
    }
}

extension Argument {
    init(_ kind: ValueKind<Value>, _ help: String) {
        self.init(help: ArgumentHelp(help), completion: kind.completion, transform: kind.read)
    }

    init<T>(_ kind: ValueKind<T>, _ help: String) where Value == T? {
        self.init(help: ArgumentHelp(help), completion: kind.completion, transform: kind.read)
    }

    init<T>(wrappedValue: Value, _ kind: ValueKind<T>, _ help: String) where Value == [T] {
        self.init(
            wrappedValue: wrappedValue, help: ArgumentHelp(help), completion: kind.completion, transform: kind.read)
    }
}

extension NameSpecification {
    /// `-n`, `--lines`: how many are shown.
    static var lines: Self { [.customShort("n"), .customLong("lines")] }
}

// MARK: Words

extension ValueKind {
    /// One of several words.
    static func word(
        _ name: String? = nil, among values: [Value], spelled: any KeyPath<Value, String> & Sendable
    ) -> Self
    where Value: Sendable {
        Self(name: name, completion: .list(values.map { $0[keyPath: spelled] })) { word in
            let words = values.map { $0[keyPath: spelled] }
            if let index = words.firstIndex(of: word) { return values[index] }
            throw ValidationError(mend(for: word, among: words))
        }
    }
}

/// `did you mean 'crash'?`, or what there is instead.
func mend(for word: String, among words: [String]) -> String {
    if let near = Spelling.nearest(to: word, among: words) { return "did you mean '\(near)'?" }
    return "it is \(Text.list(words, last: "or"))"
}

// MARK: Numbers

extension ValueKind<Int> {
    /// A whole number.
    static func number(_ bounds: ClosedRange<Int> = .min ... .max, _ name: String = "number") -> Self {
        Self(name: name) { text in
            let number = try read(text, as: "a whole number, for example 5")
            let (least, most) = (bounds.lowerBound, bounds.upperBound)
            guard !bounds.contains(number) else { return number }
            throw ValidationError("it must be \(most == .max ? "at least \(least)" : "from \(least) to \(most)")")
        }
    }

    static func read(_ text: String, as what: String) throws -> Int {
        guard !text.isEmpty else { throw ValidationError("it is empty: give \(what)") }
        if let number = Int(text), text.first != "+" { return number }
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            throw ValidationError("it is too large")
        }
        if text.lowercased().hasPrefix("0x"), let number = Int(text.dropFirst(2), radix: 16) {
            throw ValidationError("numbers are decimal; did you mean \(number)?")
        }
        let digits = text.filter { $0.isASCII && $0.isNumber }
        if text.contains(where: { ",_'".contains($0) }), let number = Int(digits), digits.count + 1 >= text.count - 3 {
            throw ValidationError("numbers have no signs between their digits; did you mean \(number)?")
        }
        throw ValidationError("it must be \(what)")
    }
}

extension ValueKind<Int64> {
    /// A number of something that has numbers from 1 on.
    static func identifier(_ name: String? = nil, _ completion: CompletionKind? = nil) -> Self {
        Self(name: name, completion: completion) { text in
            let number = try ValueKind<Int>.read(text, as: "a number, for example 12")
            guard number > 0 else { throw ValidationError("numbers begin at 1") }
            return Int64(number)
        }
    }
}

// MARK: Names of streams

extension ValueKind<String> {
    /// The name of a stream.
    static var stream: Self {
        Self(name: "name", completion: LiveNames.streams) { text in
            guard !text.isEmpty else { throw ValidationError("the name is empty: leave it out, or name a stream") }
            return text
        }
    }
}

extension VerbContext {
    /// Says that there is no such stream, if there is none.
    ///
    /// - Returns: what ptrctl ends with; nil if there is one.
    func refusal(ofStream name: String) async throws(ControlClientError) -> ExitStatus? {
        let names = try await client.answer(to: StreamsRequest()).streams.map(\.name)
        guard !names.contains(name) else { return nil }
        complain("there is no stream \"\(Text.printable(name))\"", hint: Self.hint(for: name, among: names))
        return .precondition
    }

    /// Which stream was probably meant, or which ones there are.
    static func hint(for name: String, among names: [String]) -> String {
        if let near = Spelling.nearest(to: name, among: names) { return "did you mean \(Text.printable(near))?" }
        return switch names.count {
        case 0: "no streams are configured"
        case 1: "the only one is \(Text.printable(names[0]))"
        default: "there are \(Text.list(names.map(Text.printable)))"
        }
    }
}
