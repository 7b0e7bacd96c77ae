import Supervision
import Testing

/// Those of the facts about OTP's supervisor that speak of cost: counted in operations, since a test should not depend
/// on the speed of its machine.
@Suite("OTP conformance: cost", .timeLimit(.minutes(5)))
struct CostConformanceTests {
    /// What the life of a dynamic supervisor costs.
    struct Cost: Sendable {
        /// Jobs until all children have started.
        var start: Int
        /// Jobs from the request to stop until the supervisor has ended.
        var stop: Int
        var timers: Int
    }

    private func cost(of count: Int) async throws -> Cost {
        let (executor, clock) = (CountingExecutor(), CountingClock())
        let runtime = SupervisionRuntime(clock: clock, executor: executor)
        let supervisor = DynamicSupervisor(
            "tree",
            template: ChildTemplate(id: "child", startup: .whenReady) { (_: Int, context) in
                context.ready()
                for await _ in AsyncStream<Never>.makeStream().stream {}
            }, runtime: runtime)
        // Whoever asks is on the same executor, so that nothing depends on which of two threads is faster.
        return try await Task(executorPreference: executor) {
            async let ending = supervisor.run().summary
            for number in 1...count { try await supervisor.startChild(number) }
            #expect(try await supervisor.countChildren().active == count)
            let start = executor.jobs
            supervisor.stop()
            #expect(await ending == "stopped")
            return Cost(start: start, stop: executor.jobs - start, timers: clock.sleeps)
        }.value
    }

    @Test("C46: ten times the children cost less than fifty times the operations to stop; the timer is one")
    func costOfTheStop() async throws {
        let (few, many) = (try await cost(of: 100), try await cost(of: 1_000))
        #expect(many.stop < 50 * few.stop)
        #expect(many.stop < 11 * few.stop, "it is linear, in fact")
        #expect(few.timers <= 1)
        #expect(many.timers <= 1)
    }

    @Test("C49: starting and stopping 1,000, 10,000 and 100,000 children is linear in operations")
    func linearCost() async throws {
        let costs = [try await cost(of: 1_000), try await cost(of: 10_000), try await cost(of: 100_000)]
        for (few, many) in zip(costs, costs.dropFirst()) {
            #expect(many.start < 11 * few.start)
            #expect(many.stop < 11 * few.stop)
            #expect(many.timers <= 1)
        }
    }
}
