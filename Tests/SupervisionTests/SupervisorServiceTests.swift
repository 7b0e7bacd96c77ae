import Logging
import ServiceLifecycle
import Supervision
import Testing

@Suite("A supervisor as a service", .timeLimit(.minutes(1)))
struct SupervisorServiceTests {
    private func group(_ service: SupervisorService) -> ServiceGroup {
        ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [ServiceGroupConfiguration.ServiceConfiguration(service: service)],
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
    }

    @Test("a graceful shutdown stops the children in reverse order, and is no error")
    func gracefulShutdown() async throws {
        let children = ScriptedChildren(runtime: SupervisionRuntime())
        let supervisor = Supervisor("tree", children: [children.child("a"), children.child("b")])
        let group = group(SupervisorService(supervisor))
        async let end: Void = group.run()
        await children.journal.contains("start b")
        await group.triggerGracefulShutdown()
        try await end
        #expect(children.journal.entries == ["start a", "start b", "stop b", "stop a"])
    }

    @Test("giving up is an error that names the supervisor, the child and the reason")
    func givesUp() async throws {
        let supervisor = Supervisor(
            "tree", options: Supervisor.Options(budget: RestartBudget(restarts: 2)),
            children: [ChildSpecification(id: "a") { _ in throw Crash() }])
        await #expect {
            try await group(SupervisorService(supervisor)).run()
        } throws: { error in
            "\(error)" == "tree gave up: a ended too often, the last time with: crash"
        }
    }

    @Test("so is a failed start")
    func doesNotStart() async throws {
        let supervisor = Supervisor(
            "tree", children: [ChildSpecification(id: "a", startup: .whenReady) { _ in throw Crash() }])
        await #expect {
            try await group(SupervisorService(supervisor)).run()
        } throws: { error in
            "\(error)" == "tree did not start: a: crash"
        }
    }

    @Test("a dynamic supervisor is a service, too")
    func dynamic() async throws {
        let children = ScriptedChildren(runtime: SupervisionRuntime())
        let supervisor = DynamicSupervisor("sessions", template: children.template(restart: .transient))
        let group = group(SupervisorService(supervisor))
        async let end: Void = group.run()
        _ = try await supervisor.start(2)
        await group.triggerGracefulShutdown()
        try await end
        #expect(Set(children.journal.entries) == ["start child.1", "start child.2", "stop child.1", "stop child.2"])
    }

    @Test("a dynamic one that gives up is an error, too")
    func dynamicGivesUp() async throws {
        let supervisor = DynamicSupervisor(
            "sessions", options: DynamicSupervisorOptions(budget: RestartBudget(restarts: 0)),
            template: ChildTemplate(id: "session") { (crash: Crash, _) in throw crash })
        let service = Task { try await group(SupervisorService(supervisor)).run() }
        try await supervisor.startChild(Crash("lost"))
        await #expect {
            try await service.value
        } throws: { error in
            "\(error)" == "sessions gave up: session.1 ended too often, the last time with: lost"
        }
    }

    @Test("too many abandoned children are an error that counts them")
    func tooManyAbandoned() {
        #expect(
            "\(SupervisorGaveUp(supervisor: "tree", ending: .tooManyAbandoned("a", count: 65)))"
                == "tree gave up: a cannot be replaced, because 65 abandoned children still run")
    }

    @Test("declining to start is none")
    func declines() async throws {
        try await SupervisorService(Supervisor("tree", initialize: { nil })).run()
    }
}
