public import ControlAPI

/// What the control API asks of the daemon: the answers that docs/openapi.json declares, and beside them what goes on. The server
/// knows nothing else of it, so another front can be put before the same plane.
///
/// Requests may come at the same time. One that is still being worked on when the server has stopped is cancelled.
public protocol ControlPlane: ControlAnswers {
    /// What happens from now on. The sequence ends when its task is cancelled, when the daemon stops, or when its reader is so
    /// slow that something had to be left out; the number of an event tells from where to go on.
    func follow(_ subscription: EventsSubscription) async throws(ControlFailure) -> AsyncStream<Event>
    /// Live messages. What the reader is too slow for is passed over and counted.
    func tap(_ subscription: TapSubscription) async throws(ControlFailure) -> AsyncStream<TapItem>
    /// Notes that somebody changed something, or was refused to: the audit trail, which appears among the events.
    func note(_ audit: AuditRecord) async
}

/// What a tap brings.
public enum TapItem: Sendable, Hashable {
    /// A message.
    case record(TapRecord)
    /// So many were passed over since the last one.
    case skipped(UInt64)
}
