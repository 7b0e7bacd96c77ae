public import ControlAPI

// What the tree cannot tell or do yet.
extension ApplicationControl {
    private var pending: ControlFailure { ControlFailure(.unavailable, "this daemon cannot do that yet") }

    public func deadLetters(_ request: DeadLettersRequest) async throws(ControlFailure) -> DeadLetters { throw pending }
    public func deadLetter(_ request: DeadLetterRequest) async throws(ControlFailure) -> DeadLetterDetail {
        throw pending
    }
    public func logLevel() async -> LogLevelResponse { LogLevelResponse(level: "info", previous: "info") }
    public func pause(_ request: PauseRequest) async throws(ControlFailure) -> PauseResponse { throw pending }
    public func resume(_ request: ResumeRequest) async throws(ControlFailure) -> PauseResponse { throw pending }
    public func drain(_ request: DrainRequest) async throws(ControlFailure) -> DrainResponse { throw pending }
    public func reload(_ request: ReloadRequest) async throws(ControlFailure) -> ReloadResponse { throw pending }
    public func setLogLevel(_ request: LogLevelRequest) async throws(ControlFailure) -> LogLevelResponse {
        throw pending
    }
    public func replay(_ request: ReplayRequest) async throws(ControlFailure) -> DeadLetterResponse { throw pending }
    public func purge(_ request: PurgeRequest) async throws(ControlFailure) -> DeadLetterResponse { throw pending }
}
