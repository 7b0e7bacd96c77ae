/// The address of a stream that is made, filled from the left: what stands before a placeholder says what its value is.
///
/// The value of a first placeholder may bring the scheme along, and all that it likes behind it. One in the host is taken as it is,
/// and what would end the host there is wrong. Behind the host values are encoded.
struct TemplateAddress {
    private(set) var text = ""
    /// The first placeholder whose value cannot stand in the host.
    private(set) var wrong: String?

    init(_ template: String, values: [String: String]) {
        let head = template.utf8.prefix { !Self.endsHost($0) }
        let hasScheme = head.last == UInt8(ascii: ":") && template.utf8.dropFirst(head.count).starts(with: "//".utf8)
        StreamTemplate.walk(template) { name, part in
            guard let name, let value = values[name] else { return text += String(Substring(part)) }
            if isBehindHost {
                text += Self.percentEncoded(value)
            } else {
                if hasScheme || !text.isEmpty, wrong == nil, !Self.canBeInHost(value) { wrong = name }
                text += value
            }
        }
    }

    private var isBehindHost: Bool {
        guard let scheme = text.firstRange(of: "://") else { return false }
        return text.utf8[scheme.upperBound...].contains(where: Self.endsHost)
    }

    private static func endsHost(_ byte: UInt8) -> Bool { "/?#".utf8.contains(byte) }

    private static func canBeInHost(_ value: String) -> Bool {
        !value.utf8.contains(where: endsHost)
    }

    /// As a segment of a path, or a value of a query (RFC 3986, section 2.3).
    private static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            if byte.isBareKey || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "~") {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}
