/// A way from the root of a JSON document to one of its values, such as `message.tweet.entities.hashtags[0]`.
///
/// Names are compared byte by byte. A name that is there twice in one object means its last value, as to most readers of JSON.
public struct FieldPath: Sendable, Hashable {
    /// A step of a path.
    public enum Step: Sendable, Hashable {
        /// To the member of this name.
        case member(String)
        /// To the element of this index, counted from 0.
        case element(Int)
    }

    /// The steps from the root on.
    public let steps: [Step]

    init(_ steps: [Step]) { self.steps = steps }

    /// Reads a path as templates have it, without the braces.
    ///
    /// - Throws: ``TemplateError`` at the first thing that is wrong.
    public init(_ text: String) throws(TemplateError) {
        var parser = TemplateParser(text)
        self = try parser.wholePath()
    }
}

extension FieldPath: CustomStringConvertible {
    /// The path as templates have it, without the braces.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .member(let name):
                if !text.isEmpty { text += "." }
                text += Self.isPlain(name) ? name : Self.quoted(name)
            case .element(let index): text += text.isEmpty ? "\(index)" : "[\(index)]"
            }
        }
        return text
    }

    /// Whether a name needs no quotes. One of digits only would be an index.
    private static func isPlain(_ name: String) -> Bool {
        name.unicodeScalars.allSatisfy(TemplateParser.isName)
            && !name.unicodeScalars.allSatisfy { ("0"..."9").contains($0) }
    }

    private static func quoted(_ name: String) -> String {
        var text = "\""
        for scalar in name.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }
}
