// swift-format-ignore-file
// Made of docs/openapi.json by scripts/openapi.

public import ControlAPI
import Hummingbird

/// What the control API asks of a daemon, but for the event streams.
public protocol ControlAnswers: Sendable {
    /// One consistent snapshot.
    func status() async throws(ControlFailure) -> Status
    /// The live supervision tree.
    func tree() async throws(ControlFailure) -> Tree
    /// The streams.
    func streams() async throws(ControlFailure) -> Streams
    /// After which event id a stream would go on if it had to begin anew.
    func position(_ request: StreamPositionRequest) async throws(ControlFailure) -> StreamPosition
    /// Whether the broker has what a source needs, and what makes it right. Asks the broker.
    func checkSource(_ request: SourceCheckRequest) async throws(ControlFailure) -> SourceCheck
    /// The workers, and what each has in hand.
    func workers() async throws(ControlFailure) -> Workers
    /// What `ptrctl top` shows.
    func top() async throws(ControlFailure) -> Top
    /// What each ptrd of the broker of `[nats]` says of itself, and who of them is silent. Takes half a second.
    func whole(_ request: WholeRequest) async throws(ControlFailure) -> Whole
    /// What happened of late.
    func events(_ request: EventsRequest) async throws(ControlFailure) -> Events
    /// The last decisions of the autoscaler.
    func decisions(_ request: DecisionsRequest) async throws(ControlFailure) -> Decisions
    /// The last crashes.
    func crashes(_ request: CrashesRequest) async throws(ControlFailure) -> Crashes
    /// One crash.
    func crash(_ request: CrashDetailRequest) async throws(ControlFailure) -> Crash
    /// A page of dead letters.
    func deadLetters(_ request: DeadLettersRequest) async throws(ControlFailure) -> DeadLetters
    /// One dead letter with its data.
    func deadLetter(_ request: DeadLetterRequest) async throws(ControlFailure) -> DeadLetterDetail
    /// How far a replay has come that went on after its answer.
    func progress(_ request: ReplayProgressRequest) async throws(ControlFailure) -> DeadLetterResponse
    /// What the daemon lives by, without secrets.
    func configuration() async throws(ControlFailure) -> RunningConfiguration
    /// How much is logged.
    func logLevel() async throws(ControlFailure) -> LogLevelResponse
    /// The measures, in Prometheus's text format.
    func metrics() async throws(ControlFailure) -> String
    /// Sets the event id after which a stream goes on, and has it begin anew there.
    func setPosition(_ request: SetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition
    /// Forgets the event id after which a stream goes on, and has it begin anew without one.
    func forgetPosition(_ request: ForgetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition
    /// Gives a stream that several daemons share up to another one.
    func handOver(_ request: HandOverStreamRequest) async throws(ControlFailure) -> HandOverResponse
    /// Admits dead letters anew.
    func replay(_ request: ReplayRequest) async throws(ControlFailure) -> DeadLetterResponse
    /// Deletes dead letters for good.
    func purge(_ request: PurgeRequest) async throws(ControlFailure) -> DeadLetterResponse
    /// Sets how much is logged.
    func setLogLevel(_ request: LogLevelRequest) async throws(ControlFailure) -> LogLevelResponse
    /// Pins the number of direct supervisors, or hands it back to the autoscaler.
    func scale(_ request: ScaleRequest) async throws(ControlFailure) -> ScaleResponse
    /// Crashes one part of the tree on purpose, or sends the process of a worker a signal, where `[control] fault_injection` allows it.
    func crash(_ request: CrashRequest) async throws(ControlFailure) -> CrashResponse
    /// Stops reading from one stream or from all.
    func pause(_ request: PauseRequest) async throws(ControlFailure) -> PauseResponse
    /// Reads again from one stream or from all.
    func resume(_ request: ResumeRequest) async throws(ControlFailure) -> PauseResponse
    /// Stops reading and finishes what is held.
    func drain(_ request: DrainRequest) async throws(ControlFailure) -> DrainResponse
    /// Applies a changed configuration.
    func reload(_ request: ReloadRequest) async throws(ControlFailure) -> ReloadResponse
}

extension ControlRoutes {
    func addQuestions(of answers: any ControlAnswers, to router: Router<ControlContext>) {
        question({ (_: StatusRequest) in try await answers.status() }, on: router)
        question({ (_: TreeRequest) in try await answers.tree() }, on: router)
        question({ (_: StreamsRequest) in try await answers.streams() }, on: router)
        question(answers.position, on: router)
        question(answers.checkSource, on: router)
        question({ (_: WorkersRequest) in try await answers.workers() }, on: router)
        question({ (_: TopRequest) in try await answers.top() }, on: router)
        question(answers.whole, on: router)
        question(answers.events, on: router)
        question(answers.decisions, on: router)
        question(answers.crashes, on: router)
        question(answers.crash, on: router)
        question(answers.deadLetters, on: router)
        question(answers.deadLetter, on: router)
        question(answers.progress, on: router)
        question({ (_: RunningConfigurationRequest) in try await answers.configuration() }, on: router)
        question({ (_: CurrentLogLevelRequest) in try await answers.logLevel() }, on: router)
        text(.metrics, type: MetricsListener.contentType, on: router, answer: answers.metrics)
    }

    func addCommands(of answers: any ControlAnswers, to router: Router<ControlContext>) {
        command(answers.setPosition, on: router)
        command(answers.forgetPosition, on: router)
        command(answers.handOver, on: router)
        command(answers.replay, on: router)
        command(answers.purge, on: router)
        command(answers.setLogLevel, on: router)
        command(answers.scale, on: router)
        command(answers.crash, on: router)
        command(answers.pause, on: router)
        command(answers.resume, on: router)
        command(answers.drain, on: router)
        command(answers.reload, on: router)
    }
}
