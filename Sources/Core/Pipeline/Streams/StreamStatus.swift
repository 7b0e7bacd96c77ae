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
    }

    /// The name in the configuration.
    public var name: String
    /// Where it comes from, without secrets.
    public var location: String
    /// What it does at the moment.
    public var state: State = .connecting
    /// Events that were received and admitted, or wait for admission.
    public var events: UInt64 = 0
    /// Bytes that were received, framing included.
    public var bytes: UInt64 = 0
    /// Connections after the first.
    public var reconnects: UInt64 = 0
    /// How many times something may have been missed: reconnects on a feed that gives no ids.
    public var possibleGaps: UInt64 = 0
    /// Events that were larger than allowed and left out.
    public var skipped: UInt64 = 0
    /// The last event id that was admitted.
    public var lastEventID = ""
    /// Why it does not flow, in words.
    public var error: String?
    /// Until when it is paused, by the tree's clock; nil: it is not, or until somebody resumes it.
    var pausedUntil: Duration?
    /// For how long it is still paused, if that has an end.
    public var pausedFor: Duration?
    /// Whether a connection was ever open.
    var wasOpen = false
}
