/// One method and path of the control API. Server and client both read them from here.
public struct ControlRoute: Hashable, Sendable {
    /// The HTTP method: `GET` for questions, `POST` for what changes something.
    public let method: String
    /// The path, beginning with the version of the API. `{id}` stands for a number in it.
    public let path: String

    private static func get(_ path: String) -> ControlRoute { ControlRoute(method: "GET", path: path) }
    private static func post(_ path: String) -> ControlRoute { ControlRoute(method: "POST", path: path) }

    // MARK: Questions

    /// One consistent snapshot of the daemon; answers ``Status``.
    public static let status = get("/v1/status")
    /// The live supervision tree; answers ``Tree``.
    public static let tree = get("/v1/tree")
    /// The streams; answers ``Streams``.
    public static let streams = get("/v1/streams")
    /// After which event id a stream goes on; answers ``StreamPosition``.
    public static let streamPosition = get("/v1/streams/position")
    /// The workers; answers ``Workers``.
    public static let workers = get("/v1/workers")
    /// What `ptrctl top` shows; answers ``Top``.
    public static let top = get("/v1/top")
    /// What happened of late; answers ``Events``.
    public static let events = get("/v1/events")
    /// What happens from now on, as an event stream of ``Event``.
    public static let eventStream = get("/v1/events/stream")
    /// The last decisions of the autoscaler; answers ``Decisions``.
    public static let decisions = get("/v1/scaling")
    /// The last crashes; answers ``Crashes``.
    public static let crashes = get("/v1/crashes")
    /// One crash; answers ``Crash``.
    public static let crashDetail = get("/v1/crashes/{id}")
    /// Live messages, sampled, as an event stream of ``TapRecord``, with ``TapSkipped`` in between.
    public static let tap = get("/v1/tap")
    /// A page of dead letters; answers ``DeadLetters``.
    public static let deadLetters = get("/v1/dead-letters")
    /// One dead letter with its data; answers ``DeadLetterDetail``.
    public static let deadLetter = get("/v1/dead-letters/{id}")
    /// How far a replay has come that went on after its answer; answers ``DeadLetterResponse``.
    public static let replayProgress = get("/v1/dead-letters/replays/{id}")
    /// How much is logged; answers ``LogLevelResponse``.
    public static let currentLogLevel = get("/v1/log-level")
    /// What the daemon lives by, without secrets; answers ``RunningConfiguration``.
    public static let configuration = get("/v1/configuration")
    /// The measures of the daemon in Prometheus's text format.
    public static let metrics = get("/v1/metrics")
    /// The description of this API in OpenAPI 3.1.
    public static let openAPI = get("/v1/openapi.json")

    // MARK: Commands

    /// Pins the number of direct supervisors, or hands it back to the autoscaler; takes ``ScaleRequest``, answers
    /// ``ScaleResponse``.
    public static let scale = post("/v1/scale")
    /// Crashes one part of the tree on purpose; takes ``CrashRequest``, answers ``CrashResponse``.
    public static let crash = post("/v1/crash")
    /// Stops reading; takes ``PauseRequest``, answers ``PauseResponse``.
    public static let pause = post("/v1/pause")
    /// Reads again; takes ``ResumeRequest``, answers ``PauseResponse``.
    public static let resume = post("/v1/resume")
    /// Stops reading and finishes what is held; takes ``DrainRequest``, answers ``DrainResponse``.
    public static let drain = post("/v1/drain")
    /// Applies a changed configuration; takes ``ReloadRequest``, answers ``ReloadResponse``.
    public static let reload = post("/v1/reload")
    /// Sets how much is logged; takes ``LogLevelRequest``, answers ``LogLevelResponse``.
    public static let logLevel = post("/v1/log-level")
    /// Admits dead letters anew; takes ``ReplayRequest``, answers ``DeadLetterResponse``.
    public static let replayDeadLetters = post("/v1/dead-letters/replay")
    /// Deletes dead letters; takes ``PurgeRequest``, answers ``DeadLetterResponse``.
    public static let purgeDeadLetters = post("/v1/dead-letters/purge")

    /// Sets the event id after which a stream goes on; takes ``SetStreamPositionRequest``, answers ``StreamPosition``.
    public static let setStreamPosition = post("/v1/streams/position")
    /// Forgets the event id after which a stream goes on; takes ``ForgetStreamPositionRequest``, answers
    /// ``StreamPosition``.
    public static let forgetStreamPosition = post("/v1/streams/forget")

    /// All routes of this version.
    public static let all: [ControlRoute] = [
        .status, .tree, .streams, .streamPosition, .workers, .top, .events, .eventStream, .decisions, .crashes,
        .crashDetail, .tap,
        .deadLetters, .deadLetter, .replayProgress, .currentLogLevel, .configuration, .metrics, .openAPI, .scale,
        .crash, .pause,
        .resume, .drain,
        .reload, .logLevel, .replayDeadLetters, .purgeDeadLetters, .setStreamPosition, .forgetStreamPosition,
    ]
}
