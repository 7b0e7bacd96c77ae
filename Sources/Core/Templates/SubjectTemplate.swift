/// A subject with places that are filled from a message, such as `ev.{@stream}.{user.id:hash16}`: each token a ``Template`` of its
/// own. Whatever a value has, it makes one token and nothing of the broker's own.
public struct SubjectTemplate: Sendable, Hashable {
    /// The text it was made of.
    public let text: String
    let tokens: [Template]

    /// Reads a template.
    ///
    /// - Throws: ``TemplateError`` at the first thing that is wrong.
    public init(_ text: String) throws(TemplateError) {
        self.text = text
        var tokens: [Template] = []
        for token in Self.split(text) {
            do throws(TemplateError) {
                tokens.append(try Template(token))
            } catch {
                throw TemplateError(message: "in the token \"\(token)\", \(error.message)", mend: error.mend)
            }
        }
        self.tokens = tokens
        let literals = tokens.map(\.text).filter { !$0.contains("{") && !$0.contains("}") }
        guard literals.allSatisfy(Self.isToken), !tokens[0].text.hasPrefix("$"), tokens[0].text != "_INBOX" else {
            throw TemplateError(
                message: "\"\(text)\" is no subject to publish to",
                mend:
                    "write tokens without spaces, * and > between the dots, of which the first neither begins with $ nor is "
                    + "_INBOX, such as ev.{@stream}")
        }
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != 0x2A && $0 != 0x3E }
    }

    /// The text between the dots that stand outside of placeholders.
    static func split(_ text: String) -> [String] {
        enum Place { case outside, path, quote(Unicode.Scalar), fallback }
        var tokens = [String.UnicodeScalarView()]
        var place = Place.outside
        let scalars = Array(text.unicodeScalars)
        var index = 0
        func run(of scalar: Unicode.Scalar) -> Int { scalars[index...].prefix { $0 == scalar }.count }
        while index < scalars.count {
            let scalar = scalars[index]
            var length = 1
            switch (place, scalar) {
            case (.outside, "."):
                tokens.append(String.UnicodeScalarView())
                index += 1
                continue
            case (.outside, "{") where run(of: "{") > 1, (.outside, "}") where run(of: "}") > 1: length = 2
            case (.outside, "{"): place = .path
            case (.path, "}"): place = .outside
            case (.path, "\""), (.path, "'"): place = .quote(scalar)
            case (.path, "|"): place = .fallback
            case (.quote, "\\"): length = min(2, scalars.count - index)
            case (.quote(let quote), _) where scalar == quote: place = .path
            // Of several braces in a row, an odd number begins with the one that ends it.
            case (.fallback, "}") where !run(of: "}").isMultiple(of: 2): place = .outside
            case (.fallback, "}"), (.fallback, "{"): length = min(2, scalars.count - index)
            default: break
            }
            tokens[tokens.count - 1].append(contentsOf: scalars[index..<index + length])
            index += length
        }
        return tokens.map { String($0) }
    }
}

/// Fills subjects, one after another, and keeps its buffers between them.
public struct SubjectRenderer: Sendable {
    private var renderers: [TemplateRenderer]
    private var token: [UInt8] = []

    /// Makes one, for one caller at a time.
    public init(_ template: SubjectTemplate) { renderers = template.tokens.map { TemplateRenderer($0) } }

    /// Appends the subject of an event; what is missing, or may not stand there, is an underscore.
    ///
    /// - Parameters:
    ///   - data: the event's data.
    ///   - event: appends what the event has; nothing if it has nothing.
    public mutating func render(
        _ data: Span<UInt8>, into subject: inout [UInt8], event: (EventField, inout [UInt8]) -> Void
    ) {
        for place in renderers.indices {
            if place > 0 { subject.append(0x2E) }
            token.removeAll(keepingCapacity: token.capacity <= 1 << 16)
            _ = renderers[place].render(data, into: &token, event: event)
            // Beneath $ is the broker's own.
            if place == 0, token.first == 0x24 { token[0] = 0x5F }
            appendToken(to: &subject)
        }
    }

    /// One token of at most 128 bytes.
    private func appendToken(to subject: inout [UInt8]) {
        guard !token.isEmpty else { return subject.append(0x5F) }
        for byte in token.prefix(128) {
            switch byte {
            // A dot would make two tokens of it, and bytes beyond ASCII may be no text.
            case 0x2E, 0x2A, 0x3E, ...0x20, 0x7F...: subject.append(0x5F)
            default: subject.append(byte)
            }
        }
    }
}
