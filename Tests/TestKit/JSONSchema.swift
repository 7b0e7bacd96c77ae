/// Any JSON value, for looking into documents.
public enum JSON: Hashable, Sendable, Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case list([JSON])
    case object([String: JSON])

    /// Decodes whatever there is.
    ///
    /// - Throws: `DecodingError`, where it is no JSON.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    /// A member of an object.
    public subscript(key: String) -> JSON? { object?[key] }

    /// Its members, of an object.
    public var object: [String: JSON]? {
        if case .object(let members) = self { members } else { nil }
    }
    /// Its elements, of an array.
    public var list: [JSON]? {
        if case .list(let items) = self { items } else { nil }
    }
    /// Its text, of a string.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }
    /// Its value, of a number.
    public var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// What JSON Schema calls its type.
    var typeNames: Set<String> {
        switch self {
        case .null: ["null"]
        case .bool: ["boolean"]
        case .number(let value): value == value.rounded() ? ["number", "integer"] : ["number"]
        case .string: ["string"]
        case .list: ["array"]
        case .object: ["object"]
        }
    }
}

/// As much of JSON Schema 2020-12 as the description of the API uses. A keyword that it does not know is a problem, not
/// passed over.
public struct JSONSchema {
    /// The document that `$ref` points into.
    public let root: JSON

    /// The keys of objects that were met, as `Schema.key`.
    public internal(set) var met: Set<String> = []

    /// - Parameter root: the document that `$ref` points into.
    public init(root: JSON) {
        self.root = root
    }

    /// Every way in which a value does not fit. Keys that the schema does not name are among them, although a client has
    /// to bear them: the description shall be whole.
    public mutating func problems(_ value: JSON, _ schema: JSON, at path: String = "$", name: String = "") -> [String] {
        guard let keywords = schema.object else { return ["\(path): the schema is no object"] }
        return keywords.sorted { $0.key < $1.key }.flatMap { keyword, operand -> [String] in
            switch keyword {
            case "description", "examples", "format", "default": return []
            case _ where keyword.hasPrefix("x-"): return []
            case "$ref":
                let name = String((operand.string ?? "").split(separator: "/").last ?? "")
                guard let target = root["components"]?["schemas"]?[name] else { return ["\(path): no schema \(name)"] }
                return problems(value, target, at: path, name: name)
            case "type":
                let allowed = Set(operand.string.map { [$0] } ?? operand.list?.compactMap(\.string) ?? [])
                return value.typeNames.isDisjoint(with: allowed) ? ["\(path): is \(value), not \(allowed)"] : []
            case "enum":
                return operand.list?.contains(value) == true ? [] : ["\(path): \(value) is not among \(operand)"]
            case "oneOf":
                let fitting = (operand.list ?? []).filter { problems(value, $0, at: path, name: name).isEmpty }
                return fitting.count == 1 ? [] : ["\(path): fits \(fitting.count) of oneOf"]
            case "anyOf":
                let fits = (operand.list ?? []).contains { problems(value, $0, at: path, name: name).isEmpty }
                return fits ? [] : ["\(path): fits none of anyOf"]
            case "const": return value == operand ? [] : ["\(path): is \(value), not \(operand)"]
            case "required":
                guard let members = value.object else { return [] }
                let missing = (operand.list ?? []).compactMap(\.string).filter { members[$0] == nil }
                return missing.map { "\(path): no \($0)" }
            case "properties":
                return (value.object ?? [:]).flatMap { key, member -> [String] in
                    guard let schema = operand[key] else {
                        // A schema without a type is a condition on some keys.
                        return keywords["type"] == nil ? [] : ["\(path): \(key) is not described"]
                    }
                    met.insert("\(name).\(key)")
                    return problems(member, schema, at: "\(path).\(key)", name: "\(name).\(key)")
                }
            case "additionalProperties":
                let others = (value.object ?? [:]).filter { keywords["properties"]?[$0.key] == nil }
                if operand == .bool(false) { return others.keys.map { "\(path): \($0) is not allowed" } }
                return others.flatMap { problems($1, operand, at: "\(path).\($0)", name: name) }
            case "items":
                return (value.list ?? []).enumerated().flatMap {
                    problems($1, operand, at: "\(path)[\($0)]", name: name)
                }
            case "minimum": return bound(value, operand, path) { $0 >= $1 }
            case "exclusiveMinimum": return bound(value, operand, path) { $0 > $1 }
            case "maximum": return bound(value, operand, path) { $0 <= $1 }
            case "minLength", "maxLength":
                guard let text = value.string, let limit = operand.number else { return [] }
                let length = Double(text.unicodeScalars.count)
                return (keyword == "minLength" ? length >= limit : length <= limit) ? [] : ["\(path): its length"]
            case "pattern":
                guard let text = value.string, let pattern = operand.string else { return [] }
                guard let expression = try? Regex(pattern) else { return ["\(path): no pattern: \(pattern)"] }
                return text.contains(expression) ? [] : ["\(path): does not match \(pattern)"]
            default: return ["\(path): the keyword \(keyword) is unknown here"]
            }
        }
    }

    private func bound(_ value: JSON, _ operand: JSON, _ path: String, _ holds: (Double, Double) -> Bool) -> [String] {
        guard let number = value.number, let limit = operand.number else { return [] }
        return holds(number, limit) ? [] : ["\(path): \(number) is out of bounds"]
    }
}
