import ProgramKit

/// How the value of an option is written in a file: how it is read, bounded and named.
struct ValueType<Value: Sendable>: Sendable {
    /// What it is, for a person: `duration`.
    let name: String
    /// What is allowed of it, for a person: `10ms to 1m`.
    let bounds: String?
    /// Whether it is a table whose keys are the user's own.
    let isFreeTable: Bool
    /// The value of a node, or what is wrong with it.
    let read: @Sendable (TOMLNode) throws(Faults) -> Value
    /// The value as a file would have it; `nil` where it is the absence of one.
    let write: @Sendable (Value) -> String?

    init(
        name: String, bounds: String? = nil, isFreeTable: Bool = false,
        read: @escaping @Sendable (TOMLNode) throws(Faults) -> Value, write: @escaping @Sendable (Value) -> String?
    ) {
        self.name = name
        self.bounds = bounds
        self.isFreeTable = isFreeTable
        self.read = read
        self.write = write
    }
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
            name: type.name, bounds: type.bounds,
            read: { node throws(Faults) in try type.read(node) },
            write: { $0.flatMap(type.write) })
    }

    /// A type within bounds.
    static func bounded(
        _ range: ClosedRange<Value>, name: String, read: @escaping @Sendable (TOMLNode) throws(Faults) -> Value,
        write: @escaping @Sendable (Value) -> String
    ) -> ValueType where Value: Comparable {
        // Quotation marks belong to the file, not to the sentence.
        let plain: @Sendable (Value) -> String = { write($0).filter { $0 != "\"" } }
        let bounds = "\(plain(range.lowerBound)) to \(plain(range.upperBound))"
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
}

extension ValueType where Value == Int {
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
}

extension ValueType where Value == Double {
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

extension ValueType where Value == Bool {
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

extension ValueType where Value == Duration {
    /// A time with its unit.
    static func duration(_ range: ClosedRange<Duration>) -> ValueType {
        .bounded(
            range, name: "duration", read: { node throws(Faults) in try DurationText.parse(node) },
            write: { TOMLText.quoted(DurationText.format($0)) })
    }
}

extension ValueType where Value == Duration? {
    /// A time with its unit, or `off` (also `0s`), which is `nil`.
    static func durationOrOff(_ range: ClosedRange<Duration>) -> ValueType {
        let bounded = ValueType<Duration>.duration(range)
        return ValueType(
            name: "duration or \"off\"", bounds: bounded.bounds,
            read: { node throws(Faults) in
                if case .string("off") = node.kind { return nil }
                if try DurationText.parse(node) == .zero { return nil }
                return try bounded.read(node)
            },
            write: { $0.flatMap(bounded.write) ?? "\"off\"" })
    }
}

extension ValueType where Value == TimeLimit {
    /// A duration, or "off".
    static func limit(_ range: ClosedRange<Duration>) -> ValueType {
        let type = ValueType<Duration?>.durationOrOff(range)
        return ValueType(
            name: type.name, bounds: type.bounds,
            read: { node throws(Faults) in try type.read(node).map(TimeLimit.after) ?? .off },
            write: { limit in
                switch limit {
                case .off: type.write(nil)
                case .after(let duration): type.write(duration)
                }
            })
    }
}

extension ValueType where Value == String {
    /// A text, with a check of our own.
    static func string(
        name: String = "string", mend: String = "write it in quotes",
        check: @escaping @Sendable (String) throws(Faults) -> Void = { _ in }
    ) -> ValueType {
        ValueType(
            name: name,
            read: { node throws(Faults) in
                guard case .string(let text) = node.kind else {
                    throw .wrongType(node, expected: "a string", mend: mend)
                }
                try check(text)
                return text
            },
            write: { TOMLText.quoted($0) })
    }
}

extension ValueType where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One word of a few.
    static func choice(refused: [String: Faults] = [:]) -> ValueType {
        let words = Value.allCases.map(\.rawValue)
        let mend = "choose one of \(words.map { "\"\($0)\"" }.joined(separator: ", "))"
        return ValueType(
            name: words.map { "\"\($0)\"" }.joined(separator: " | "),
            read: { node throws(Faults) in
                guard case .string(let word) = node.kind else {
                    throw .wrongType(node, expected: "a string", mend: mend)
                }
                if let faults = refused[word] { throw faults }
                guard let value = Value(rawValue: word) else {
                    throw Faults(
                        "\(node.kind.text) is unknown", mend: Spelling.suggestion(for: word, among: words) ?? mend)
                }
                return value
            },
            write: { TOMLText.quoted($0.rawValue) })
    }
}
