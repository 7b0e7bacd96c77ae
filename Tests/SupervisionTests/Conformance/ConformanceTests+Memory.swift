import Supervision
import Testing

// MARK: - What it costs in memory

extension ConformanceTests {
    /// How a temporary child comes to its end.
    enum WayToGo: CaseIterable {
        case killed
        case normal
        case error
        case terminated
    }

    /// The function of a child that holds on to a token.
    private func run(
        _ children: ScriptedChildren, _ id: ChildID, holding token: Token
    ) -> @Sendable (ChildContext) async throws -> Void {
        let run = children.child(id).run
        return { context in
            try await run(context)
            withExtendedLifetime(token) {}
        }
    }

    private static let crowd = 50

    @Test(
        "C45: no memory of temporary children: once they have gone, nothing holds on to them",
        arguments: Supervisor.Strategy.allCases, WayToGo.allCases)
    func noMemory(strategy: Supervisor.Strategy, way: WayToGo) async throws {
        let ends = Journal<Void>()
        try await TestTree(strategy) { [$0.child("stays")] }.run { tree async throws in
            for number in 1...Self.crowd {
                let id = ChildID("\(number)")
                let incarnation = try await tree.supervisor.startChild(
                    ChildSpecification(
                        id: id, restart: .temporary, startup: .whenReady,
                        run: run(tree.children, id, holding: Token(ends))))
                switch way {
                case .killed: try await tree.supervisor.exit(id, with: Crash("killed"))
                case .normal: tree.children.end(incarnation, with: .normal)
                case .error: tree.children.end(incarnation, with: .crash)
                case .terminated: try await tree.supervisor.terminateChild(id)
                }
                await tree.exited(incarnation)
            }
            await ends.contains(Self.crowd) { true }
            #expect(try await tree.states == ["stays running"])
            #expect(try await tree.counts == [1, 1, 0, 1])
        }
    }

    @Test("C45: dynamic: no memory of temporary children", arguments: WayToGo.allCases)
    func noDynamicMemory(way: WayToGo) async throws {
        let ends = Journal<Void>()
        let events = Journal<SupervisionEvent>()
        let children = ScriptedChildren(runtime: SupervisionRuntime())
        let supervisor = DynamicSupervisor(
            "tree",
            template: ChildTemplate(id: "child", restart: .temporary, startup: .whenReady) { (token: Token, context) in
                try await run(children, context.id, holding: token)(context)
            },
            observer: { events.append($0) })
        async let ending = supervisor.run().summary
        for _ in 1...Self.crowd {
            let child = try #require(try await supervisor.startChild(Token(ends)))
            let incarnation = try await supervisor.whichChildren()[0].info.incarnation
            switch way {
            case .killed: try await supervisor.exit(child, with: Crash("killed"))
            case .normal: children.end(incarnation, with: .normal)
            case .error: children.end(incarnation, with: .crash)
            case .terminated: try await supervisor.terminateChild(child)
            }
            await events.contains { $0.kind.name == "exited" && $0.incarnation == incarnation }
        }
        await ends.contains(Self.crowd) { true }
        #expect(try await supervisor.whichChildren().isEmpty)
        supervisor.stop()
        #expect(await ending == "stopped")
    }
}
