import FoundationEssentials
import Locking
import Supervision
import Testing

/// The code of the library's README, with what it takes for granted.
private struct Shop: Sendable {
    struct Stock: Sendable {
        static func open() async throws -> Stock { Stock() }

        func serve() async throws { for await _ in AsyncStream<Never>.makeStream().stream {} }
    }

    struct Client: Sendable {
        let wasServed: OneShot<Void>

        func serve() async throws { wasServed.resolve(()) }
    }

    final class Till: Sendable {
        private let attempts = Locked(0)
        let hasSold = OneShot<Void>()

        /// Crashes the first time.
        func sell() async throws {
            if attempts.withLock({
                $0 += 1; return $0
            }) == 1 {
                throw Crash()
            }
            hasSold.resolve(())
        }
    }

    let till = Till()
    let events = Journal<String>()

    func print(_ event: SupervisionEvent) { events.append("\(event.child) \(event.kind.name)") }

    func run() async -> Supervisor.Ending {
        let supervisor = Supervisor(
            "shop", options: .init(strategy: .restForOne, budget: .init(restarts: 3, within: .seconds(10))),
            children: [
                ChildSpecification(id: "stock", startup: .whenReady) { context in
                    let stock = try await Stock.open()
                    context.ready()
                    try await stock.serve()
                },
                ChildSpecification(id: "till", restart: .transient) { _ in try await till.sell() },
            ],
            observer: { event in print(event) })
        let ending = await supervisor.run()
        return ending
    }

    func sessions() -> DynamicSupervisor<Client> {
        let sessions = DynamicSupervisor(
            "sessions",
            template: ChildTemplate(id: "session", restart: .temporary) { (client: Client, _) in
                try await client.serve()
            })
        return sessions
    }

    func branch(_ sessions: @escaping @Sendable () -> DynamicSupervisor<Client>) -> ChildSpecification {
        let branch = ChildSpecification(id: "sessions", kind: .supervisor, startup: .whenReady) { context in
            try await sessions().runAsChild(context)
        }
        return branch
    }
}

@Suite("The library's README", .timeLimit(.minutes(1)))
struct ReadmeTests {
    @Test("its static supervisor restarts a child that crashed, and stops with its task")
    func staticSupervisor() async {
        let shop = Shop()
        let life = Task { await shop.run() }
        await shop.till.hasSold.value
        await shop.events.contains { $0 == "till restarted" }
        life.cancel()
        #expect(await life.value.summary == "stopped")
        #expect(
            shop.events.entries.prefix(5) == [
                "stock started", "till started", "till exited", "till restarting", "till restarted",
            ])
    }

    @Test("its dynamic supervisor starts a child for an argument, and is the child of another")
    func dynamicSupervisor() async throws {
        let (shop, client) = (Shop(), Shop.Client(wasServed: OneShot()))
        let sessions = shop.sessions()
        let top = Supervisor("top", children: [shop.branch { sessions }])
        async let ending = top.run().summary
        try await sessions.startChild(client)
        await client.wasServed.value
        top.stop()
        #expect(await ending == "stopped")
    }

    @Test("its code is the code of these tests")
    func code() throws {
        func lines(_ path: String) throws -> [String] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
                String($0.drop { $0 == " " })
            }
        }
        let tests = try lines(#filePath)
        let blocks = try lines("\(#filePath.split(separator: "/Tests/")[0])/Sources/Core/Supervision/README.md")
            .split { $0.hasPrefix("```") }
        let code = blocks.enumerated().filter { $0.offset % 2 == 1 }.map { Array($0.element) }
        #expect(code.count == 3)
        for block in code { #expect(tests.firstRange(of: block) != nil, "\(block.joined(separator: "\n"))") }
    }
}
