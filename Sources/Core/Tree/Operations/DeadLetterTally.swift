public import Ledger

/// Which stored dead letters an operator means: those that match all that is given.
public struct DeadLetterChoice: Sendable, Hashable {
    /// These; nil: whichever match the filter.
    public var ids: [Int64]?
    /// What they match.
    public var filter: DeadLetterFilter
    /// At most so many, the oldest; nil: all.
    public var limit: Int?

    /// Makes a choice; without arguments, of all.
    public init(ids: [Int64]? = nil, filter: DeadLetterFilter = DeadLetterFilter(), limit: Int? = nil) {
        self.ids = ids
        self.filter = filter
        self.limit = limit
    }
}

/// What became of the dead letters that an operator meant. When it is over, each of them is done or refused.
public struct DeadLetterTally: Sendable, Hashable {
    /// How many were meant, as far as they have been looked at.
    public var matched = 0
    /// How many were replayed or deleted; 0 when they were only counted.
    public var done = 0
    /// Those that could not be, and why; the first ``refusalsKept``.
    public var refused: [Refusal] = []
    /// How many those are, also where they are not named. When it is over: `done + refusedCount = matched`.
    public var refusedCount = 0
    /// Why it ended before all that were meant had been looked at; nil when they were.
    public var interruption: String?

    /// More refusals than these are not named.
    public static let refusalsKept = 100

    static let isUnderway = "it is being replayed already"
    static let isGone = "there is no such dead letter (any more)"

    /// One that could not be replayed or deleted.
    public struct Refusal: Sendable, Hashable {
        /// Its number.
        public var id: Int64
        /// Why, in words.
        public var reason: String
    }

    /// Of nothing yet.
    public init() {}

    mutating func refuse(_ id: Int64, _ reason: String) {
        refusedCount += 1
        if refused.count < Self.refusalsKept { refused.append(Refusal(id: id, reason: reason)) }
    }

    /// Ends before everything was looked at: what was, and has no answer yet, has this one.
    mutating func interrupt(
        _ reason: String, _ letters: [StoredDeadLetter], doneBefore done: Int, refusedBefore refused: Int
    ) {
        interruption = reason
        // Letters are answered for in their order, but which of them are done is not kept: it is counted.
        let answered = self.done - done + refusedCount - refused
        let named = Set(self.refused.map(\.id))
        for stored in letters.filter({ !named.contains($0.id) }).suffix(letters.count - answered) {
            refuse(stored.id, reason)
        }
    }
}

/// Why dead letters were not replayed.
public enum ReplayError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Streams that they came from are not configured any more, by name; none of the letters was replayed.
    case unknownStreams([String])
    /// The tree is stopping and admits nothing new. What was not replayed is still stored.
    case stopping

    /// In words, for people, with what mends it.
    public var description: String {
        switch self {
        case .unknownStreams(let names):
            """
            there is no stream \(names.joined(separator: ", ")) any more, so its dead letters cannot be replayed; \
            configure a stream of that name, or leave them out
            """
        case .stopping: "ptrd is stopping and takes nothing new; what was not replayed is still stored"
        }
    }
}
