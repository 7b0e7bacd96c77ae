import CoreMetrics
import Locking
import NIOCore
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The state writer", .timeLimit(.minutes(2)))
struct StateWriterTests {
    private let ledger = LedgerStore(
        Ledger(
            limits: .wide, streams: [StreamLedger(name: StreamName(name: "a", index: 0), location: "http://a/")],
            breaker: .disabled))
    private let store = MemoryStore()
    private let clock = ManualClock()
    private let log = LogLines()
    private let writer: StateWriter

    init() {
        let kernel = ErrorKernel(
            live: LiveSettings(ApplicationSettings()), ledger: ledger, pool: Pool(desired: 1),
            runtime: SupervisionRuntime(clock: clock), wallClock: { 0 })
        writer = StateWriter(
            kernel, store: store, observer: Observation(kernel, metrics: NOOPMetricsHandler.instance),
            logger: log.logger)
    }

    /// Messages with these ids come and are done.
    private func done(_ ids: [String]) {
        ledger.withLock { ledger in
            ledger.admit(ids: ids)
            for _ in ids { ledger.complete() }
        }
    }

    private func die(_ id: String, bytes: Int = 1) {
        ledger.withLock { ledger in
            ledger.admit([.ofBytes(bytes, id: id)])
            ledger.complete(.failed("no"), policy: .never)
        }
    }

    /// The writer's child, asleep until its next interval.
    private func child() async -> Task<Void, any Error> {
        let child = Task { try await writer.run() }
        await clock.sleepers { $0.contains(.seconds(1)) }
        return child
    }

    private func nextInterval() async {
        clock.advance(by: .seconds(1))
        await clock.sleepers { $0.contains(.seconds(1)) }
    }

    @Test("writes once in an interval, however much has changed, and nothing when nothing has")
    func interval() async {
        let child = await child()
        done(["1", "2"])
        done(["3"])
        clock.advance(by: .milliseconds(999))
        #expect(store.contents.commits.isEmpty)
        clock.advance(by: .milliseconds(1))
        await clock.sleepers { $0.contains(.seconds(1)) }
        #expect(store.contents.commits.count == 1)
        #expect(store.contents.checkpoints["a"]?.location == "http://a/")
        #expect(store.contents.checkpoint(of: "a") == "3")
        await nextInterval()
        #expect(store.contents.commits.count == 1)
        child.cancel()
    }

    @Test("while the disk is full the checkpoint stands still; when there is room, all of it is stored at once")
    func diskFull() async {
        let child = await child()
        done(["1"])
        await nextInterval()
        store.fill()
        die("2")
        for id in ["3", "4", "5"] {
            done([id])
            await nextInterval()
            #expect(store.contents.checkpoint(of: "a") == "1" && store.contents.letters.isEmpty)
            #expect(writer.lastFailure == "DiskFull()")
        }
        store.fill(false)
        await nextInterval()
        #expect(store.contents.checkpoint(of: "a") == "5")
        #expect(store.contents.letters.values.map(\.sequence) == [2])
        #expect(store.contents.commits.count == 2)
        #expect(writer.lastFailure == nil)
        // Said once.
        #expect(log.all.count == 2)
        #expect(log.count(containing: "error: the state could not be written") == 1)
        #expect(log.count(containing: "notice: the state is written again") == 1)
        child.cancel()
    }

    @Test("what has to be dropped meanwhile is said once an episode, and its count is stored before it is passed")
    func dropped() async {
        let child = await child()
        store.fill()
        let half = UnsavedDeadLetters.maximumBytes / 2 + 1
        for id in ["1", "2", "3", "4"] {
            die(id, bytes: half)
            await nextInterval()
        }
        #expect(store.contents.checkpoints.isEmpty && store.contents.dropped.isEmpty)
        #expect(log.count(containing: "the oldest are dropped") == 1)
        store.fill(false)
        await nextInterval()
        #expect(store.contents.checkpoint(of: "a") == "4" && store.contents.dropped == ["a": 3])
        #expect(store.contents.letters.values.map(\.sequence) == [4])
        #expect(store.contents.commits.count == 1)
        #expect(log.count(containing: "3 dead letter(s) of stream a") == 1)
        store.fill()
        for id in ["5", "6"] {
            die(id, bytes: half)
            await nextInterval()
        }
        #expect(log.count(containing: "the oldest are dropped") == 2)
        child.cancel()
    }

    @Test("writes at once are one after the other, and store each dead letter once")
    func serial() async {
        let gate = Gate()
        store.hold(at: gate)
        die("1")
        let first = Task { await writer.write() }
        await gate.arrivals(1)
        die("2")
        let others = (0..<5).map { _ in Task { await writer.write() } }
        gate.open()
        for write in others + [first] { await write.value }
        #expect(store.contents.mostAtOnce == 1)
        #expect(store.contents.commits.map { $0.deadLetters.map(\.sequence) } == [[1], [2]])
        #expect(store.contents.checkpoint(of: "a") == "2")
    }

    @Test("a write goes on to its end when the one that asked for it is cancelled, and the next one waits for it")
    func crash() async {
        let gate = Gate()
        store.hold(at: gate)
        let child = await child()
        die("1")
        clock.advance(by: .seconds(1))
        await gate.arrivals(1)
        child.cancel()
        die("2")
        let last = Task { await writer.write() }
        gate.open()
        await last.value
        await #expect(throws: CancellationError.self) { try await child.value }
        #expect(store.contents.mostAtOnce == 1)
        #expect(store.contents.letters.values.map(\.sequence).sorted() == [1, 2])
        #expect(ledger.withLock { $0.unstored().isEmpty })
    }

    @Test("a write that hangs holds up nobody for longer than he is ready to wait, and those who wait do not pile up")
    func hangs() async throws {
        let gate = Gate()
        store.hold(at: gate)
        let child = await child()
        die("1")
        clock.advance(by: .seconds(1))
        await gate.arrivals(1)
        let last = Task { await writer.write(until: .seconds(3)) }
        await clock.sleepers { $0.contains(.seconds(2)) }
        clock.advance(by: .seconds(2))
        #expect(await !last.value)
        // Five seconds after it began it is a reason to be degraded.
        #expect(writer.lastFailure == nil)
        await clock.sleepers { $0.contains(.seconds(3)) }
        clock.advance(by: .seconds(3))
        while writer.lastFailure == nil { try await nextTurn() }
        #expect(writer.lastFailure == "the disk has not answered for 5 s; what waits is stored when it does")
        #expect(store.contents.mostAtOnce == 1 && store.contents.commits.isEmpty)
        gate.open()
        await writer.write()
        #expect(store.contents.commits.count == 1 && writer.lastFailure == nil)
        #expect(log.count(containing: "notice: the state is written again") == 1)
        child.cancel()
    }

    @Test("a store that vanished is given every checkpoint anew at once, and degraded until it is seen to be well")
    func vanished() async throws {
        let child = await child()
        done(["1"])
        await nextInterval()
        store.vanish()
        await nextInterval()
        #expect(store.contents.checkpoint(of: "a") == "1")
        #expect(writer.lastFailure == "it was deleted")
        await nextInterval()
        #expect(writer.lastFailure == nil)
        // Noticed by a write that has something to store, and by the last one.
        store.vanish()
        die("2")
        #expect(await writer.write(until: .seconds(60)))
        #expect(store.contents.checkpoint(of: "a") == "2" && store.contents.letters.count == 1)
        child.cancel()
    }
}
