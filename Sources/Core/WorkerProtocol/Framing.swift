/// How frames and answers are told apart in "ptr worker 1".
public enum Framing: String, Sendable, Hashable, CaseIterable {
    /// Each is a line.
    case lines
    /// Each has its length before it: 32 bits, big-endian.
    case length
}
