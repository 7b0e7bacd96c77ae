/// A message in the hands of a worker.
public struct HeldMessage: Hashable, Sendable, Codable {
    /// Its number in this life of the daemon.
    public let sequence: UInt64
    /// The stream it came from.
    public let stream: String
    /// Its event id; empty if the server sends none.
    public let eventID: String
    /// Which attempt this is, from 1.
    public let attempt: Int
    /// How long the worker has had it.
    public let heldForMilliseconds: Double

    private enum CodingKeys: String, CodingKey {
        case sequence, stream, attempt
        case eventID = "event_id"
        case heldForMilliseconds = "held_for_milliseconds"
    }

    /// Makes one of its parts.
    public init(sequence: UInt64, stream: String, eventID: String, attempt: Int, heldForMilliseconds: Double) {
        self.sequence = sequence
        self.stream = stream
        self.eventID = eventID
        self.attempt = attempt
        self.heldForMilliseconds = heldForMilliseconds
    }
}
