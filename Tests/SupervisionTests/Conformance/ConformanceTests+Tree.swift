import Supervision
import Testing

// MARK: - Trees and crowds

/// A supervisor under a supervisor, whose incarnations can be got hold of.
private struct Branch {
    let supervisors = Journal<Supervisor>()
    let specification: ChildSpecification

    init(_ id: ChildID, budget: RestartBudget, leaves: [ChildSpecification]) {
        specification = ChildSpecification(id: id, kind: .supervisor, startup: .whenReady) { [supervisors] context in
            let supervisor = Supervisor(id.name, options: Supervisor.Options(budget: budget), children: leaves)
            supervisors.append(supervisor)
            try await supervisor.runAsChild(context)
        }
    }

    var supervisor: Supervisor { supervisors.entries.last! }

    var incarnations: [ChildID: UInt64] {
        get async throws {
            Dictionary(uniqueKeysWithValues: try await supervisor.whichChildren().map { ($0.id, $0.incarnation) })
        }
    }
}

extension ConformanceTests {
    @Test(
        "C41: a crash in one branch leaves the other's incarnations; after escalation a branch has its static children"
    )
    func branches() async throws {
        var branches: [Branch] = []
        try await TestTree { children in
            branches = ["left", "right"].map { name in
                Branch(
                    ChildID(name), budget: RestartBudget(restarts: 1),
                    leaves: [children.child(ChildID("\(name).1")), children.child(ChildID("\(name).2"))])
            }
            return branches.map(\.specification)
        }.run { tree in
            #expect(try await tree.counts == [2, 2, 2, 0])
            let (left, right) = (branches[0], branches[1])
            try await left.supervisor.startChild(tree.children.child("left.added"))
            let (leftBefore, rightBefore) = (try await left.incarnations, try await right.incarnations)
            let first = try await tree.incarnation("left")

            tree.children.end(leftBefore["left.1"]!, with: .crash)
            await tree.children.journal.contains("start left.1", times: 2)
            let leftAfter = try await left.incarnations
            #expect(leftAfter.count == 3)
            #expect(leftAfter["left.1"] != leftBefore["left.1"])
            #expect(leftAfter["left.2"] == leftBefore["left.2"])
            #expect(try await tree.incarnation("left") == first)
            #expect(try await right.incarnations == rightBefore)

            tree.children.end(leftAfter["left.1"]!, with: .crash)
            await tree.exited(first)
            #expect(try await tree.info("left").restarts == 1)
            #expect(tree.exits(of: "left") == ["shutdown"])
            #expect(try await left.incarnations.keys.sorted() == ["left.1", "left.2"])
            #expect(try await right.incarnations == rightBefore)
        }
    }

    @Test("C42: the counts are exact before and after a mass kill", arguments: [1_000, 2_000])
    func massKill(count: Int) async throws {
        try await TestTree(stopOrder: .parallel) { children in
            (1...count).map {
                children.child(
                    ChildID("\($0)"), restart: [.permanent, .transient, .temporary][$0 % 3], startup: .immediate)
            }
        }.run { tree in
            #expect(try await tree.counts == [count, count, 0, count])
            let before = try await tree.supervisor.whichChildren()
            for child in before { tree.children.end(child.incarnation, with: .crash) }
            await tree.events.contains(count) { if case .exited = $0.kind { true } else { false } }
            let temporary = (1...count).count { $0 % 3 == 2 }
            let rest = count - temporary
            #expect(try await tree.counts == [rest, rest, 0, rest])
            #expect(tree.children(with: "restarted").count == rest)
            let old = Set(before.map(\.incarnation))
            #expect(
                try await tree.supervisor.whichChildren().allSatisfy {
                    !old.contains($0.incarnation) && $0.restarts == 1
                })
        }
    }

    @Test("C43: the counts are exact before and after a mass kill of supervisors", arguments: [1_000, 2_000])
    func massKillOfSupervisors(count: Int) async throws {
        try await TestTree(stopOrder: .parallel) { children in
            (1...count).map { number in
                ChildSpecification(
                    id: ChildID("\(number)"), restart: [.permanent, .transient, .temporary][number % 3],
                    kind: .supervisor, startup: .whenReady
                ) { context in
                    let leaf = ChildSpecification(id: "leaf", startup: .whenReady) { context in
                        context.ready()
                        for await _ in AsyncStream<Never>.makeStream().stream {}
                    }
                    try await Supervisor("\(number)", children: [leaf]).runAsChild(context)
                }
            }
        }.run { tree async throws in
            #expect(try await tree.counts == [count, count, count, 0])
            let before = try await tree.supervisor.whichChildren()
            for child in before { try await tree.supervisor.exit(child.id, with: Crash("killed")) }
            await tree.events.contains(count) { $0.kind.name == "exited" }
            let rest = count - (1...count).count { $0 % 3 == 2 }
            #expect(try await tree.counts == [rest, rest, rest, 0])
            #expect(tree.children(with: "restarted").count == rest)
            let old = Set(before.map(\.incarnation))
            #expect(
                try await tree.supervisor.whichChildren().allSatisfy {
                    !old.contains($0.incarnation) && $0.restarts == 1
                })
        }
    }
}
