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

/// Everything a supervisor must know of a child to start, stop and restart it.
public struct ChildSpecification: Sendable {
    /// Unique among its siblings.
    public var id: ChildID
    /// Default: permanent.
    public var restart: RestartType {
        get { traits.values.restart }
        set { change { $0.restart = newValue } }
    }
    /// Default: 5 s for a worker, unlimited for a supervisor.
    public var shutdown: ShutdownBudget {
        get { traits.values.shutdown }
        set { change { $0.shutdown = newValue } }
    }
    /// Default: worker.
    public var kind: ChildKind {
        get { traits.values.kind }
        set { change { $0.kind = newValue } }
    }
    /// Whether its end counts for the supervisor's ``AutoShutdown``.
    public var isSignificant: Bool {
        get { traits.values.isSignificant }
        set { change { $0.isSignificant = newValue } }
    }
    /// Default: immediate.
    public var startup: Startup {
        get { traits.values.startup }
        set { change { $0.startup = newValue } }
    }
    /// Whether a restart after this reason counts towards the restart intensity. Default: every restart counts, as in
    /// OTP.
    ///
    /// An extension for children that end by what they were given rather than by a fault of their own: the input pays
    /// for that, by attempts of its own. An attempt to restart a child that fails counts in any case.
    public var isCharged: @Sendable (ExitReason) -> Bool {
        get { traits.values.isCharged }
        set { change { $0.isCharged = newValue } }
    }
    /// The child itself. Cancellation of its task is the request to stop.
    public var run: @Sendable (ChildContext) async throws -> Void

    /// Makes a specification. Defaults as in OTP's child specifications.
    public init(
        id: ChildID, restart: RestartType = .permanent, shutdown: ShutdownBudget? = nil, kind: ChildKind = .worker,
        isSignificant: Bool = false, startup: Startup = .immediate,
        isCharged: @escaping @Sendable (ExitReason) -> Bool = { _ in true },
        run: @escaping @Sendable (ChildContext) async throws -> Void
    ) {
        self.id = id
        self.run = run
        traits = Traits(
            Traits.Values(
                restart: restart, shutdown: shutdown ?? .standard(for: kind),
                kind: kind, isSignificant: isSignificant, startup: startup, isCharged: isCharged))
    }

    /// A child of another name that is otherwise the same. Thousands that are alike share what they have in common.
    public func named(_ id: ChildID) -> ChildSpecification {
        var specification = self
        specification.id = id
        return specification
    }

    /// All but who it is and what it does: beside the specification and not in it, because it is the same for many.
    private final class Traits: Sendable {
        struct Values: Sendable {
            var restart: RestartType
            var shutdown: ShutdownBudget
            var kind: ChildKind
            var isSignificant: Bool
            var startup: Startup
            var isCharged: @Sendable (ExitReason) -> Bool
        }

        let values: Values

        init(_ values: Values) {
            self.values = values
        }
    }

    private var traits: Traits

    private mutating func change(_ body: (inout Traits.Values) -> Void) {
        var values = traits.values
        body(&values)
        traits = Traits(values)
    }
}
