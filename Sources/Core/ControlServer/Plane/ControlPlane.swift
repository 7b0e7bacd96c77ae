public import ControlAPI
import Hummingbird

/// What the control API asks of the daemon. The server knows nothing else of it, so another front can be put before the
/// same plane.
///
/// Requests may come at the same time. One that is still being worked on when the server has stopped is cancelled.
public protocol ControlPlane: Sendable {
    // MARK: Questions

    /// One consistent snapshot.
    func status() async -> Status
    /// The live supervision tree.
    func tree() async throws(ControlFailure) -> Tree
    /// The streams.
    func streams() async -> Streams
    /// After which event id a stream goes on.
    func position(_ request: StreamPositionRequest) async throws(ControlFailure) -> StreamPosition
    /// The workers.
    func workers() async throws(ControlFailure) -> Workers
    /// What `ptrctl top` shows.
    func top() async throws(ControlFailure) -> Top
    /// What happened of late.
    func events(_ request: EventsRequest) async throws(ControlFailure) -> Events
    /// What happens from now on. The sequence ends when its task is cancelled, when the daemon stops, or when its reader is so
    /// slow that something had to be left out; the number of an event tells from where to go on.
    func follow(_ subscription: EventsSubscription) async throws(ControlFailure) -> AsyncStream<Event>
    /// The last decisions of the autoscaler.
    func decisions(_ request: DecisionsRequest) async throws(ControlFailure) -> Decisions
    /// The last crashes.
    func crashes(_ request: CrashesRequest) async throws(ControlFailure) -> Crashes
    /// One crash.
    func crash(_ request: CrashDetailRequest) async throws(ControlFailure) -> Crash
    /// Live messages. What the reader is too slow for is passed over and counted.
    func tap(_ subscription: TapSubscription) async throws(ControlFailure) -> AsyncStream<TapItem>
    /// A page of dead letters.
    func deadLetters(_ request: DeadLettersRequest) async throws(ControlFailure) -> DeadLetters
    /// One dead letter with its data.
    func deadLetter(_ request: DeadLetterRequest) async throws(ControlFailure) -> DeadLetterDetail
    /// How far a replay has come that went on after its answer.
    func progress(_ request: ReplayProgressRequest) async throws(ControlFailure) -> DeadLetterResponse
    /// How much is logged.
    func logLevel() async throws(ControlFailure) -> LogLevelResponse
    /// What the daemon lives by, without secrets.
    func configuration() async throws(ControlFailure) -> RunningConfiguration
    /// The measures in Prometheus's text format.
    func metrics() async throws(ControlFailure) -> String

    // MARK: Commands

    /// Pins the number of direct supervisors, or hands it back to the autoscaler.
    func scale(_ request: ScaleRequest) async throws(ControlFailure) -> ScaleResponse
    /// Crashes one part of the tree on purpose.
    func crash(_ request: CrashRequest) async throws(ControlFailure) -> CrashResponse
    /// Stops reading from one stream or from all.
    func pause(_ request: PauseRequest) async throws(ControlFailure) -> PauseResponse
    /// Reads again.
    func resume(_ request: ResumeRequest) async throws(ControlFailure) -> PauseResponse
    /// Stops reading and finishes what is held.
    func drain(_ request: DrainRequest) async throws(ControlFailure) -> DrainResponse
    /// Applies a changed configuration.
    func reload(_ request: ReloadRequest) async throws(ControlFailure) -> ReloadResponse
    /// Sets how much is logged.
    func setLogLevel(_ request: LogLevelRequest) async throws(ControlFailure) -> LogLevelResponse
    /// Sets the event id after which a stream goes on.
    func setPosition(_ request: SetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition
    /// Forgets the event id after which a stream goes on.
    func forgetPosition(_ request: ForgetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition
    /// Admits dead letters anew.
    func replay(_ request: ReplayRequest) async throws(ControlFailure) -> DeadLetterResponse
    /// Deletes dead letters.
    func purge(_ request: PurgeRequest) async throws(ControlFailure) -> DeadLetterResponse

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

// MARK: Where the answers are found

extension ControlRoutes {
    func addQuestions(to router: Router<ControlContext>) {
        question({ [plane] (_: StatusRequest) in await plane.status() }, on: router)
        question({ [plane] (_: TreeRequest) in try await plane.tree() }, on: router)
        question({ [plane] (_: StreamsRequest) in await plane.streams() }, on: router)
        question(plane.position, on: router)
        question({ [plane] (_: WorkersRequest) in try await plane.workers() }, on: router)
        question({ [plane] (_: TopRequest) in try await plane.top() }, on: router)
        question(plane.events, on: router)
        question(plane.decisions, on: router)
        question(plane.crashes, on: router)
        question(plane.crash, on: router)
        question(plane.deadLetters, on: router)
        question(plane.deadLetter, on: router)
        question(plane.progress, on: router)
        question({ [plane] (_: CurrentLogLevelRequest) in try await plane.logLevel() }, on: router)
        question({ [plane] (_: RunningConfigurationRequest) in try await plane.configuration() }, on: router)
        text(.metrics, type: MetricsListener.contentType, on: router) { [plane] in try await plane.metrics() }
        text(.openAPI, type: "application/json", on: router) { OpenAPI.document }
    }

    func addSubscriptions(to router: Router<ControlContext>) {
        subscription(plane.follow, on: router) { event in
            try ServerSentEvent("event", id: event.id, data: event)
        }
        subscription(plane.tap, on: router) { item in
            switch item {
            case .record(let record): try ServerSentEvent("message", data: record)
            case .skipped(let count): try ServerSentEvent("skipped", data: TapSkipped(skipped: count))
            }
        }
    }

    func addCommands(to router: Router<ControlContext>) {
        command(plane.scale, on: router)
        command(plane.crash, on: router)
        command(plane.pause, on: router)
        command(plane.resume, on: router)
        command(plane.drain, on: router)
        command(plane.reload, on: router)
        command(plane.setLogLevel, on: router)
        command(plane.setPosition, on: router)
        command(plane.forgetPosition, on: router)
        command(plane.replay, on: router)
        command(plane.purge, on: router)
    }
}
