import ControlAPI
import ControlServer

extension FakePlane {
    private var pending: ControlFailure { ControlFailure(.unavailable, "not scripted") }

    func tree() async -> Tree {
        Tree(
            uptimeSeconds: 0,
            root: TreeNode(
                id: "application_supervisor", kind: .supervisor, state: .running, incarnation: 0, restarts: 0))
    }
    func streams() async -> Streams { Streams(streams: Self.status.streams) }
    func workers() async -> Workers { Workers(workers: []) }
    func top() async -> Top {
        Top(
            status: Self.status, supervisors: [], slowest: [],
            history: History(intervalSeconds: 1, inFlight: [], ratePerSecond: [], directSupervisors: []))
    }
    func events(_ request: EventsRequest) async -> Events { Events(events: [], next: 0, missed: 0) }
    func follow(_ subscription: EventsSubscription) async -> AsyncStream<Event> { AsyncStream { $0.finish() } }
    func decisions(_ request: DecisionsRequest) async -> Decisions { Decisions(mode: .auto, target: 0, decisions: []) }
    func crashes(_ request: CrashesRequest) async -> Crashes { Crashes(crashes: []) }
    func crash(_ request: CrashDetailRequest) async throws(ControlFailure) -> Crash { throw pending }
    func tap(_ subscription: TapSubscription) async -> AsyncStream<TapItem> { AsyncStream { $0.finish() } }
    func deadLetters(_ request: DeadLettersRequest) async throws(ControlFailure) -> DeadLetters { throw pending }
    func deadLetter(_ request: DeadLetterRequest) async throws(ControlFailure) -> DeadLetterDetail { throw pending }
    func logLevel() async -> LogLevelResponse { LogLevelResponse(level: "info", previous: "info") }
    func metrics() async -> String { "" }
    func pause(_ request: PauseRequest) async throws(ControlFailure) -> PauseResponse { throw pending }
    func resume(_ request: ResumeRequest) async throws(ControlFailure) -> PauseResponse { throw pending }
    func drain(_ request: DrainRequest) async throws(ControlFailure) -> DrainResponse { throw pending }
    func reload(_ request: ReloadRequest) async throws(ControlFailure) -> ReloadResponse { throw pending }
    func setLogLevel(_ request: LogLevelRequest) async throws(ControlFailure) -> LogLevelResponse { throw pending }
    func replay(_ request: ReplayRequest) async throws(ControlFailure) -> DeadLetterResponse { throw pending }
    func purge(_ request: PurgeRequest) async throws(ControlFailure) -> DeadLetterResponse { throw pending }
    func note(_ audit: AuditRecord) async {}
}
