import TestKit

@testable import Supervision

extension RestartBudget {
    /// For tests that are not about restart intensity.
    static let ample = RestartBudget(restarts: 1_000_000, within: .seconds(1))
}

typealias Observer = @Sendable (SupervisionEvent) -> Void

/// What a tree's runtime is made with, beside the clock.
struct TestChances {
    var abandonmentLimit: Int? = SupervisionRuntime.defaultAbandonmentLimit
    var random: @Sendable () -> Double = { 0 }
}

/// A supervisor that runs, in virtual time, over children that a test directs; made by ``TestTree``.
struct RunningTree: Sendable {
    let clock: ManualClock
    let runtime: SupervisionRuntime
    let children: ScriptedChildren
    let events = Journal<SupervisionEvent>()
    /// The machinery, when the supervisor is dynamic.
    let supervisor: Supervisor
    private let task: Task<Supervisor.Ending, Never>

    fileprivate init(
        _ chances: TestChances,
        supervisor make: (ScriptedChildren, SupervisionRuntime, @escaping Observer) -> Supervisor
    ) {
        clock = ManualClock()
        runtime = SupervisionRuntime(
            clock: clock, abandonmentLimit: chances.abandonmentLimit, random: chances.random)
        children = ScriptedChildren(runtime: runtime)
        supervisor = make(children, runtime) { [events] in events.append($0) }
        task = runtime.run(supervisor)
    }

    /// Waits for the supervisor's end.
    var ending: String { get async { await task.value.summary } }

    /// Cancels the task that runs the supervisor.
    func cancel() { task.cancel() }

    /// What the children wrote down.
    var history: [String] { children.journal.entries }

    func info(_ id: ChildID) async throws -> ChildInfo {
        guard let info = try await supervisor.whichChildren().first(where: { $0.id == id }) else {
            throw SupervisorError.notFound(id)
        }
        return info
    }

    func incarnation(_ id: ChildID) async throws -> UInt64 { try await info(id).incarnation }

    /// The identifiers and states of the children, like `a running`, in start order.
    var states: [String] {
        get async throws { try await supervisor.whichChildren().map { "\($0.id) \($0.state)" } }
    }

    /// Specs, active, supervisors and workers.
    var counts: [Int] {
        get async throws {
            let counts = try await supervisor.countChildren()
            return [counts.specs, counts.active, counts.supervisors, counts.workers]
        }
    }

    /// Makes a child end, and waits until the supervisor has seen it. What follows from it is done before the next call
    /// is answered.
    func end(_ id: ChildID, with reason: ExitReason = .crash) async throws {
        let incarnation = try await incarnation(id)
        children.end(incarnation, with: reason)
        await exited(incarnation)
    }

    /// Waits until the supervisor has seen the end of an incarnation.
    func exited(_ incarnation: UInt64) async {
        await events.contains {
            if case .exited = $0.kind { $0.incarnation == incarnation } else { false }
        }
    }

    /// How the incarnations of a child ended, in order.
    func exits(of id: ChildID) -> [String] {
        events.entries.compactMap {
            if case .exited(let reason) = $0.kind, $0.child == id { "\(reason)" } else { nil }
        }
    }

    /// The children that had events of a kind, in order.
    func children(with kind: String) -> [ChildID] {
        events.entries.filter { $0.kind.name == kind }.map(\.child)
    }

    /// Stops the tree when `body` is done, and lets all its children go.
    fileprivate func close(after body: (RunningTree) async throws -> Void) async throws {
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(self))
        } catch {
            result = .failure(error)
        }
        children.release()
        supervisor.stop()
        _ = await task.value
        try result.get()
    }
}

extension Supervisor.Ending {
    var summary: String {
        switch self {
        case .stopped: "stopped"
        case .gaveUp(let id, let reason): "gave up: \(id), \(reason)"
        case .startFailed(let id, let reason): "start failed: \(id), \(reason)"
        case .autoShutdown(let id): "auto shutdown: \(id)"
        case .tooManyAbandoned(let id, let count): "too many abandoned: \(id), \(count)"
        case .declined: "declined"
        case .alreadyRan: "already ran"
        }
    }
}

extension SupervisionRuntime {
    func run(_ supervisor: Supervisor) -> Task<Supervisor.Ending, Never> {
        Task { await supervisor.run() }
    }
}

/// A supervisor over scripted children, described.
struct TestTree {
    private let options: Supervisor.Options
    private let chances: TestChances
    private let children: (ScriptedChildren) -> [ChildSpecification]

    init(
        _ strategy: Supervisor.Strategy = .oneForOne, budget: RestartBudget = .ample,
        autoShutdown: Supervisor.AutoShutdown = .never, stopOrder: Supervisor.StopOrder = .reverse,
        backoff: RestartBackoff? = nil, chances: TestChances = TestChances(),
        children: @escaping (ScriptedChildren) -> [ChildSpecification]
    ) {
        options = Supervisor.Options(
            strategy: strategy, budget: budget, autoShutdown: autoShutdown, stopOrder: stopOrder, backoff: backoff)
        self.chances = chances
        self.children = children
    }

    /// Runs the tree for as long as `body` takes, then stops it and lets all its children go.
    ///
    /// - Parameter awaitsStart: whether `body` is to begin when all children have started, or one has failed to.
    func run(awaitsStart: Bool = true, _ body: (RunningTree) async throws -> Void) async throws {
        let tree = RunningTree(chances) {
            Supervisor("tree", options: options, children: children($0), runtime: $1, observer: $2)
        }
        if awaitsStart { _ = try? await tree.supervisor.countChildren() }
        try await tree.close(after: body)
    }
}

/// A dynamic supervisor over scripted children, described.
struct TestDynamicTree {
    typealias Dynamic = DynamicSupervisor<ScriptedChildren.Behaviour>

    private let options: DynamicSupervisorOptions
    private let chances: TestChances
    private let template: (ScriptedChildren) -> ChildTemplate<ScriptedChildren.Behaviour>

    init(
        budget: RestartBudget = .ample, autoShutdown: Supervisor.AutoShutdown = .never,
        backoff: RestartBackoff? = nil, maximumChildren: Int? = nil, chances: TestChances = TestChances(),
        template: @escaping (ScriptedChildren) -> ChildTemplate<ScriptedChildren.Behaviour> = { $0.template() }
    ) {
        options = DynamicSupervisorOptions(
            budget: budget, autoShutdown: autoShutdown, backoff: backoff, maximumChildren: maximumChildren)
        self.chances = chances
        self.template = template
    }

    /// Runs the supervisor for as long as `body` takes, then stops it and lets all its children go.
    func run(_ body: (RunningTree, Dynamic) async throws -> Void) async throws {
        var dynamic: Dynamic?
        let tree = RunningTree(chances) {
            let made = Dynamic("tree", options: options, template: template($0), runtime: $1, observer: $2)
            dynamic = made
            return made.core
        }
        try await tree.close { tree in try await body(tree, dynamic!) }
    }
}

extension DynamicSupervisor<ScriptedChildren.Behaviour> {
    /// Starts children that do not decline to.
    func start(_ count: Int, _ behaviour: ScriptedChildren.Behaviour = .init()) async throws -> [ChildHandle] {
        var handles: [ChildHandle] = []
        for _ in 0..<count { if let handle = try await startChild(behaviour) { handles.append(handle) } }
        return handles
    }
}
