import Dispatch
import Locking
import Logging
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The round trip of the watchdog", .timeLimit(.minutes(1)))
struct RoundTripTests {
    @Test("goes by application_supervisor and main_supervisor to flow_manager")
    func stations() async {
        let tree = TreeHarness([FeedSource("a", count: 100)])
        let asked = Locked<[String]>([])
        await tree.application.roundTrip { station in asked.withLock { $0.append(station) } }
        #expect(asked.withLock { $0 } == ["application_supervisor", "main_supervisor", "flow_manager"])
        await tree.finish()
    }

    @Test("comes back through crashes of all that it goes by")
    func crashes() async throws {
        let tree = TreeHarness([FeedSource("a", count: 100)])
        await tree.application.roundTrip { _ in }
        for target in [CrashTarget.mainSupervisor, .flowManager, .directSupervisor(nil)] {
            async let crash = tree.application.crash(target)
            await tree.application.roundTrip { _ in }
            _ = try await crash
            await tree.application.roundTrip { _ in }
        }
        await tree.finish()
    }

    @Test("comes back when the tree ends, and after its end")
    func end() async {
        let tree = TreeHarness([])
        await tree.application.roundTrip { _ in }
        let trips = (0..<20).map { _ in Task { await tree.application.roundTrip { _ in } } }
        tree.application.stop()
        _ = await tree.ending
        for trip in trips { await trip.value }
        await tree.application.roundTrip { _ in }
    }

    @Test("a flow_manager that hangs is the station that does not answer")
    func hangs() async throws {
        let gate = DispatchSemaphore(value: 0)
        let hangs = Locked(false)
        let application = Application(
            settings: .quick, sources: [], handler: IdleHandler(), store: RecordingStore(),
            wallClock: {
                // flow_manager asks for the time in each turn; the first to do so hangs, with its thread.
                if hangs.withLock({ $0.take() }) { gate.wait() }
                return 42
            }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let life = Task { await application.run() }
        await application.roundTrip { _ in }
        hangs.withLock { $0 = true }
        // From now on no turn is complete, and whoever hangs has taken it back.
        while hangs.withLock({ $0 }) { try await nextTurn() }
        let (stations, asked) = AsyncStream<String>.makeStream()
        let trip = Task {
            await application.roundTrip { asked.yield($0) }
            asked.finish()
        }
        var last = ""
        for await station in stations {
            last = station
            if station == "flow_manager" { break }
        }
        #expect(last == "flow_manager")
        gate.signal()
        await trip.value
        application.stop()
        _ = await life.value
    }
}

extension Bool {
    /// Makes it false, and returns what it was.
    fileprivate mutating func take() -> Bool {
        defer { self = false }
        return self
    }
}

@Suite("The watch over the dealing")
struct DealingWatchTests {
    private let ledger = LedgerStore(.ofStreams())
    private let pool = Pool(desired: 1)
    private let watch: DealingWatch
    private let table: WorkerTable

    init() {
        watch = DealingWatch(ledger: ledger, pool: pool)
        table = WorkerTable(pool.plan().start[0])
        pool.register(table, under: Supervisor("test"))
    }

    private func admit() { ledger.withLock { _ = $0.admit([.named("x")]) } }

    private func deal() {
        var hands: [(worker: Worker, hand: Hand)] = []
        _ = pool.deal(from: ledger, at: .zero, into: &hands)
    }

    @Test("messages, credit and nothing dealt: it stalls, from when that was first seen")
    func stalls() {
        table.hire(1)
        admit()
        #expect(watch.stalledFor(at: .seconds(10)) == nil)
        #expect(watch.stalledFor(at: .seconds(20)) == .seconds(10))
        #expect(watch.stalledFor(at: .seconds(30)) == .seconds(20))
        deal()
        #expect(watch.stalledFor(at: .seconds(40)) == nil)
    }

    @Test("no message, or no credit: nothing stalls")
    func nothingToDeal() {
        table.hire(1)
        #expect(watch.stalledFor(at: .seconds(10)) == nil)
        #expect(watch.stalledFor(at: .seconds(20)) == nil)
        admit()
        deal()
        admit()
        #expect(watch.stalledFor(at: .seconds(30)) == nil)
        #expect(watch.stalledFor(at: .seconds(40)) == nil)
    }

    @Test("something was dealt in between, though there is always more: nothing stalls")
    func progress() {
        for worker in 1...3 { table.hire(UInt64(worker)) }
        for second in 1...2 {
            for _ in 0..<4 { admit() }
            var hands: [(worker: Worker, hand: Hand)] = []
            _ = pool.deal(from: ledger, at: .zero, into: &hands)
            table.hire(UInt64(10 + second))
            #expect(watch.stalledFor(at: .seconds(10 * second)) == nil)
        }
        #expect(watch.stalledFor(at: .seconds(30)) == .seconds(10))
    }

    @Test("who is on the way out has no credit to give")
    func draining() {
        table.hire(1)
        admit()
        pool.resize(to: 0)
        _ = pool.plan()
        #expect(watch.stalledFor(at: .seconds(10)) == nil)
        #expect(watch.stalledFor(at: .seconds(20)) == nil)
    }
}
