import Locking
import Synchronization

/// What a dynamic supervisor does when children end, and how many it may have.
public struct DynamicSupervisorOptions: Sendable {
    /// How many restarts it bears before it gives up.
    public var budget: RestartBudget
    /// Whether it ends when its significant children have.
    public var autoShutdown: Supervisor.AutoShutdown
    /// Whether it waits before it restarts. Nil, it does not: OTP's way.
    public var backoff: RestartBackoff?
    /// How many children there may be, those that are restarting included; nil: any number.
    public var maximumChildren: Int?

    /// Defaults as in OTP: 1 restart in 5 s, auto_shutdown never, any number of children; no backoff.
    public init(
        budget: RestartBudget = RestartBudget(), autoShutdown: Supervisor.AutoShutdown = .never,
        backoff: RestartBackoff? = nil, maximumChildren: Int? = nil
    ) {
        self.budget = budget
        self.autoShutdown = autoShutdown
        self.backoff = backoff
        self.maximumChildren = maximumChildren
    }
}

/// A child of a ``DynamicSupervisor``, over all its incarnations.
public struct ChildHandle: Sendable, Hashable, CustomStringConvertible {
    /// Its name in events and lists, such as `session.17`. Not used again.
    public let id: ChildID
    /// Tells the supervisors of a process from each other.
    let supervisor: UInt64

    /// Its name.
    public var description: String { id.name }
}

/// Tells the dynamic supervisors of a process from each other.
private let lastNumber = Atomic<UInt64>(0)

/// A supervisor of children that are alike, started one by one with an argument: OTP's `simple_one_for_one`, Elixir's
/// `DynamicSupervisor`.
///
/// It begins with no children, and restarts one_for_one. It keeps no specifications: a child that ends and is not
/// restarted is gone, and so is one that was terminated; so nothing can be restarted or deleted by hand. It stops its
/// children together, under one timer. See ``Supervisor`` for how the two are used.
public final class DynamicSupervisor<Argument: Sendable>: Sendable {
    /// The machinery, which has no business with the argument.
    let core: Supervisor
    private let number = lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
    private let current: Current

    /// What children run by when they are started or restarted: the whole template, and not the function alone, since a
    /// function in generic storage is wrapped once more at each access.
    private final class Current: Sendable {
        let template: Locked<ChildTemplate<Argument>>

        init(_ template: ChildTemplate<Argument>) { self.template = Locked(template) }
    }

    /// What it is called in events, and in the reasons for which it ended.
    public var name: String { core.name }

    /// Makes a supervisor. Nothing runs before ``run(_:)``. Runtime and observer are as in
    /// ``Supervisor/init(_:options:children:runtime:observer:)``.
    public init(
        _ name: String, options: DynamicSupervisorOptions = DynamicSupervisorOptions(),
        template: ChildTemplate<Argument>, runtime: SupervisionRuntime = SupervisionRuntime(),
        observer: @escaping @Sendable (SupervisionEvent) -> Void = { _ in }
    ) {
        let plan = Self.plan(options, template)
        core = Supervisor(name, runtime, observer, plan: { plan })
        current = Current(template)
    }

    private static func plan(_ options: DynamicSupervisorOptions, _ template: ChildTemplate<Argument>) -> SupervisorPlan
    {
        SupervisorPlan(
            options: Supervisor.Options(
                strategy: .oneForOne, budget: options.budget, autoShutdown: options.autoShutdown, stopOrder: .parallel,
                backoff: options.backoff),
            template: SupervisorPlan.Template(
                specification: template.specification, maximumChildren: options.maximumChildren))
    }

    /// Runs the supervisor until it ends; see ``Supervisor/run(_:)``.
    public func run(_ context: ChildContext? = nil) async -> Supervisor.Ending { await core.run(context) }

    /// Runs the supervisor as the child of another; see ``Supervisor/runAsChild(_:)``.
    public func runAsChild(_ context: ChildContext) async throws { try await core.runAsChild(context) }

    /// Asks the supervisor to stop; ``run(_:)`` returns when its children have stopped. Safe to call at any time, and
    /// again.
    public func stop() { core.stop() }

    /// Starts a child with that argument. Returns what it is known by; nil when it declined to start, and is not kept.
    ///
    /// Throws `maxChildren` when there are as many as there may be, `startFailed` when it does not start.
    @discardableResult
    public func startChild(_ argument: Argument) async throws(SupervisorError) -> ChildHandle? {
        try await start(argument).handle
    }

    /// Starts a child with that argument, and returns what it told of itself (``ChildContext/ready(_:)``) beside what
    /// it is known by; nil when it declined to start.
    ///
    /// - Parameter information: the type of what it tells; nil is returned when it told nothing, or something else.
    public func startChild<Information: Sendable>(
        _ argument: Argument, returning information: Information.Type
    ) async throws(SupervisorError) -> (handle: ChildHandle, information: Information?)? {
        let started = try await start(argument)
        return started.handle.map { ($0, started.information as? Information) }
    }

    private func start(
        _ argument: Argument
    ) async throws(SupervisorError) -> (handle: ChildHandle?, information: (any Sendable)?) {
        let started = try await core.call { [current] loop throws(SupervisorError) in
            try await loop.startDynamicChild { context in
                try await current.template.withLock { $0 }.run(argument, context)
            }
        }
        return (started.incarnation == 0 ? nil : handle(started.id), started.information)
    }

    /// Stops a child, which is then gone. For one that is gone already there is nothing to do.
    ///
    /// Throws `notFound` for a child of another supervisor, and leaves it alone.
    public func terminateChild(_ child: ChildHandle) async throws(SupervisorError) {
        guard child.supervisor == number else { throw .notFound(child.id) }
        do {
            try await core.terminateChild(child.id)
        } catch .notFound {
            // It was one of ours: handles are not made elsewhere. No more is remembered of it.
        }
    }

    /// Makes a running child end as if it had crashed with `error`; see ``Supervisor/exit(_:incarnation:with:)``.
    @discardableResult
    public func exit(
        _ child: ChildHandle, incarnation: UInt64? = nil, with error: any Error
    ) async throws(SupervisorError) -> UInt64 {
        guard child.supervisor == number else { throw .notFound(child.id) }
        return try await core.exit(child.id, incarnation: incarnation, with: error)
    }

    /// The children in the order in which they were started.
    public func whichChildren() async throws(SupervisorError) -> [(handle: ChildHandle, info: ChildInfo)] {
        try await core.whichChildren().map { (handle($0.id), $0) }
    }

    /// How many children there are, by OTP's `count_children`: those that are restarting are not active, and the one
    /// specification is the template. The cost does not depend on their number.
    public func countChildren() async throws(SupervisorError) -> ChildCounts { try await core.countChildren() }

    /// Replaces the options and the template, as OTP does when code changes. Nothing is started or stopped by it:
    /// children that run go on, and live by the new template from their next start; their names stay.
    ///
    /// Throws `invalid` when the options or the template are not valid; all is then as it was.
    public func reload(
        options: DynamicSupervisorOptions, template: ChildTemplate<Argument>
    ) async throws(SupervisorError) {
        let plan = Self.plan(options, template)
        try await core.call { [current] loop throws(SupervisorError) in
            try loop.reload(plan) { current.template.withLock { $0 = template } }
        }
    }

    private func handle(_ id: ChildID) -> ChildHandle { ChildHandle(id: id, supervisor: number) }
}
