/// What is wrong with the text of a ``Template`` or a ``FieldPath``.
public struct TemplateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, and at which character of the text, counted from 1.
    public let message: String
    /// What to do about it.
    public let mend: String

    /// The message and the mend.
    public var description: String { "\(message); \(mend)" }
}
