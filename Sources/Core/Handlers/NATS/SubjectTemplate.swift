import JetStream
import NIOCore
import Pipeline
import Templates

/// A subject with places that are filled from a message, such as `ev.{@stream}.{user.id:hash16}`: each token a ``Template`` of its
/// own. Whatever a value has, it makes one token and nothing of the broker's own.
public struct SubjectTemplate: Sendable, Hashable {
    /// The text it was made of.
    public let text: String
    let tokens: [Template]

    /// Reads a template.
    ///
    /// - Throws: ``TemplateError`` at the first thing that is wrong with a token, or ``SubjectFault``.
    public init(_ text: String) throws {
        self.text = text
        tokens = try Self.split(text).map { try Template($0) }
        // What no value can mend is seen without one.
        var renderer = SubjectRenderer(self)
        let sample = renderer.literals()
        guard NATSSubject.isValid(sample), !sample.hasPrefix("$"), !sample.hasPrefix("_INBOX.") else {
            throw SubjectFault(
                description:
                    "\"\(text)\" is no subject to publish to: between dots stand tokens without spaces, * and >, and the first "
                    + "does not begin with $ and is not _INBOX; write one such as ev.{@stream}")
        }
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

/// What is wrong with a subject, and what to do about it.
public struct SubjectFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// In words, for people.
    public let description: String
}

/// Fills subjects, one after another, and keeps its buffers between them.
struct SubjectRenderer {
    private let template: SubjectTemplate
    private var renderers: [TemplateRenderer]
    private var subject: [UInt8] = []
    private var token: [UInt8] = []

    init(_ template: SubjectTemplate) {
        self.template = template
        renderers = template.tokens.map { TemplateRenderer($0) }
    }

    mutating func subject(of message: Message) -> String {
        fill(message.event.data.readableBytesUInt8Span) { field, text in
            switch field {
            case .type:
                if let type = message.event.type {
                    text.append(contentsOf: type.readableBytesView)
                } else {
                    text.append(contentsOf: "message".utf8)
                }
            case .id: text.append(contentsOf: message.event.id.readableBytesView)
            case .stream: text.append(contentsOf: message.stream.name.utf8)
            case .sequence: text.append(contentsOf: String(message.sequence).utf8)
            // A subject for each moment is none.
            case .received: break
            }
        }
    }

    /// What stands there in any case, with something harmless in the places of values; what may not stand there as it is.
    mutating func literals() -> String {
        template.tokens.enumerated().map { place, token in
            let text = token.text
            guard !text.contains("{") else { return "x" }
            return text
        }.joined(separator: ".")
    }

    private mutating func fill(_ data: Span<UInt8>, _ event: (EventField, inout [UInt8]) -> Void) -> String {
        subject.removeAll(keepingCapacity: true)
        for place in renderers.indices {
            if place > 0 { subject.append(0x2E) }
            token.removeAll(keepingCapacity: token.capacity <= 1 << 16)
            _ = renderers[place].render(data, into: &token, event: event)
            // Beneath $ is the broker's own.
            if place == 0, token.first == 0x24 { token[0] = 0x5F }
            NATSSubject.appendToken(token, to: &subject)
        }
        return String(decoding: subject, as: UTF8.self)
    }
}
