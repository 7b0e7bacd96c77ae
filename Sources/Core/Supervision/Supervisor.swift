import Locking

/// A supervisor as Erlang/OTP defines it: it starts its children in order, restarts them when they end, gives up when
/// they end too often, and stops them in reverse order.
///
/// ## A child
///
/// is an async function, described by a ``ChildSpecification``. It ends *normally* when it returns, with `shutdown`
/// when it ends because it was asked to, and with an *error* when it throws: that is a crash. Cancellation of its task
/// is the request to stop. It runs in an unstructured task of its own that reports its end to the supervisor's mailbox:
/// a task group would have to wait for a child that hangs. One that does not go within its shutdown budget is abandoned
/// and reported, because no Swift task can be killed; a tree bears ``SupervisionRuntime/abandonmentLimit`` of them.
///
/// ## A static supervisor
///
/// has children of different kinds, each with a name, in an order that says who depends on whom:
///
///     let runtime = SupervisionRuntime()
///     let supervisor = Supervisor(
///         "application",
///         options: Supervisor.Options(
///             strategy: .restForOne, budget: RestartBudget(restarts: 3, within: .seconds(10))),
///         children: [
///             ChildSpecification(id: "connection", startup: .whenReady) { context in
///                 let connection = try await connect()
///                 context.ready()
///                 try await connection.serve()
///             },
///             ChildSpecification(id: "greeter", restart: .transient) { _ in try await greet() },
///         ],
///         runtime: runtime, observer: { logger.info("\($0)") })
///     let ending = await supervisor.run()
///
/// ``run(_:)`` is the supervisor: it returns when the supervisor has ended. Everything else may be called from anywhere
/// while it runs, and what is called before is answered then.
///
/// ## A dynamic supervisor
///
/// has any number of children that are alike, such as sessions: a ``DynamicSupervisor`` has one template, and starts a
/// child for each argument it is given.
///
///     let sessions = DynamicSupervisor(
///         "sessions",
///         template: ChildTemplate(id: "session", restart: .temporary) { (client: Client, _) in
///             try await client.serve()
///         },
///         runtime: runtime)
///     let handle = try await sessions.startChild(client)
///
/// ## A tree
///
/// A supervisor is a child like any other: its function is ``runAsChild(_:)``, its kind ``ChildKind/supervisor``. It is
/// made in that function, so that each incarnation has a new one.
///
///     ChildSpecification(id: "sessions", kind: .supervisor, startup: .whenReady) { context in
///         try await DynamicSupervisor("sessions", template: template, runtime: runtime).runAsChild(context)
///     }
///
/// At the top, ``SupervisorService`` makes a supervisor a service of swift-service-lifecycle.
public final class Supervisor: Sendable {
    /// What it is called in events, and in the reasons for which it ended.
    public let name: String
    /// Gives what it is to be; nil: it declines to start.
    let plan: @Sendable () async throws -> SupervisorPlan?
    let runtime: SupervisionRuntime
    let observer: @Sendable (SupervisionEvent) -> Void
    let mailbox = Mailbox<Message>()
    let stopping = StopRequest()
    private let hasRun = Locked(false)

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
        self.init(
            name, plan: { SupervisorPlan(options: options, children: children) }, runtime: runtime, observer: observer)
    }

    /// Makes a supervisor that decides when it starts what it is to be: OTP's `init/1`.
    ///
    /// - Parameters:
    ///   - runtime: the time and the executor of the tree; to be the same for all its supervisors.
    ///   - observer: sees every event, in order; it is called on the supervisor's task and must not block. Only the end
    ///     of an abandoned child that outlives the supervisor is reported by that child's task.
    ///   - initialize: called once, when the supervisor runs, on its task. Nil: it declines to start
    ///     (``Ending/declined``); what it throws ends the start (``Ending/startFailed(_:_:)``). A request to stop
    ///     cannot end it: it must come to an end by itself.
    public convenience init(
        _ name: String, runtime: SupervisionRuntime = SupervisionRuntime(),
        observer: @escaping @Sendable (SupervisionEvent) -> Void = { _ in },
        initialize: @escaping @Sendable () async throws -> (options: Options, children: [ChildSpecification])?
    ) {
        self.init(
            name,
            plan: { try await initialize().map { SupervisorPlan(options: $0.options, children: $0.children) } },
            runtime: runtime, observer: observer)
    }

    init(
        _ name: String, plan: @escaping @Sendable () async throws -> SupervisorPlan?, runtime: SupervisionRuntime,
        observer: @escaping @Sendable (SupervisionEvent) -> Void
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

    func reportEndOfAbandoned(_ id: ChildID, _ incarnation: UInt64) {
        observer(
            SupervisionEvent(
                supervisor: name, child: id, incarnation: incarnation,
                kind: .abandonedEnded(stillRunning: runtime.abandonedChildren)))
    }

    func call<Answer: Sendable>(
        _ message: (Reply<Answer>) -> Message
    ) async throws(SupervisorError) -> Answer {
        let result = await withCheckedContinuation { (continuation: Reply<Answer>) in
            if !mailbox.send(message(continuation)) { continuation.resume(returning: .failure(.notRunning)) }
        }
        return try result.get()
    }
}
