import NIOCore

/// How much of a stream the parser holds in memory, and what it does with what is larger (rule C9).
public struct EventStreamLimits: Sendable, Hashable {
    /// What happens to an event or a line over its limit.
    public enum Policy: Sendable, Hashable, CaseIterable {
        /// Parsing fails with an ``EventStreamParserError``; the last event ID does not advance.
        case fail
        /// The event is dropped and counted, the last event ID advances.
        case skip
        /// The event is dispatched with as many of its first bytes as the limit allows, and counted. The cut may fall
        /// inside a character; its string then ends with U+FFFD.
        case truncate
    }

    /// The most bytes of data (its inner line feeds included) that one event may have.
    public let maximumEventBytes: Int

    /// The most bytes that one line may have, its end not counted. It bounds the type, the ID and comments.
    public let maximumLineBytes: Int

    /// What happens to an event or a line that is larger.
    public let policy: Policy

    /// Creates limits.
    ///
    /// - Parameters:
    ///   - maximumEventBytes: 16 MiB by default; values are brought into 1 B … 1 GiB.
    ///   - maximumLineBytes: by default enough for an event of the largest size in one line; values are brought into
    ///     64 B … 1 GiB, so that a field's name can always be seen.
    ///   - policy: fails by default.
    public init(maximumEventBytes: Int = 16 << 20, maximumLineBytes: Int? = nil, policy: Policy = .fail) {
        let largest = 1 << 30
        self.maximumEventBytes = min(max(maximumEventBytes, 1), largest)
        self.maximumLineBytes = min(max(maximumLineBytes ?? self.maximumEventBytes + 64, 64), largest)
        self.policy = policy
    }
}

/// Why the parser stopped: only under ``EventStreamLimits/Policy/fail``, since no input is malformed by the standard.
public enum EventStreamParserError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The data of one event is over `limit` bytes.
    case eventTooLarge(limit: Int)
    /// One line is over `limit` bytes.
    case lineTooLong(limit: Int)

    /// Says what happened, and what can be done about it.
    public var description: String {
        switch self {
        case .eventTooLarge(let limit):
            "an event has more than \(limit) bytes of data; raise the limit, or choose to skip or truncate such events"
        case .lineTooLong(let limit):
            "a line has more than \(limit) bytes; raise the limit, or choose to skip or truncate such lines"
        }
    }
}

/// What the parser saw besides events, since it was made.
public struct EventStreamCounters: Sendable, Hashable {
    /// Lines that start with a colon.
    public internal(set) var comments = 0
    /// Events that were dropped because they were over a limit.
    public internal(set) var skippedEvents = 0
    /// Events that were dispatched cut to the limit.
    public internal(set) var truncatedEvents = 0
    /// `id` fields that were ignored because their line was over the limit: a cut ID would be another ID.
    public internal(set) var ignoredIDs = 0

    /// Creates counters that stand at zero.
    public init() {}
}
