public import ControlAPI

// What the API describes and this daemon cannot tell or do yet: it says so, rather than answer with nothing.
extension ApplicationControl {
    private var pending: ControlFailure {
        ControlFailure(.unavailable, "this version of ptrd cannot do that yet")
    }

    /// The streams, as in the status.
    public func streams() async -> Streams { Streams(streams: await status().streams) }
    /// Refused: ``ErrorCode/unavailable``.
    public func tree() async throws(ControlFailure) -> Tree { throw pending }
    /// Refused: ``ErrorCode/unavailable``.
    public func workers() async throws(ControlFailure) -> Workers { throw pending }
    /// Refused: ``ErrorCode/unavailable``.
    public func top() async throws(ControlFailure) -> Top { throw pending }
    /// Refused: ``ErrorCode/unavailable``.
    public func events(_ request: EventsRequest) async throws(ControlFailure) -> Events { throw pending }
    /// Refused: ``ErrorCode/unavailable``.
    public func follow(_ subscription: EventsSubscription) async throws(ControlFailure) -> AsyncStream<Event> {
        throw pending
    }
    /// Refused: ``ErrorCode/unavailable``.
    public func decisions(_ request: DecisionsRequest) async throws(ControlFailure) -> Decisions { throw pending }
    /// Refused: ``ErrorCode/unavailable``.
    public func crashes(_ request: CrashesRequest) async throws(ControlFailure) -> Crashes { throw pending }
    /// Refused: ``ErrorCode/unavailable``.
    public func crash(_ request: CrashDetailRequest) async throws(ControlFailure) -> Crash { throw pending }
    /// Refused: ``ErrorCode/unavailable``.
    public func tap(_ subscription: TapSubscription) async throws(ControlFailure) -> AsyncStream<TapItem> {
        throw pending
    }
    /// Refused: ``ErrorCode/unavailable``.
    public func metrics() async throws(ControlFailure) -> String { throw pending }
    /// Nothing: the server writes it to the log.
    public func note(_ audit: AuditRecord) async {}
}
