import Synchronization

/// A supervisor as Erlang/OTP defines it: it starts its children in order, restarts them when they end, gives up when
/// they end too often, and stops them in reverse order.
///
/// A child is an async function in an unstructured task of its own that reports its exit to the supervisor's mailbox: a
/// task group would have to wait for a child that hangs. A child is asked to stop by cancelling its task; one that does
/// not go within its shutdown budget is abandoned and reported, because no Swift task can be killed.
///
///     let supervisor = Supervisor("tree", children: [
///         ChildSpecification(id: "greeter") { _ in try await greet() }
///     ])
///     let ending = await supervisor.run()
///
/// ``run(_:)`` is the supervisor: it returns when the supervisor has ended. Everything else may be called from anywhere
/// while it runs.
public final class Supervisor: Sendable {
    /// What it is called in events, and in the reasons for which it ended.
    public let name: String
    let options: Options
    let children: [ChildSpecification]
    let runtime: SupervisionRuntime
    let observer: @Sendable (SupervisionEvent) -> Void
    let mailbox = Mailbox<Message>()
    let stopping = StopRequest()

    /// What a supervisor does with the others when one child ends, and when it gives up.
    public struct Options: Sendable {
        /// Which children are started again when one is.
        public var strategy: Strategy
        /// How many restarts it bears before it gives up.
        public var budget: RestartBudget
        /// Whether it ends when its significant children have.
        public var autoShutdown: AutoShutdown
        /// How its children are stopped. Reverse is OTP's way.
        public var stopOrder: StopOrder

        /// Defaults as in OTP: one_for_one, 1 restart in 5 s, auto_shutdown never.
        public init(
            strategy: Strategy = .oneForOne, budget: RestartBudget = RestartBudget(),
            autoShutdown: AutoShutdown = .never,
            stopOrder: StopOrder = .reverse
        ) {
            self.strategy = strategy
            self.budget = budget
            self.autoShutdown = autoShutdown
            self.stopOrder = stopOrder
        }
    }

    /// Which children are started again when one is.
    public enum Strategy: Sendable, Hashable, CaseIterable {
        /// Only the one that ended.
        case oneForOne
        /// All: the others are stopped first.
        case oneForAll
        /// The one that ended and those started after it.
        case restForOne
    }

    /// Whether the end of significant children ends the supervisor.
    public enum AutoShutdown: Sendable, Hashable, CaseIterable {
        case never
        case anySignificant
        case allSignificant
    }

    /// How the children are stopped when the supervisor stops.
    public enum StopOrder: Sendable, Hashable {
        /// One after another, the last started first, each with a budget of its own: for children that depend on each
        /// other.
        case reverse
        /// All at once: for children that are alike.
        case parallel
    }

    /// How a supervisor ended.
    public enum Ending: Sendable {
        /// It was asked to stop.
        case stopped
        /// Its restart budget was spent; the last child to end, and why.
        case gaveUp(ChildID, ExitReason)
        /// A child could not be started at first; or what was to be started is not valid (``InvalidSpecification``),
        /// and nothing was. The identifier is the supervisor's own name when its options are at fault.
        case startFailed(ChildID, ExitReason)
        /// Its significant children had ended.
        case autoShutdown(ChildID)
    }

    /// Makes a supervisor. Nothing runs before ``run(_:)``.
    ///
    /// - Parameter observer: sees every event, in order; it is called on the supervisor's task and must not block.
    public init(
        _ name: String, options: Options = Options(), children: [ChildSpecification] = [],
        runtime: SupervisionRuntime = SupervisionRuntime(),
        observer: @escaping @Sendable (SupervisionEvent) -> Void = { _ in }
    ) {
        self.name = name
        self.options = options
        self.children = children
        self.runtime = runtime
        self.observer = observer
    }

    /// Runs the supervisor until it ends. Cancelling the task asks it to stop. To be called once.
    ///
    /// - Parameter context: given when the supervisor is itself a child; it is told when all children have started.
    public func run(_ context: ChildContext? = nil) async -> Ending {
        await withTaskCancellationHandler {
            var loop = SupervisorLoop(self)
            return await loop.run(context)
        } onCancel: {
            stop()
        }
    }

    /// Runs the supervisor as the child of another: what is not a stop becomes an error, or a `shutdown` when it gave
    /// up (OTP).
    public func runAsChild(_ context: ChildContext) async throws {
        switch await run(context) {
        case .stopped: break
        case .gaveUp(let child, let reason):
            throw Shutdown(because: "\(name) gave up: \(child) ended too often, the last time with: \(reason)")
        case .startFailed(let child, let reason):
            throw SupervisorError.startFailed(child, reason)
        case .autoShutdown(let child):
            throw Shutdown(because: "\(name) ended with its significant child \(child)")
        }
    }

    /// Asks the supervisor to stop; ``run(_:)`` returns when its children have stopped. Safe to call at any time, and
    /// again.
    public func stop() {
        stopping.request()
        mailbox.send(.stop)
    }

    /// Adds a child and starts it. Returns its incarnation.
    ///
    /// Throws `alreadyStarted` or `alreadyPresent` for an id that is taken, `startFailed` when it does not start,
    /// `invalid` when it could not.
    @discardableResult
    public func startChild(_ specification: ChildSpecification) async throws(SupervisorError) -> UInt64 {
        try await call { .startChild(specification, $0) }
    }

    /// Stops a child and keeps its specification (a temporary child's goes). Stopping a stopped child is fine.
    public func terminateChild(_ id: ChildID) async throws(SupervisorError) {
        try await call { .terminateChild(id, $0) }
    }

    /// Starts a stopped child again. Returns its incarnation.
    @discardableResult
    public func restartChild(_ id: ChildID) async throws(SupervisorError) -> UInt64 {
        try await call { .restartChild(id, $0) }
    }

    /// Removes the specification of a stopped child.
    public func deleteChild(_ id: ChildID) async throws(SupervisorError) {
        try await call { .deleteChild(id, $0) }
    }

    /// Makes a running child end as if it had crashed with `error` (Erlang's `exit/2`): it is cancelled, abandoned when
    /// it does not go within its shutdown budget, and then treated as any child that ended with an error.
    ///
    /// - Parameter incarnation: when given, only that incarnation is meant.
    /// - Returns: the incarnation that was told to go.
    @discardableResult
    public func exit(
        _ id: ChildID, incarnation: UInt64? = nil, with error: any Error
    ) async throws(SupervisorError) -> UInt64 {
        try await call { .exit(id, incarnation, error, $0) }
    }

    /// The children in the order in which they were started.
    public func whichChildren() async throws(SupervisorError) -> [ChildInfo] {
        try await call { .whichChildren($0) }
    }

    /// How many children there are, by OTP's `count_children`.
    public func countChildren() async throws(SupervisorError) -> ChildCounts {
        ChildCounts(try await whichChildren())
    }

    private func call<Answer: Sendable>(
        _ message: (Reply<Answer>) -> Message
    ) async throws(SupervisorError) -> Answer {
        let result = await withCheckedContinuation { (continuation: Reply<Answer>) in
            if !mailbox.send(message(continuation)) { continuation.resume(returning: .failure(.notRunning)) }
        }
        return try result.get()
    }
}

/// What a supervisor says of one child.
public struct ChildInfo: Sendable, Hashable {
    /// What a child does: `restarting` is between two attempts to start it again.
    public enum State: String, Sendable, Hashable {
        case running
        case restarting
        case stopped
    }

    /// Its name among its siblings.
    public var id: ChildID
    /// What it does at the moment.
    public var state: State
    /// Whether it does work or supervises.
    public var kind: ChildKind
    /// The current incarnation, or the last one of a child that does not run; 0 when it never ran.
    public var incarnation: UInt64
    /// How many times it was restarted.
    public var restarts: Int
}

/// OTP's `count_children`.
public struct ChildCounts: Sendable, Hashable {
    /// Specifications, of running children or not.
    public var specs: Int
    /// Running children.
    public var active: Int
    /// Specifications of supervisors.
    public var supervisors: Int
    /// Specifications of workers.
    public var workers: Int

    /// Counts children as ``Supervisor/whichChildren()`` gives them.
    public init(_ children: [ChildInfo]) {
        specs = children.count
        active = children.count { $0.state == .running }
        supervisors = children.count { $0.kind == .supervisor }
        workers = children.count { $0.kind == .worker }
    }
}

/// Why a supervisor could not do what it was asked to.
public enum SupervisorError: Error, Sendable, CustomStringConvertible {
    case notRunning
    case notFound(ChildID)
    /// A child of that id runs.
    case alreadyStarted(ChildID)
    /// A child of that id is stopped or about to be restarted.
    case alreadyPresent(ChildID)
    /// The child runs; it must be stopped first.
    case running(ChildID)
    /// The child is about to be restarted.
    case restarting(ChildID)
    case startFailed(ChildID, ExitReason)
    case invalid(InvalidSpecification)

    /// In words, for people.
    public var description: String {
        switch self {
        case .notRunning: "the supervisor does not run"
        case .notFound(let id): "there is no child \(id)"
        case .alreadyStarted(let id): "\(id) is already started"
        case .alreadyPresent(let id): "\(id) is already present, but does not run: restart or delete it"
        case .running(let id): "\(id) runs: terminate it first"
        case .restarting(let id): "\(id) is being restarted"
        case .startFailed(let id, let reason): "\(id) did not start: \(reason)"
        case .invalid(let invalid): "\(invalid)"
        }
    }
}
