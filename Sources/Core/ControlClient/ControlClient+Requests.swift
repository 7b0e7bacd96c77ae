public import ControlAPI

// The requests as functions. Each throws ``ControlClientError``; ``ControlClientError/refused(_:)`` if the daemon said
// no.

extension ControlClient {
    // MARK: Questions

    /// The live supervision tree.
    public func tree() async throws(ControlClientError) -> Tree {
        try await answer(to: TreeRequest())
    }

    /// The streams, in the order of the configuration.
    public func streams() async throws(ControlClientError) -> [Status.Stream] {
        try await answer(to: StreamsRequest()).streams
    }

    /// The workers, by direct supervisor and number.
    public func workers() async throws(ControlClientError) -> [Worker] {
        try await answer(to: WorkersRequest()).workers
    }

    /// Status, load and history of one moment.
    public func top() async throws(ControlClientError) -> Top {
        try await answer(to: TopRequest())
    }

    /// What happened of late, the oldest first.
    public func events(
        _ kinds: [Event.Kind] = [], limit: Int? = nil, after: UInt64? = nil
    ) async throws(ControlClientError) -> Events {
        try await answer(to: EventsRequest(kinds: kinds, limit: limit, after: after))
    }

    /// The last decisions of the autoscaler, the oldest first.
    public func decisions(limit: Int? = nil) async throws(ControlClientError) -> Decisions {
        try await answer(to: DecisionsRequest(limit: limit))
    }

    /// The last crashes, the oldest first.
    public func crashes(limit: Int? = nil) async throws(ControlClientError) -> [Crash] {
        try await answer(to: CrashesRequest(limit: limit)).crashes
    }

    /// A page of dead letters, the oldest first.
    public func deadLetters(_ request: DeadLettersRequest = .init()) async throws(ControlClientError) -> DeadLetters {
        try await answer(to: request)
    }

    /// After which event id a stream would go on if it had to begin anew.
    public func position(ofStream name: String) async throws(ControlClientError) -> StreamPosition {
        try await answer(to: StreamPositionRequest(stream: name))
    }

    // MARK: Commands

    /// Stops reading from one stream or from all of them; what was admitted is worked on.
    public func pause(
        _ stream: String? = nil, for duration: Duration? = nil
    ) async throws(ControlClientError)
        -> PauseResponse
    {
        try await answer(to: PauseRequest(stream: stream, forSeconds: duration.map { $0 / .seconds(1) }))
    }

    /// Reads again from one stream or from all that are paused.
    public func resume(_ stream: String? = nil) async throws(ControlClientError) -> PauseResponse {
        try await answer(to: ResumeRequest(stream: stream))
    }

    /// Stops reading from all streams. It is done when ``status()`` tells that nothing is in flight.
    public func drain() async throws(ControlClientError) -> DrainResponse {
        try await answer(to: DrainRequest())
    }

    /// Applies a changed configuration.
    public func reload() async throws(ControlClientError) -> ReloadResponse {
        try await answer(to: ReloadRequest())
    }

    /// Admits dead letters anew.
    public func replay(
        _ selection: DeadLetterSelection, dryRun: Bool = false
    ) async throws(ControlClientError)
        -> DeadLetterResponse
    {
        try await answer(to: ReplayRequest(selection: selection, dryRun: dryRun))
    }

    /// Deletes dead letters for good.
    public func purge(
        _ selection: DeadLetterSelection, dryRun: Bool = false
    ) async throws(ControlClientError)
        -> DeadLetterResponse
    {
        try await answer(to: PurgeRequest(selection: selection, dryRun: dryRun))
    }

    /// Sets the event id after which a stream goes on, and has it begin anew there.
    public func setPosition(
        ofStream name: String, to position: String
    ) async throws(ControlClientError)
        -> StreamPosition
    {
        try await answer(to: SetStreamPositionRequest(stream: name, position: position))
    }

    /// Forgets the event id after which a stream goes on, and has it begin anew without one.
    public func forgetPosition(ofStream name: String) async throws(ControlClientError) -> StreamPosition {
        try await answer(to: ForgetStreamPositionRequest(stream: name))
    }
}
