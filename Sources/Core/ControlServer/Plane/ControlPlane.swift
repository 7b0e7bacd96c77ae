public import ControlAPI

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

/// Who asked for a change, and what came of it.
public struct AuditRecord: Sendable, Hashable {
    /// Who asked; nil if the kernel did not say.
    public var caller: Caller?
    /// What was asked for, in words, such as `scale to 5`. Untrusted parts are quoted.
    public var request: String
    /// Why it was refused; nil if it was carried out.
    public var refusal: ControlFailure?

    /// Makes a record.
    public init(caller: Caller?, request: String, refusal: ControlFailure? = nil) {
        self.caller = caller
        self.request = request
        self.refusal = refusal
    }
}

/// A process at the other end of a connection, as the kernel vouches for it (unix(7): SO_PEERCRED, SO_PEERGROUPS).
public struct Caller: Sendable, Hashable {
    /// Who gave the command that is being carried out, for a plane that keeps that with what it does; nil: nobody over a
    /// socket, or the kernel did not say.
    @TaskLocal public static var current: Caller?

    /// Its process id.
    public var pid: Int32
    /// Its user.
    public var uid: UInt32
    /// Its group.
    public var gid: UInt32
    /// Its supplementary groups.
    public var groups: [UInt32]

    /// The name of its user, where the system has one.
    public var name: String?

    /// For people: `alice (uid 1000, pid 4242)`.
    var words: String { named("uid \(uid), pid \(pid)") }
    /// The same with the group.
    var allWords: String { named("uid \(uid), gid \(gid), pid \(pid)") }

    private func named(_ numbers: String) -> String { name.map { "\($0) (\(numbers))" } ?? numbers }

    /// Makes a caller.
    public init(pid: Int32, uid: UInt32, gid: UInt32, groups: [UInt32] = [], name: String? = nil) {
        self.name = name
        self.pid = pid
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }
}
