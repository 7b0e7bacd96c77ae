import Supervision
import Testing

// MARK: - Significant children

extension ConformanceTests {
    /// Ways for a child to end by itself; nil stands for being killed.
    static let deaths: [ExitReason?] = [nil, .crash, .normal, .shutdown]

    func die(_ id: ChildID, _ reason: ExitReason?, in tree: RunningTree) async throws {
        guard let reason else { return await tree.exited(try await tree.supervisor.exit(id, with: Crash("killed"))) }
        try await tree.end(id, with: reason)
    }

    @Test(
        "C50: children that are not significant never end the supervisor", arguments: Supervisor.AutoShutdown.allCases)
    func notSignificant(autoShutdown: Supervisor.AutoShutdown) async throws {
        for death in Self.deaths {
            try await TestTree(autoShutdown: autoShutdown) {
                [$0.child("a", restart: .temporary), $0.child("b", restart: .transient)]
            }.run { tree in
                try await die("a", death, in: tree)
                try await die("b", death, in: tree)
                let active = if case .error? = death ?? .crash { 1 } else { 0 }
                #expect(try await tree.counts == [1, active, 0, 1])
            }
        }
    }

    @Test("C51: any significant temporary child that ends by itself ends the supervisor, however it ends")
    func anyTemporary() async throws {
        for death in Self.deaths {
            try await TestTree(autoShutdown: .anySignificant) {
                [
                    $0.child("a", restart: .temporary, isSignificant: true),
                    $0.child("b", restart: .temporary, isSignificant: true), $0.child("c"),
                ]
            }.run { tree in
                try await die("a", death, in: tree)
                #expect(await tree.ending == "auto shutdown: a")
                #expect(tree.history.suffix(2) == ["stop c", "stop b"])
            }
        }
    }

    @Test("C51: with all_significant only the last significant temporary child to end ends the supervisor")
    func allTemporary() async throws {
        for death in Self.deaths {
            try await TestTree(autoShutdown: .allSignificant) {
                [
                    $0.child("a", restart: .temporary, isSignificant: true),
                    $0.child("b", restart: .temporary, isSignificant: true), $0.child("c"),
                ]
            }.run { tree in
                try await die("a", death, in: tree)
                #expect(try await tree.counts == [2, 2, 0, 2])
                try await die("b", death, in: tree)
                #expect(await tree.ending == "auto shutdown: b")
            }
        }
    }

    @Test("C51, C52: terminate_child does not trigger", arguments: [RestartType.transient, .temporary])
    func terminated(restart: RestartType) async throws {
        for autoShutdown in [Supervisor.AutoShutdown.anySignificant, .allSignificant] {
            try await TestTree(autoShutdown: autoShutdown) {
                [$0.child("a", restart: restart, isSignificant: true), $0.child("b")]
            }.run { tree in
                try await tree.supervisor.terminateChild("a")
                #expect(try await tree.counts[1] == 1)
            }
        }
    }

    @Test("C52: a significant transient child: an error restarts it and triggers nothing; normal and shutdown trigger")
    func anyTransient() async throws {
        for reason in [ExitReason.normal, .shutdown] {
            try await TestTree(autoShutdown: .anySignificant) {
                [$0.child("a", restart: .transient, isSignificant: true)]
            }.run { tree in
                try await tree.end("a", with: .crash)
                #expect(try await tree.states == ["a running"])
                try await die("a", nil, in: tree)
                #expect(try await tree.states == ["a running"])
                try await tree.end("a", with: reason)
                #expect(await tree.ending == "auto shutdown: a")
            }
        }
    }

    @Test(
        "C52: with all_significant the last significant transient child triggers; one that is restarting still counts")
    func allTransient() async throws {
        try await TestTree(autoShutdown: .allSignificant) {
            [
                $0.child("a", restart: .transient, isSignificant: true),
                $0.child("b", restart: .transient, isSignificant: true),
            ]
        }.run { tree in
            tree.children.script("b", starts: [.fails])
            try await tree.end("b", with: .crash)
            try await tree.end("a", with: .normal)
            #expect(try await tree.states == ["a stopped", "b restarting"])
            tree.children.script("b", starts: [.succeeds])
            await tree.children.journal.contains("start b", times: 2)
            try await tree.end("b", with: .normal)
            #expect(await tree.ending == "auto shutdown: b")
        }
    }

    @Test(
        "C55: a significant worker ends its supervisor b, which ends a when it is significant there",
        arguments: [true, false])
    func upTheTree(isSignificant: Bool) async throws {
        let incarnations = Journal<UInt64>()
        try await TestTree(autoShutdown: .anySignificant) { children in
            let worker = children.child("worker", restart: .transient, isSignificant: true)
            return [
                ChildSpecification(
                    id: "b", restart: .transient, kind: .supervisor, isSignificant: isSignificant,
                    startup: .whenReady
                ) { context in
                    let supervisor = Supervisor(
                        "b", options: Supervisor.Options(autoShutdown: .anySignificant), children: [worker],
                        observer: { if case .started = $0.kind { incarnations.append($0.incarnation) } })
                    try await supervisor.runAsChild(context)
                }
            ]
        }.run { tree in
            let b = try await tree.incarnation("b")
            tree.children.end(incarnations.entries[0], with: .normal)
            await tree.exited(b)
            #expect(tree.exits(of: "b") == ["shutdown"])
            if isSignificant {
                #expect(await tree.ending == "auto shutdown: b")
            } else {
                #expect(try await tree.states == ["b stopped"])
            }
        }
    }
}
