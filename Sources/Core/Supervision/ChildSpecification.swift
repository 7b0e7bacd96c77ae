/// The name of a child, unique among its siblings.
public struct ChildID: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name as text. An empty one is refused (``InvalidSpecification/emptyID``).
    public let name: String

    /// An identifier of that name.
    public init(_ name: String) { self.name = name }
    /// Lets a literal stand for an identifier.
    public init(stringLiteral value: String) { name = value }
    /// The name.
    public var description: String { name }
    /// The order of the names as texts.
    public static func < (left: Self, right: Self) -> Bool { left.name < right.name }
}

/// When a child is started again after it ended.
public enum RestartType: Sendable, Hashable, CaseIterable {
    /// Always.
    case permanent
    /// Only when it ended with an error.
    case transient
    /// Never; its specification goes with it.
    case temporary
}

/// How long a child that was asked to stop may take.
public enum ShutdownBudget: Sendable, Hashable {
    /// No time: it is cancelled, abandoned and reported (no Swift task can be killed).
    case brutalKill
    /// This long; then it is abandoned and reported.
    case timeout(Duration)
    /// As long as it takes: right for supervisors, whose children have budgets of their own.
    case infinity

    /// OTP's default.
    static func standard(for kind: ChildKind) -> Self {
        switch kind {
        case .worker: .timeout(.seconds(5))
        case .supervisor: .infinity
        }
    }
}

/// Whether a child does work or supervises.
public enum ChildKind: String, Sendable, Hashable {
    case worker
    case supervisor
}

/// When the supervisor considers a child started, and goes on to the next.
public enum Startup: Sendable, Hashable {
    /// As soon as its task exists.
    case immediate
    /// When it calls ``ChildContext/ready()``. If it ends before, its start has failed.
    case whenReady
}

/// How a child is started, restarted and stopped, whoever it is and whatever it does.
public struct ChildTraits: Sendable {
    /// Default: permanent.
    public var restart: RestartType
    /// Default: 5 s for a worker, unlimited for a supervisor.
    public var shutdown: ShutdownBudget
    /// Default: worker.
    public var kind: ChildKind
    /// Whether its end counts for the supervisor's ``Supervisor/AutoShutdown``.
    public var isSignificant: Bool
    /// Default: immediate.
    public var startup: Startup
    /// Whether a restart after this reason counts towards the restart intensity. Default: every restart counts, as in
    /// OTP.
    ///
    /// An extension for children that end by what they were given rather than by a fault of their own: the input pays
    /// for that, by attempts of its own. An attempt to restart a child that fails counts in any case.
    public var isCharged: @Sendable (ExitReason) -> Bool
}

/// Everything a supervisor must know of a child to start, stop and restart it. Its ``ChildTraits`` are read and set as if they
/// were its own: `specification.restart`.
@dynamicMemberLookup
public struct ChildSpecification: Sendable {
    /// Unique among its siblings.
    public var id: ChildID
    /// The child itself. Cancellation of its task is the request to stop.
    public var run: @Sendable (ChildContext) async throws -> Void
    /// Beside the specification and not in it: thousands of children that are alike share one.
    private var shared: Shared

    private final class Shared: Sendable {
        let traits: ChildTraits

        init(_ traits: ChildTraits) { self.traits = traits }
    }

    /// All but who it is and what it does.
    public var traits: ChildTraits {
        get { shared.traits }
        set { shared = Shared(newValue) }
    }

    /// One of its traits.
    public subscript<Value>(dynamicMember trait: WritableKeyPath<ChildTraits, Value>) -> Value {
        get { traits[keyPath: trait] }
        set { traits[keyPath: trait] = newValue }
    }

    /// Makes a specification. Defaults as in OTP's child specifications.
    public init(
        id: ChildID, restart: RestartType = .permanent, shutdown: ShutdownBudget? = nil, kind: ChildKind = .worker,
        isSignificant: Bool = false, startup: Startup = .immediate,
        isCharged: @escaping @Sendable (ExitReason) -> Bool = { _ in true },
        run: @escaping @Sendable (ChildContext) async throws -> Void
    ) {
        self.id = id
        self.run = run
        shared = Shared(
            ChildTraits(
                restart: restart, shutdown: shutdown ?? .standard(for: kind), kind: kind, isSignificant: isSignificant,
                startup: startup, isCharged: isCharged))
    }

    /// A child of another name that is otherwise the same. Thousands that are alike share what they have in common.
    public func named(_ id: ChildID) -> ChildSpecification { named(id, run) }

    func named(_ id: ChildID, _ run: @escaping @Sendable (ChildContext) async throws -> Void) -> ChildSpecification {
        var specification = self
        (specification.id, specification.run) = (id, run)
        return specification
    }
}

/// What the children of a ``DynamicSupervisor`` have in common: a ``ChildSpecification`` but for the argument.
@dynamicMemberLookup
public struct ChildTemplate<Argument: Sendable>: Sendable {
    /// The template of them all, whose function is not used. What their names begin with is its name: `session` for
    /// `session.1`, `session.2`…
    var specification: ChildSpecification
    /// The child itself. Cancellation of its task is the request to stop.
    public var run: @Sendable (Argument, ChildContext) async throws -> Void

    /// What the names of the children begin with, or one of their traits.
    public subscript<Value>(dynamicMember member: WritableKeyPath<ChildSpecification, Value>) -> Value {
        get { specification[keyPath: member] }
        set { specification[keyPath: member] = newValue }
    }

    /// Makes a template. Defaults as in OTP's child specifications.
    public init(
        id: ChildID, restart: RestartType = .permanent, shutdown: ShutdownBudget? = nil, kind: ChildKind = .worker,
        isSignificant: Bool = false, startup: Startup = .immediate,
        isCharged: @escaping @Sendable (ExitReason) -> Bool = { _ in true },
        run: @escaping @Sendable (Argument, ChildContext) async throws -> Void
    ) {
        self.run = run
        specification = ChildSpecification(
            id: id, restart: restart, shutdown: shutdown, kind: kind, isSignificant: isSignificant, startup: startup,
            isCharged: isCharged, run: { _ in })
    }
}
