/// What the children of a ``DynamicSupervisor`` have in common: a ``ChildSpecification`` but for the argument.
public struct ChildTemplate<Argument: Sendable>: Sendable {
    /// What the names of the children begin with: `session` for `session.1`, `session.2`…
    public var id: ChildID
    /// Default: permanent.
    public var restart: RestartType
    /// Default: 5 s for a worker, unlimited for a supervisor.
    public var shutdown: ShutdownBudget
    /// Default: worker.
    public var kind: ChildKind
    /// Whether the end of such a child counts for the supervisor's ``Supervisor/AutoShutdown``.
    public var isSignificant: Bool
    /// Default: immediate.
    public var startup: Startup
    /// Whether a restart after this reason counts towards the restart intensity; see ``ChildSpecification/isCharged``.
    public var isCharged: @Sendable (ExitReason) -> Bool
    /// The child itself. Cancellation of its task is the request to stop.
    public var run: @Sendable (Argument, ChildContext) async throws -> Void

    /// Makes a template. Defaults as in OTP's child specifications.
    public init(
        id: ChildID, restart: RestartType = .permanent, shutdown: ShutdownBudget? = nil, kind: ChildKind = .worker,
        isSignificant: Bool = false, startup: Startup = .immediate,
        isCharged: @escaping @Sendable (ExitReason) -> Bool = { _ in true },
        run: @escaping @Sendable (Argument, ChildContext) async throws -> Void
    ) {
        self.id = id
        self.restart = restart
        self.shutdown = shutdown ?? .standard(for: kind)
        self.kind = kind
        self.isSignificant = isSignificant
        self.startup = startup
        self.isCharged = isCharged
        self.run = run
    }

    /// All but the function, which needs an argument.
    var specification: ChildSpecification {
        ChildSpecification(
            id: id, restart: restart, shutdown: shutdown, kind: kind, isSignificant: isSignificant, startup: startup,
            isCharged: isCharged, run: { _ in })
    }
}
