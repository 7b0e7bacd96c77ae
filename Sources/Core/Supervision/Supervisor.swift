import Locking

/// A supervisor as Erlang/OTP defines it: it starts its children in order, restarts them when they end, gives up when
/// they end too often, and stops them in reverse order.
///
/// A child is an async function, described by a ``ChildSpecification``. It ends *normally* when it returns, with `shutdown`
/// when it ends because it was asked to, and with an *error* when it throws: that is a crash. Cancellation of its task
/// is the request to stop. It runs in an unstructured task of its own that reports its end to the supervisor's mailbox:
/// a task group would have to wait for a child that hangs. One that does not go within its shutdown budget is abandoned
/// and reported, because no Swift task can be killed; a tree bears ``SupervisionRuntime/abandonmentLimit`` of them.
///
/// ``run(_:)`` is the supervisor: it returns when the supervisor has ended. Everything else may be called from anywhere
/// while it runs, and what is called before is answered then.
///
/// Of children that are alike, such as sessions, a ``DynamicSupervisor`` has any number.
///
/// A supervisor is a child like any other: its function is ``runAsChild(_:)``, its kind ``ChildKind/supervisor``. It is
/// made in that function, so that each incarnation has a new one. At the top, ``SupervisorService`` makes a supervisor a
/// service of swift-service-lifecycle. Examples are in the library's README.
public final class Supervisor: Sendable {
    /// What it is called in events, and in the reasons for which it ended.
    public let name: String
    /// Gives what it is to be; nil: it declines to start.
    let plan: @Sendable () async throws -> SupervisorPlan?
    let runtime: SupervisionRuntime
    let observer: @Sendable (SupervisionEvent) -> Void
    let mailbox = Mailbox()
    let stopping = StopRequest()
    private let hasRun = Locked(false)

    // MARK: The life of a supervisor

    /// Makes a supervisor. Nothing runs before ``run(_:)``.
    ///
    /// - Parameters:
    ///   - runtime: the time and the executor of the tree; to be the same for all its supervisors.
    ///   - observer: sees every event, in order; it is called on the supervisor's task and must not block. Only the end
    ///     of an abandoned child that outlives the supervisor is reported by that child's task.
    public convenience init(
        _ name: String, options: Options = Options(), children: [ChildSpecification] = [],
        runtime: SupervisionRuntime = SupervisionRuntime(),
        observer: @escaping @Sendable (SupervisionEvent) -> Void = { _ in }
    ) {
        self.init(name, runtime, observer) { SupervisorPlan(options: options, children: children) }
    }

    /// Makes a supervisor that decides when it starts what it is to be: OTP's `init/1`. Runtime and observer are as in
    /// ``init(_:options:children:runtime:observer:)``.
    ///
    /// - Parameter initialize: called once, when the supervisor runs, on its task. Nil: it declines to start
    ///   (``Ending/declined``); what it throws ends the start (``Ending/startFailed(_:_:)``). A request to stop cannot
    ///   end it: it must come to an end by itself.
    public convenience init(
        _ name: String, runtime: SupervisionRuntime = SupervisionRuntime(),
        observer: @escaping @Sendable (SupervisionEvent) -> Void = { _ in },
        initialize: @escaping @Sendable () async throws -> (options: Options, children: [ChildSpecification])?
    ) {
        self.init(name, runtime, observer) {
            try await initialize().map { SupervisorPlan(options: $0.options, children: $0.children) }
        }
    }

    init(
        _ name: String, _ runtime: SupervisionRuntime, _ observer: @escaping @Sendable (SupervisionEvent) -> Void,
        plan: @escaping @Sendable () async throws -> SupervisorPlan?
    ) {
        self.name = name
        self.plan = plan
        self.runtime = runtime
        self.observer = observer
    }

    /// Runs the supervisor until it ends. Cancelling the task asks it to stop. A supervisor lives once: a second call
    /// returns ``Ending/alreadyRan`` at once, and does nothing.
    ///
    /// - Parameter context: given when the supervisor is itself a child; it is told when all children have started.
    public func run(_ context: ChildContext? = nil) async -> Ending {
        let isFirst = hasRun.withLock { hasRun in
            defer { hasRun = true }
            return !hasRun
        }
        guard isFirst else { return .alreadyRan }
        return await withTaskCancellationHandler {
            await SupervisorLoop.run(self, context)
        } onCancel: {
            stop()
        }
    }

    /// Runs the supervisor as the child of another: what is not a stop becomes an error, or a `shutdown` when it gave
    /// up (OTP).
    public func runAsChild(_ context: ChildContext) async throws {
        try await run(context).asChild(named: name)
    }

    /// Asks the supervisor to stop; ``run(_:)`` returns when its children have stopped. Safe to call at any time, and
    /// again.
    public func stop() {
        stopping.request()
        mailbox.send(.stop)
    }

    // MARK: Administration

    /// Adds a child and starts it. Returns its incarnation; 0 when it declined to start.
    ///
    /// Throws `alreadyStarted` or `alreadyPresent` for an id that is taken, `startFailed` when it does not start,
    /// `invalid` when it could not.
    @discardableResult
    public func startChild(_ specification: ChildSpecification) async throws(SupervisorError) -> UInt64 {
        try await call { loop throws(SupervisorError) in try await loop.startChild(specification) }.incarnation
    }

    /// Adds a child, starts it, and returns what it told of itself (``ChildContext/ready(_:)``) beside its incarnation.
    ///
    /// - Parameter information: the type of what it tells; nil is returned when it told nothing, or something else.
    public func startChild<Information: Sendable>(
        _ specification: ChildSpecification, returning information: Information.Type
    ) async throws(SupervisorError) -> (incarnation: UInt64, information: Information?) {
        let started = try await call { loop throws(SupervisorError) in try await loop.startChild(specification) }
        return (started.incarnation, started.information as? Information)
    }

    /// Stops a child and keeps its specification (a temporary child's goes). Stopping a stopped child is fine.
    public func terminateChild(_ id: ChildID) async throws(SupervisorError) {
        try await call { loop throws(SupervisorError) in try await loop.terminateChild(id) }
    }

    /// Starts a stopped child again. Returns its incarnation; 0 when it declined to start.
    @discardableResult
    public func restartChild(_ id: ChildID) async throws(SupervisorError) -> UInt64 {
        try await call { loop throws(SupervisorError) in try await loop.restartChild(id) }.incarnation
    }

    /// Starts a stopped child again, and returns what it told of itself beside its incarnation; see
    /// ``startChild(_:returning:)``.
    public func restartChild<Information: Sendable>(
        _ id: ChildID, returning information: Information.Type
    ) async throws(SupervisorError) -> (incarnation: UInt64, information: Information?) {
        let started = try await call { loop throws(SupervisorError) in try await loop.restartChild(id) }
        return (started.incarnation, started.information as? Information)
    }

    /// Removes the specification of a stopped child.
    public func deleteChild(_ id: ChildID) async throws(SupervisorError) {
        try await call { loop throws(SupervisorError) in try loop.deleteChild(id) }
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
        try await call { loop throws(SupervisorError) in try loop.exit(id, incarnation, error) }
    }

    /// The children in the order in which they were started.
    public func whichChildren() async throws(SupervisorError) -> [ChildInfo] {
        try await call { $0.whichChildren() }
    }

    /// The children in the order in which they were started, with what the supervisor lives by, all of one moment.
    public func snapshot() async throws(SupervisorError) -> SupervisorSnapshot {
        try await call { $0.look() }
    }

    /// How many children there are, by OTP's `count_children`. The cost does not depend on their number.
    public func countChildren() async throws(SupervisorError) -> ChildCounts {
        try await call { $0.countChildren() }
    }

    /// Replaces the options and the specifications of the children, as OTP does when code changes.
    ///
    /// Nothing is started or stopped by it: a child that runs goes on, and lives by its new specification from its next
    /// start; one that is new is there, stopped; one that is not in the list any more keeps its specification, before
    /// the others in the start order. Restarts that were counted still count.
    ///
    /// Throws `invalid` when the options or a specification are not valid; all is then as it was.
    public func reload(options: Options, children: [ChildSpecification]) async throws(SupervisorError) {
        try await call { loop throws(SupervisorError) in
            try loop.reload(SupervisorPlan(options: options, children: children))
        }
    }

    // MARK: Within

    func reportEndOfAbandoned(_ id: ChildID, _ incarnation: UInt64) {
        observer(
            SupervisionEvent(
                supervisor: name, child: id, incarnation: incarnation,
                kind: .abandonedEnded(stillRunning: runtime.abandonedChildren)))
    }

    /// Has the supervisor do something between two messages, and waits for what it answers.
    func call<Answer: Sendable>(
        _ request: @escaping @Sendable (SupervisorLoop) async throws(SupervisorError) -> Answer
    ) async throws(SupervisorError) -> Answer {
        try await send(request).value.get()
    }

    /// Puts a request into the mailbox. It is answered in any case.
    func send<Answer: Sendable>(
        _ request: @escaping @Sendable (SupervisorLoop) async throws(SupervisorError) -> Answer
    ) -> OneShot<Result<Answer, SupervisorError>> {
        let answer = OneShot<Result<Answer, SupervisorError>>()
        let isOpen = mailbox.send(
            .request { loop in
                do throws(SupervisorError) {
                    guard let loop else { throw .notRunning }
                    answer.resolve(.success(try await request(loop)))
                } catch {
                    answer.resolve(.failure(error))
                }
            })
        if !isOpen { answer.resolve(.failure(.notRunning)) }
        return answer
    }
}
