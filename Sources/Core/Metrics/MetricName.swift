/// What a metric is to Prometheus.
enum MetricType: String {
    case counter
    case gauge
    case histogram
}

/// A label of a series.
struct Label: Hashable {
    let name: String
    let value: String
}

/// Names and values as the format wants them.
enum MetricName {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    static func of(_ text: String) -> String { made(of: text, allowsColon: true) }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`, not beginning with `__`, which is Prometheus's own; nor `le` in a histogram.
    static func ofLabel(_ text: String, in type: MetricType) -> String {
        let name = made(of: text, allowsColon: false)
        if name.hasPrefix("__") { return "x" + name }
        return type == .histogram && name == "le" ? "le_" : name
    }

    private static func made(of text: String, allowsColon: Bool) -> String {
        var name = String(
            decoding: text.unicodeScalars.map { scalar -> UInt8 in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_": UInt8(scalar.value)
                case ":" where allowsColon: UInt8(scalar.value)
                default: UInt8(ascii: "_")
                }
            }, as: UTF8.self)
        if name.utf8.first.map({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) ?? true { name = "_" + name }
        return name
    }

    /// The value of a label: backslash, quotation mark and line feed are escaped.
    static func escapedValue(_ text: String) -> String { escaped(text, quotes: true) }

    /// A description: backslash and line feed are escaped.
    static func escapedHelp(_ text: String) -> String { escaped(text, quotes: false) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A number: whole ones without a point; infinities and what is no number in their words.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return "\(whole)" }
        return "\(value)"
    }
}
