import Supervision
import Testing

/// What a supervisor should look like, without tasks and without time.
private struct Model {
    struct Child {
        let id: ChildID
        let restart: RestartType
        var isRunning = true
    }

    let strategy: Supervisor.Strategy
    var children: [Child] = []

    func index(_ id: ChildID) -> Int? { children.firstIndex { $0.id == id } }

    mutating func start(_ id: ChildID, _ restart: RestartType) -> SupervisorError? {
        guard let index = index(id) else {
            children.append(Child(id: id, restart: restart))
            return nil
        }
        return children[index].isRunning ? .alreadyStarted(id) : .alreadyPresent(id)
    }

    mutating func terminate(_ id: ChildID) -> SupervisorError? {
        guard let index = index(id) else { return .notFound(id) }
        if children[index].restart == .temporary {
            children.remove(at: index)
        } else {
            children[index].isRunning = false
        }
        return nil
    }

    mutating func restart(_ id: ChildID) -> SupervisorError? {
        guard let index = index(id) else { return .notFound(id) }
        if children[index].isRunning { return .running(id) }
        children[index].isRunning = true
        return nil
    }

    mutating func delete(_ id: ChildID) -> SupervisorError? {
        guard let index = index(id) else { return .notFound(id) }
        if children[index].isRunning { return .running(id) }
        children.remove(at: index)
        return nil
    }

    mutating func end(_ id: ChildID, _ reason: ExitReason) {
        guard let index = index(id) else { return }
        switch (children[index].restart, reason) {
        case (.temporary, _): children.remove(at: index)
        case (.transient, .normal), (.transient, .shutdown): children[index].isRunning = false
        case (.transient, .error), (.permanent, _):
            let group =
                switch strategy {
                case .oneForOne: index..<index + 1
                case .oneForAll: children.indices
                case .restForOne: index..<children.endIndex
                }
            for index in group { children[index].isRunning = true }
            let stays = { (position: Int) in !group.contains(position) || children[position].restart != .temporary }
            children = children.indices.filter(stays).map { children[$0] }
        }
    }
}

/// A generator that gives the same numbers in every run.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Random operations", .timeLimit(.minutes(1)))
struct RandomOperationsTests {
    private func failure<Answer>(of operation: () async throws(SupervisorError) -> Answer) async -> SupervisorError? {
        do {
            _ = try await operation()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "after each of 1,000 random operations children, states and counts are what a model says",
        arguments: Supervisor.Strategy.allCases)
    func model(strategy: Supervisor.Strategy) async throws {
        var random = SplitMix64(state: 42)
        let ids = (1...8).map { ChildID("\($0)") }
        let reasons: [ExitReason] = [.normal, .shutdown, .crash]
        try await TestTree(strategy) { _ in [] }.run { tree in
            var model = Model(strategy: strategy)
            for step in 1...1_000 {
                let id = ids.randomElement(using: &random)!
                let expected: SupervisorError?
                let actual: SupervisorError?
                switch Int.random(in: 0..<10, using: &random) {
                case 0...2:
                    let restart = RestartType.allCases.randomElement(using: &random)!
                    let startup = Bool.random(using: &random) ? Startup.immediate : .whenReady
                    let kind = Bool.random(using: &random) ? ChildKind.worker : .supervisor
                    let child = tree.children.child(id, restart: restart, kind: kind, startup: startup)
                    expected = model.start(id, restart)
                    actual = await failure(of: { () throws(SupervisorError) in
                        try await tree.supervisor.startChild(child)
                    })
                case 3:
                    expected = model.terminate(id)
                    actual = await failure(of: { () throws(SupervisorError) in
                        try await tree.supervisor.terminateChild(id)
                    })
                case 4:
                    expected = model.restart(id)
                    actual = await failure(of: { () throws(SupervisorError) in
                        try await tree.supervisor.restartChild(id)
                    })
                case 5:
                    expected = model.delete(id)
                    actual = await failure(of: { () throws(SupervisorError) in try await tree.supervisor.deleteChild(id)
                    })
                default:
                    (expected, actual) = (nil, nil)
                    guard let index = model.index(id), model.children[index].isRunning else { continue }
                    if Bool.random(using: &random) {
                        let reason = reasons.randomElement(using: &random)!
                        model.end(id, reason)
                        try await tree.end(id, with: reason)
                    } else {
                        model.end(id, .crash)
                        await tree.exited(try await tree.supervisor.exit(id, with: Crash()))
                    }
                }
                try #require("\(actual, default: "none")" == "\(expected, default: "none")", "step \(step)")
                let children = try await tree.supervisor.whichChildren()
                try #require(
                    children.map { "\($0.id) \($0.state)" }
                        == model.children.map { "\($0.id) \($0.isRunning ? "running" : "stopped")" }, "step \(step)")
                let counts = try await tree.supervisor.countChildren()
                try #require(counts.specs == model.children.count, "step \(step)")
                try #require(counts.active == model.children.count { $0.isRunning }, "step \(step)")
                try #require(counts.supervisors + counts.workers == counts.specs, "step \(step)")
            }
            #expect(tree.children(with: "gave_up") == [])
        }
    }
}
