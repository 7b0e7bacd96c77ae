/// What is known of a stream from outside.
public struct StreamStatus: Sendable, Hashable {
    /// What a stream does.
    public enum State: String, Sendable, Hashable, CaseIterable {
        case connecting
        case open
        /// Backing off before the next connection.
        case waiting
        case paused
        /// The server told us to stop.
        case failed
        /// The event came that ends it. All is well, and it is not asked for again.
        case finished
        /// Another daemon reads it.
        case standby
    }

    /// The name in the configuration.
    public var name: String
    /// Where it comes from, without secrets.
    public var location: String
    /// What it does at the moment.
    public var state: State = .connecting
    /// When it came to be open, or down, in the time since the tree began as the world counts it. A pause changes nothing about it.
    public var since = Duration.zero
    /// Since when it should be open and is not, like ``since``.
    var overdueSince = Duration.zero
    /// How often it was tried to connect since it has been down; 0 while it is open.
    public var attempts = 0
    /// When the next try follows, by the tree's clock, while it waits for it.
    public var nextAttemptAt: Duration?
    /// Events that were received and admitted, or wait for admission.
    public var events: UInt64 = 0
    /// Bytes that were received, framing included; of what came compressed, what it was decoded to.
    public var bytes: UInt64 = 0
    /// The bytes that came for what was compressed.
    public var compressedBytes: UInt64 = 0
    /// Connections after the first.
    public var reconnects: UInt64 = 0
    /// How many times something may have been missed: reconnects on a feed that gives no ids.
    public var possibleGaps: UInt64 = 0
    /// Events that were larger than allowed and left out.
    public var skipped: UInt64 = 0
    /// The last event id that was admitted.
    public var lastEventID = ""
    /// The position: the id after which a restart would go on; nil: there is none.
    public var position: String?
    /// Events that came again and were recognised: they were not admitted.
    public var repeated: UInt64 = 0
    /// Messages that its filter did not let pass. They count as events, too.
    public var filtered: UInt64 = 0
    /// How many times the server would not go on from a position, and another one, or none, had to do.
    public var refusedPositions: UInt64 = 0
    /// Why it does not flow, in words.
    public var error: String?
    /// Whether it is not connected, and is not finished. It may be paused besides.
    public internal(set) var isDown = true
    /// Since when the present state lasts, in microseconds since 1970.
    public var sinceTime: Int64?
    /// For how long it has been down; nil while it is open.
    public var downFor: Duration?
    /// After what time it is tried again.
    public var nextAttemptIn: Duration?
    /// For how long it should have been open again: its server, if that has ended it in good order, is granted the wait before the
    /// next try. Nil while it is open.
    public var overdueFor: Duration?
    /// Whether the server answers, and refuses it in a way that somebody has to do something about: a wrong URL, a page in
    /// place of the stream. It is tried again all the same.
    public var isRefused = false
    /// Whether one that has failed goes on by itself as soon as it is mended.
    public internal(set) var isMendable = false
    /// What its broker says; nil: it has none, or has said nothing yet.
    public var broker: BrokerStatus?
    /// Until when it is paused, by the tree's clock; nil: it is not, or until somebody resumes it.
    var pausedUntil: Duration?
    /// For how long it is still paused, if that has an end.
    public var pausedFor: Duration?
    /// Whether a connection was ever open.
    var wasOpen = false
}

extension StreamStatus {
    /// A connection is being made.
    package mutating func connecting(at now: Duration) {
        let isNew = attempts == 0 && nextAttemptAt == nil
        if state == .open || isNew { wentDown(at: now) }
        state = .connecting
        attempts += 1
        nextAttemptAt = nil
    }

    /// A connection is open.
    package mutating func opened(at now: Duration) {
        state = .open
        error = nil
        isRefused = false
        isMendable = false
        since = now
        attempts = 0
        nextAttemptAt = nil
    }

    /// The connection is lost, or could not be made, and the next try follows after `delay`.
    ///
    /// - Parameter inOrder: the server has ended it, in good order. It is granted the wait then; and where it has asked for a long
    ///   one, also when the connection was cut.
    package mutating func waiting(
        for delay: Duration, because reason: String, isRefused: Bool = false, inOrder: Bool = false, at now: Duration
    ) {
        if state == .open, inOrder || delay > Self.longestOwnWait {
            wentDown(at: now)
            overdueSince = now + delay
        } else if state == .open {
            wentDown(at: now)
        }
        state = .waiting
        error = reason
        isMendable = false
        self.isRefused = isRefused
        nextAttemptAt = now + delay
    }

    /// Longer than that one waits after a connection that was open only where the server, or the configuration, wants it.
    private static let longestOwnWait = Duration.seconds(10)

    /// It is over for good.
    package mutating func failed(because reason: String, at now: Duration) {
        if state == .open { wentDown(at: now) }
        state = .failed
        error = reason
        isRefused = false
        isMendable = false
        nextAttemptAt = nil
    }

    /// The event came that ends it.
    package mutating func finished(at now: Duration) {
        state = .finished
        error = nil
        isRefused = false
        since = now
        attempts = 0
        nextAttemptAt = nil
    }

    /// Another daemon reads it: it is not asked for.
    package mutating func standsBy(at now: Duration) {
        guard state != .standby else { return }
        state = .standby
        error = nil
        isRefused = false
        since = now
        attempts = 0
        nextAttemptAt = nil
    }

    /// A receiver begins anew, by an operator's wish. Since when it is down, and how often that was tried, stays; one that was open
    /// or finished is down from now on.
    package mutating func renew(at now: Duration) {
        if [.open, .finished, .standby].contains(state) { wentDown(at: now) }
        isRefused = false
        isMendable = false
        state = .connecting
        error = nil
    }

    private mutating func wentDown(at now: Duration) {
        since = now
        overdueSince = now
        attempts = 0
    }
}
