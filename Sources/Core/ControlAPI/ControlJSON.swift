import FoundationEssentials

/// The JSON of the control API: one encoding for every document, and decoding errors in words.
///
/// Documents are indented and their keys sorted, so that `curl` shows something readable, `ptrctl --json` can pass the
/// server's bytes on as they are, and two documents can be compared line by line.
public enum ControlJSON {
    /// Encodes one document, ending in a newline.
    ///
    /// - Throws: `EncodingError`, for a value JSON cannot express.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    /// Encodes one document as a single line, without a newline after it: for what follows one after another.
    ///
    /// - Throws: `EncodingError`, for a value JSON cannot express.
    public static func encodeLine(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Decodes one document.
    ///
    /// - Throws: ``JSONFault``, which names the key at fault.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: some Sequence<UInt8>
    ) throws(JSONFault) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw JSONFault(error)
        } catch {
            throw JSONFault(path: "", problem: "\(error)")
        }
    }
}

/// Why a JSON document could not be read, and at which key.
public struct JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The key at fault, such as `messages.received`; empty when the document as a whole is.
    public let path: String
    /// What is wrong there, such as `expected a whole number`.
    public let problem: String

    /// In words, for people: the key, if there is one, and the problem.
    public var description: String {
        path.isEmpty ? problem : "\(path): \(problem)"
    }

    init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    init(_ error: DecodingError) {
        switch error {
        case .typeMismatch(let type, let context):
            self.init(path: Self.path(context), problem: "expected \(Self.name(of: type))")
        case .valueNotFound(let type, let context):
            self.init(path: Self.path(context), problem: "expected \(Self.name(of: type)), found null")
        case .keyNotFound(let key, let context):
            self.init(path: Self.path(context), problem: "the key \"\(key.stringValue)\" is missing")
        case .dataCorrupted(let context):
            self.init(path: Self.path(context), problem: context.debugDescription)
        @unknown default:
            self.init(path: "", problem: "\(error)")
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.map(\.stringValue).joined(separator: ".")
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is any FixedWidthInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is [Any].Type: "a list"
        case is [String: Any].Type: "an object"
        default: "a value of type \(type)"
        }
    }
}

/// Any key, for looking at what a document really has.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}

extension Decoder {
    /// The body of a request. Keys that it does not have are refused: a misspelt key that is passed over would do something
    /// else than asked.
    func body<Keys: CodingKey & CaseIterable>(of keys: Keys.Type) throws -> KeyedDecodingContainer<Keys> {
        try refuseKeys(otherThan: Array(Keys.allCases))
        return try container(keyedBy: Keys.self)
    }

    func refuseKeys(otherThan known: [any CodingKey]) throws {
        let keys = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        let names = known.map(\.stringValue)
        guard let stranger = keys.sorted().first(where: { !names.contains($0) }) else { return }
        throw DecodingError.dataCorrupted(
            DecodingError.Context(
                codingPath: codingPath,
                debugDescription: "unknown key \"\(stranger)\"; the keys are \(names.joined(separator: ", "))"))
    }
}

extension KeyedDecodingContainer {
    /// What is wrong with a body, at a key or as a whole.
    func fault(_ key: Key?, _ problem: String) -> DecodingError {
        guard let key else {
            return .dataCorrupted(DecodingError.Context(codingPath: codingPath, debugDescription: problem))
        }
        return .dataCorruptedError(forKey: key, in: self, debugDescription: problem)
    }
}

extension Double {
    /// The number as the API shows it: rounded, and 0 where it is not finite, because JSON has no word for that.
    package func presented(decimals: Int) -> Double {
        guard isFinite else { return 0 }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (self * scale).rounded()
        return scaled.isFinite ? scaled / scale : self
    }
}
