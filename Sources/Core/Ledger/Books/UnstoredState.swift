/// How much is known and not stored.
public struct UnstoredState: Sendable, Hashable {
    /// Dead letters, and the counts of those that found no room.
    public var deadLetters: Int
    /// Streams whose checkpoint has moved.
    public var streams: Int
    /// Stored dead letters that were replayed and are to go.
    public var replays: Int

    /// Makes an amount.
    public init(deadLetters: Int = 0, streams: Int = 0, replays: Int = 0) {
        self.deadLetters = deadLetters
        self.streams = streams
        self.replays = replays
    }

    /// Whether all is stored.
    public var isEmpty: Bool { deadLetters == 0 && streams == 0 && replays == 0 }
}

extension UnstoredState: CustomStringConvertible {
    /// Such as `3 dead letters, the checkpoint of 1 stream`.
    public var description: String {
        func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        return [
            deadLetters > 0 ? count(deadLetters, "dead letter") : nil,
            streams > 0 ? "the checkpoint of \(count(streams, "stream"))" : nil,
            replays > 0 ? "the end of \(count(replays, "replay"))" : nil,
        ].compactMap { $0 }.joined(separator: ", ")
    }
}
