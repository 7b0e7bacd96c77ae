import Supervision
import TestKit

extension RestartBudget {
    /// For tests that are not about restart intensity.
    static let ample = RestartBudget(restarts: 1_000_000, within: .seconds(1))
}

/// A supervisor that runs, in virtual time, over children that a test directs; made by ``TestTree``.
struct RunningTree: Sendable {
    let clock: ManualClock
    let runtime: SupervisionRuntime
    let children: ScriptedChildren
    let events = Journal<SupervisionEvent>()
    let supervisor: Supervisor
    private let task: Task<Supervisor.Ending, Never>

    fileprivate init(options: Supervisor.Options, children make: (ScriptedChildren) -> [ChildSpecification]) {
        clock = ManualClock()
        runtime = SupervisionRuntime(clock: clock)
        children = ScriptedChildren(runtime: runtime)
        supervisor = Supervisor(
            "tree", options: options, children: make(children), runtime: runtime,
            observer: { [events] in events.append($0) })
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

    fileprivate func close() async {
        children.release()
        supervisor.stop()
        _ = await task.value
    }
}

extension Supervisor.Ending {
    var summary: String {
        switch self {
        case .stopped: "stopped"
        case .gaveUp(let id, let reason): "gave up: \(id), \(reason)"
        case .startFailed(let id, let reason): "start failed: \(id), \(reason)"
        case .autoShutdown(let id): "auto shutdown: \(id)"
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
    private let children: (ScriptedChildren) -> [ChildSpecification]

    init(
        _ strategy: Supervisor.Strategy = .oneForOne, budget: RestartBudget = .ample,
        autoShutdown: Supervisor.AutoShutdown = .never, stopOrder: Supervisor.StopOrder = .reverse,
        children: @escaping (ScriptedChildren) -> [ChildSpecification]
    ) {
        options = Supervisor.Options(
            strategy: strategy, budget: budget, autoShutdown: autoShutdown, stopOrder: stopOrder)
        self.children = children
    }

    /// Runs the tree for as long as `body` takes, then stops it and lets all its children go.
    ///
    /// - Parameter awaitsStart: whether `body` is to begin when all children have started, or one has failed to.
    func run(awaitsStart: Bool = true, _ body: (RunningTree) async throws -> Void) async throws {
        let tree = RunningTree(options: options, children: children)
        if awaitsStart { _ = try? await tree.supervisor.countChildren() }
        do {
            try await body(tree)
        } catch {
            await tree.close()
            throw error
        }
        await tree.close()
    }
}
