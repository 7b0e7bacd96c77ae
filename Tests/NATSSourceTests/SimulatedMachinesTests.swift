import Foundation
import Locking
import Logging
import NIOCore
import Pipeline
import Supervision
import TestKit
import Testing

@testable import NATSSource

/// Whole trees over one model of a broker, on one thread, in the order that a seed says.
private final class World {
    final class SimulatedMachine: Sendable {
        let life: Int
        let link: ModelLink
        let source: NATSSource
        let application: Application
        let runtime: SupervisionRuntime

        init(
            _ life: Int, _ link: ModelLink, _ source: NATSSource, _ application: Application,
            _ runtime: SupervisionRuntime
        ) {
            (self.life, self.link, self.source, self.application, self.runtime) = (
                life, link, source, application, runtime
            )
        }
    }

    static let window = 12
    static let ackWait = Duration.seconds(6)

    let seed: UInt64
    let server: ModelServer
    let clock = ManualClock()
    let executor = SimulatedExecutor()
    /// By life: how often each message was done.
    let done = Done()
    let store = LetterStore()
    var random: SeededGenerator
    var machines: [SimulatedMachine] = []
    private var lives = 0

    init(seed: UInt64, messages: Int) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        server = ModelServer(messages, ackWait: Self.ackWait, seed: seed &+ 1)
        machines = (0..<3).map { _ in newMachine() }
    }

    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    func newMachine() -> SimulatedMachine {
        lives += 1
        let life = lives
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var link: ModelLink?
        let options = NATSSource.Options(stream: "S", consumer: "c", ackWait: Self.ackWait, maxDeliveries: 4)
        let source = NATSSource(
            name: "events", options, at: "model", suspects: nil, lookEvery: .seconds(5), logger: quiet
        ) { [server, clock] onEvent in
            let made = ModelLink(server, clock, onEvent: onEvent)
            link = made
            return made
        }
        var settings = ApplicationSettings()
        settings.maxInFlight = Self.window
        settings.scaling = ScalingPolicy(min: 2, max: 2, workersPerSupervisor: 2)
        settings.maxAttempts = 2
        settings.storeInterval = .milliseconds(200)
        settings.breaker.isEnabled = false
        let budget = RestartBudget(restarts: 1000, within: .seconds(1))
        (settings.streamSupervisorBudget, settings.mainSupervisorBudget) = (budget, budget)
        (settings.directSupervisorBudget, settings.applicationBudget) = (budget, budget)
        let runtime = SupervisionRuntime(clock: clock, executor: executor, abandonmentLimit: nil, random: { 0.5 })
        let work = Int.random(in: 1...3000, using: &random)
        let application = Application(
            settings: settings, sources: [source],
            handler: FunctionHandler { [done, clock] message, context in
                let data = String(buffer: message.event.data)
                try await clock.sleep(for: .milliseconds((Int(data) ?? 0) * 37 % work))
                if data.hasSuffix("7") { return .failed("no") }
                done.did(data, in: life)
                return .done
            }, store: store, runtime: runtime, wallClock: { 0 }, logger: quiet)
        runtime.spawn {
            try? await application.recover()
            _ = await application.run()
        }
        // It was made there.
        return SimulatedMachine(life, link!, source, application, runtime)
    }

    /// Lets all happen that happens at this moment, in some order.
    func settle() {
        var steps = 0
        while executor.runOne(choose: { Int.random(in: 0..<$0, using: &random) }) {
            steps += 1
            guard steps < 200_000 else {
                Issue.record("seed \(seed): the tasks never come to rest")
                return
            }
        }
    }

    func advance(atMost limit: Duration) {
        let end = clock.now.advanced(by: limit)
        let next = min(clock.nextDeadline ?? end, end)
        clock.advance(by: max(clock.now.duration(to: next), .zero))
    }

    func check() {
        for machine in machines {
            let messages = machine.application.status.messages
            let settled = messages.processed + messages.killed + messages.deadLettered
            #expect(messages.received == settled + UInt64(messages.inFlight), "seed \(seed)")
            #expect(messages.brokenInvariants == 0 && machine.source.held <= Self.window, "seed \(seed)")
        }
    }

    func step(isFaulty: Bool) {
        let place = Int.random(in: machines.indices, using: &random)
        let machine = machines[place]
        switch Int.random(in: 0..<1000, using: &random) {
        case 0..<550: machine.link.deliver(isLost: isFaulty && chance(5))
        case 550..<950: advance(atMost: .milliseconds(500))
        case 950..<960 where isFaulty: machine.link.lose()
        case 960..<970: machine.link.comeBack()
        case 970..<975: server.state.withLock { $0.isDown = false }
        case 975..<980 where isFaulty:
            server.state.withLock { $0.isDown = true }
        case 980..<985 where isFaulty:
            machine.runtime.spawn { _ = try? await machine.application.crash(.receiver("events")) }
        case 985..<990 where isFaulty:
            let target: CrashTarget = chance(50) ? .flowManager : .mainSupervisor
            machine.runtime.spawn { _ = try? await machine.application.crash(target) }
        case 990..<993 where isFaulty:
            // It is gone from one moment to the next.
            machine.link.cut()
            machine.application.stop()
            machines[place] = newMachine()
        case 993..<996 where isFaulty:
            machine.runtime.spawn {
                _ = await machine.application.drain(within: .milliseconds(500))
                machine.application.stop()
                await machine.source.close()
            }
            machines[place] = newMachine()
        case 996 where isFaulty: server.elect()
        case 997 where isFaulty: _ = try? machine.application.pause("events")
        case 998..<1000:
            machine.runtime.spawn { _ = try? await machine.application.resume("events") }
        default: break
        }
    }
}

/// By life: how often each message was done.
private final class Done: Sendable {
    private let counts = Locked<[Int: [String: Int]]>([:])

    var all: [Int: [String: Int]] { counts.withLock { $0 } }
    func did(_ data: String, in life: Int) { counts.withLock { $0[life, default: [:]][data, default: 0] += 1 } }
}

/// Keeps the data of dead letters.
private final class LetterStore: StateStore {
    private let letters = Locked<Set<String>>([])

    func contains(_ data: String) -> Bool { letters.withLock { $0.contains(data) } }
    func checkpoints() async throws -> [Checkpoint] { [] }
    var counters: StateStoreCounters { StateStoreCounters() }
    func commit(_ commit: StateCommit) async throws {
        letters.withLock { $0.formUnion(commit.deadLetters.map { String(buffer: $0.data) }) }
    }
}

@Suite("Trees over a model of a broker, in a simulated world", .timeLimit(.minutes(10)))
struct SimulatedMachinesTests {
    /// How many seeds are run.
    private static let count = ProcessInfo.processInfo.environment["PTR_SEEDS"].flatMap { UInt64($0) } ?? 8

    @Test(
        "whatever is lost, repeated, killed, paused, cut off or elected: all is done, nothing goes before it is, the books are right",
        arguments: 1...count)
    func seeds(seed: UInt64) {
        let world = World(seed: seed, messages: 250)
        world.server.state.withLock { $0.loss = 20 }
        for step in 0..<4000 {
            world.settle()
            world.step(isFaulty: true)
            if step.isMultiple(of: 20) { world.check() }
        }
        // From here on nothing fails, and all comes to an end.
        world.server.state.withLock { ($0.isDown, $0.loss) = (false, 0) }
        for machine in world.machines {
            machine.link.comeBack()
            machine.runtime.spawn { _ = try? await machine.application.resume() }
        }
        var steps = 0
        while !world.server.isEmpty, steps < 100_000 {
            world.settle()
            world.step(isFaulty: false)
            steps += 1
        }
        world.check()
        #expect(world.server.isEmpty, "seed \(seed): \(world.server.state.withLock(\.stages))")
        let done = world.done.all
        for (place, stage) in world.server.state.withLock(\.stages).enumerated() {
            let isDone = done.values.contains { $0["\(place)"] != nil }
            switch stage {
            case .done: #expect(isDone, "\(place) of seed \(seed) went before it was done")
            case .terminated:
                #expect(world.store.contains("\(place)"), "\(place) of seed \(seed) has no letter")
            case .waiting, .delivered: break
            }
        }
        for (life, counts) in done {
            for (data, count) in counts {
                #expect(count == 1, "\(data) was done \(count) times in life \(life), seed \(seed)")
            }
        }
        for machine in world.machines { machine.application.stop() }
        for _ in 0..<200 {
            world.settle()
            world.advance(atMost: .seconds(1))
        }
    }
}
