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
}
