public import Launching
public import Logging
public import Pipeline
public import Supervision
import Synchronization
import WorkerProtocol

/// Gives messages to programs: each worker is a process of its own, which may really crash.
public final class ExecHandler: Handler {
    let options: ExecOptions
    let launcher: Launcher
    let cgroups: CgroupTree?
    let runtime: SupervisionRuntime
    let wallTime: @Sendable (Duration) -> Int64
    let logger: Logger
    let leftovers: Leftovers
    private let groups = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - cgroups: where each worker gets a cgroup; nil: nowhere.
    ///   - runtime: that of the tree.
    ///   - wallTime: microseconds since 1970, of a time by the tree's clock.
    /// - Throws: when its threads cannot be started.
    public init(
        _ options: ExecOptions, cgroups: CgroupTree? = nil, runtime: SupervisionRuntime,
        wallTime: @escaping @Sendable (Duration) -> Int64, logger: Logger
    ) throws(LaunchError) {
        self.options = options
        self.cgroups = cgroups
        self.runtime = runtime
        self.wallTime = wallTime
        self.logger = logger
        launcher = try Launcher()
        leftovers = Leftovers(logger)
    }

    /// What a process wants to have in hand.
    public var demand: Demand { options.demand }

    /// Both steps of a stop, and a moment for the kill.
    public var stopGrace: Duration { options.stopGrace * 2 + .milliseconds(500) }

    /// A worker that starts a process.
    public func makeBody(of worker: WorkerHandle) -> any WorkerBody {
        switch options.mode {
        case .resident: ResidentBody(self, worker)
        case .oneshot: OneshotBody(self, worker)
        }
    }

    /// Makes a cgroup for a process: of its own, for one that is recycled ends beside its successor. Nil: there are none.
    func makeGroup(of worker: String) throws -> Cgroup? {
        let number = groups.add(1, ordering: .relaxed).newValue
        return try cgroups?.makeGroup(named: "\(worker).\(number)", memoryMax: options.memoryMax)
    }

    /// Ends all processes at once, and waits until they are gone, so long at most.
    ///
    /// - Returns: whether all are.
    @discardableResult
    public func close(within limit: Duration) async -> Bool { await launcher.close(within: limit) }

    /// What a frame tells of a message.
    func frameMessage(_ entry: Hand.Entry) -> FrameMessage {
        FrameMessage(entry.message, attempt: entry.attempt, wallTime: wallTime)
    }

    /// Waits for so long, by the tree's clock.
    func sleep(_ duration: Duration) async throws { try await runtime.sleep(until: runtime.now + duration) }
}

/// A worker's process ended over what it had in hand, which pays for it.
struct ProcessCrashed: Error, CustomStringConvertible {
    let description: String
}

extension WorkerOutcome {
    /// The same, as the ledger knows it.
    var outcome: Outcome {
        switch self {
        case .done: .done
        case .failed(let reason, let after): .failed(reason, after: after)
        case .rejected(let reason): .rejected(reason)
        case .unavailable(let reason, let after): .unavailable(reason, after: after)
        }
    }
}
