import ProgramKit

/// How the value of an option is written in a file: how it is read, bounded and named.
struct ValueType<Value: Sendable>: Sendable {
    /// What it is, for a person: `duration`.
    let name: String
    /// What is allowed of it, for a person: `10ms to 1m`.
    var bounds: String?
    /// The value of a node, or what is wrong with it.
    let read: @Sendable (TOMLNode) throws(Faults) -> Value
    /// The value as a file would have it; `nil` where it is the absence of one.
    let write: @Sendable (Value) -> String?

    /// The value within a sentence: quotation marks belong to the file.
    func plain(_ value: Value) -> String { write(value)?.filter { $0 != "\"" } ?? "none" }
}

/// What is wrong with a value.
struct Faults: Error, Equatable {
    /// One thing that is wrong.
    struct Fault: Equatable {
        var message: String
        var mend: String
        /// The keys from the value to the part that is wrong, with its place; `nil` where the value itself is.
        var part: (key: String, origin: TOMLNode.Origin)?

        static func == (left: Fault, right: Fault) -> Bool {
            left.message == right.message && left.mend == right.mend && left.part?.key == right.part?.key
        }
    }

    var faults: [Fault]

    init(_ faults: [Fault]) {
        self.faults = faults
    }

    init(_ message: String, mend: String) {
        self.faults = [Fault(message: message, mend: mend)]
    }

    /// The value is of another TOML type than it should be.
    static func wrongType(_ node: TOMLNode, expected: String, mend: String) -> Faults {
        Faults("is \(node.kind.typeName), but should be \(expected)", mend: mend)
    }
}

extension ValueType {
    /// A type whose values may be absent: there is no way to write the absence, only to leave the key out.
    static func optional<Wrapped>(_ type: ValueType<Wrapped>) -> ValueType where Value == Wrapped? {
        ValueType(
            name: type.name, bounds: type.bounds, read: { node throws(Faults) in try type.read(node) },
            write: { $0.flatMap(type.write) })
    }

    /// A type of which one value, as a file has it, is the absence of one.
    static func optional<Wrapped>(
        _ type: ValueType<Wrapped>, named name: String? = nil, absence: String,
        isAbsent: @escaping @Sendable (TOMLNode) throws(Faults) -> Bool
    ) -> ValueType where Value == Wrapped? {
        ValueType(
            name: name ?? type.name, bounds: type.bounds,
            read: { node throws(Faults) in try isAbsent(node) ? nil : try type.read(node) },
            write: { $0.flatMap(type.write) ?? absence })
    }

    /// A type within bounds.
    static func bounded(
        _ range: ClosedRange<Value>, name: String, read: @escaping @Sendable (TOMLNode) throws(Faults) -> Value,
        write: @escaping @Sendable (Value) -> String
    ) -> ValueType where Value: Comparable {
        let free = ValueType(name: name, read: read, write: write)
        let bounds = "\(free.plain(range.lowerBound)) to \(free.plain(range.upperBound))"
        return ValueType(
            name: name, bounds: bounds,
            read: { node throws(Faults) in
                let value = try read(node)
                guard range.contains(value) else {
                    throw Faults("\(node.kind.text) is out of bounds", mend: "choose a value from \(bounds)")
                }
                return value
            },
            write: write)
    }

    /// What is written as a text in quotes.
    static func text(
        name: String, mend: String = "write it in quotes",
        write: @escaping @Sendable (Value) -> String, read: @escaping @Sendable (String) throws(Faults) -> Value
    ) -> ValueType {
        ValueType(
            name: name,
            read: { node throws(Faults) in
                guard case .string(let text) = node.kind else {
                    throw .wrongType(node, expected: "a string", mend: mend)
                }
                return try read(text)
            },
            write: { TOMLText.quoted(write($0)) })
    }

    /// One word of a few.
    static func choice(of type: Value.Type = Value.self, refused: [String: Faults] = [:]) -> ValueType
    where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
        let words = Value.allCases.map(\.rawValue)
        let mend = "choose one of \(words.map { "\"\($0)\"" }.joined(separator: ", "))"
        let name = words.map { "\"\($0)\"" }.joined(separator: " | ")
        return .text(name: name, mend: mend, write: \.rawValue) { word throws(Faults) in
            if let faults = refused[word] { throw faults }
            guard let value = Value(rawValue: word) else {
                throw Faults(
                    "\(TOMLText.quoted(word)) is unknown", mend: Spelling.suggestion(for: word, among: words) ?? mend)
            }
            return value
        }
    }
}

extension ValueType<Int> {
    /// A whole number.
    static func integer(_ range: ClosedRange<Int>) -> ValueType {
        .bounded(
            range, name: "integer",
            read: { node throws(Faults) in
                guard case .integer(let value) = node.kind else {
                    throw .wrongType(node, expected: "an integer", mend: "write a whole number without quotes")
                }
                return value
            },
            write: { String($0) })
    }

    /// A number of bytes.
    static func size(_ range: ClosedRange<Int>) -> ValueType {
        .bounded(
            range, name: "size",
            read: { node throws(Faults) in
                switch node.kind {
                case .integer(let bytes): return bytes
                case .string(let text): return try SizeText.parse(text)
                default: throw .wrongType(node, expected: "a size", mend: SizeText.mend)
                }
            },
            write: { TOMLText.quoted(SizeText.format($0)) })
    }

    /// One of a few numbers.
    static func choice(of numbers: [Int]) -> ValueType {
        let words = numbers.map(String.init)
        return ValueType(
            name: words.joined(separator: " | "),
            read: { node throws(Faults) in
                guard case .integer(let number) = node.kind, numbers.contains(number) else {
                    throw Faults(
                        "\(node.kind.text) is none of them", mend: "choose one of \(words.joined(separator: ", "))")
                }
                return number
            },
            write: { String($0) })
    }
}

extension ValueType<Int?> {
    /// A whole number, or `off`, which is `nil`.
    static func integerOrOff(_ range: ClosedRange<Int>) -> ValueType {
        .optional(.integer(range), named: "integer or \"off\"", absence: "\"off\"") { node throws(Faults) in
            guard case .string(let text) = node.kind else { return false }
            guard text == "off" else {
                throw Faults(
                    "\(TOMLText.quoted(text)) is neither a number nor \"off\"",
                    mend: "write a whole number without quotes, or \"off\"")
            }
            return true
        }
    }

    /// A number of bytes, or `off`, which is `nil`.
    static func sizeOrOff(_ range: ClosedRange<Int>) -> ValueType {
        .optional(.size(range), named: "size or \"off\"", absence: "\"off\"") { node throws(Faults) in
            if case .string("off") = node.kind { true } else { false }
        }
    }
}

extension ValueType<Double> {
    /// A number.
    static func number(_ range: ClosedRange<Double>) -> ValueType {
        .bounded(
            range, name: "number",
            read: { node throws(Faults) in
                switch node.kind {
                case .integer(let value): return Double(value)
                case .float(let value): return value
                default:
                    throw .wrongType(node, expected: "a number", mend: "write a number without quotes, such as 1.5")
                }
            },
            write: { String($0) })
    }
}

extension ValueType<Bool> {
    /// True or false.
    static var boolean: ValueType {
        ValueType(
            name: "boolean",
            read: { node throws(Faults) in
                guard case .boolean(let value) = node.kind else {
                    throw .wrongType(node, expected: "true or false", mend: "write true or false without quotes")
                }
                return value
            },
            write: { String($0) })
    }
}

extension ValueType<Duration> {
    /// A time with its unit.
    static func duration(_ range: ClosedRange<Duration>) -> ValueType {
        .bounded(
            range, name: "duration", read: { node throws(Faults) in try DurationText.parse(node) },
            write: { TOMLText.quoted(DurationText.format($0)) })
    }
}

extension ValueType<Duration?> {
    /// A time with its unit, or `off` (also `0s`), which is `nil`.
    static func durationOrOff(_ range: ClosedRange<Duration>) -> ValueType {
        .optional(.duration(range), named: "duration or \"off\"", absence: "\"off\"") { node throws(Faults) in
            if case .string("off") = node.kind { return true }
            return try DurationText.parse(node) == .zero
        }
    }
}
