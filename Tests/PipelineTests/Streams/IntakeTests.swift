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

@Suite("The intake", .timeLimit(.minutes(1)))
struct IntakeTests {
    private let ledger: LedgerStore
    private let intake: Intake
    private let notify = Notify()

    /// Streams `a` and `b` before a window of ten messages, five of them shared.
    init() {
        let limits = LedgerLimits(inFlight: 10, inFlightBytes: 1000, span: 4000, eventBytes: 100)
        ledger = LedgerStore(.ofStreams(2, limits: limits))
        intake = Intake(
            streams: ["a", "b"].map { StreamStatus(name: $0, location: "test:\($0)") }, ledger: ledger,
            flowNotify: notify)
    }

    /// Brings events that are named and numbered by their ids. Is waiting when this returns.
    private func bring(_ ids: [String], of stream: Int = 0) -> Task<Void, any Error> {
        let events = ids.map { Event.named($0, id: $0) }
        return Task.immediate { [intake] in try await intake.bring(events, of: stream, receivedAt: .zero) }
    }

    private func side(of stream: Int = 0, incarnation: UInt64 = 0) -> StreamIntake {
        StreamIntake(
            stream: StreamName(name: ["a", "b"][stream], index: stream), incarnation: incarnation, intake: intake,
            ledger: ledger, runtime: SupervisionRuntime())
    }

    /// What has been admitted and not been dealt yet, in order. Deals it.
    private func admitted() -> [String] {
        ledger.withLock { ledger in
            var data: [String] = []
            while let assignment = ledger.leaseNext(to: .first, at: .zero) {
                data.append(String(buffer: assignment.message.event.data))
            }
            return data
        }
    }

    /// Settles the oldest messages, so that others may come in.
    private func complete(_ count: Int) {
        ledger.withLock { ledger in
            _ = ledger.revoke { _ in true }
            for _ in 0..<count { ledger.complete() }
        }
    }

    private var admittedCounts: [UInt64] { ledger.withLock { $0.streams.map(\.admitted) } }

    private func names(_ prefix: String, _ range: ClosedRange<Int>) -> [String] { range.map { "\(prefix)\($0)" } }

    @Test("a batch is admitted when flow_manager says so, and whoever brought it goes on")
    func admit() async throws {
        let batch = bring(["1", "2"])
        #expect(intake.waiting == 2)
        #expect(!intake.isEmpty)
        try await notify.wait()
        #expect(intake.admit() == 2)
        try await batch.value
        #expect(intake.isEmpty)
        #expect(admitted() == ["1", "2"])
        #expect(intake.admit() == 0)
    }

    @Test("a stream that is restarted while its supervisor is replaced is restarted by the new one")
    func restartedMeanwhile() async throws {
        func supervisor(_ starts: Counter) -> Supervisor {
            Supervisor(
                "stream_supervisor", options: Supervisor.Options(strategy: .oneForOne),
                children: [
                    ChildSpecification(id: "stream.a") { _ in
                        starts.next()
                        try await Notify().wait()
                    }
                ])
        }
        let children = StreamChildren([])
        let (first, second) = (Counter(), Counter())
        let old = children.begin { _ in supervisor(first) }
        let oldLife = Task { await old.run() }
        while first.value < 1 { try await nextTurn() }
        var lives = [(old, oldLife)]
        await children.restart("stream.a") {
            let new = children.begin { _ in supervisor(second) }
            lives.append((new, Task { await new.run() }))
            old.stop()
        }
        while second.value < 2 { try await nextTurn() }
        for (supervisor, life) in lives {
            supervisor.stop()
            _ = await life.value
        }
    }

    @Test("a full window admits a part, and the rest waits")
    func parts() async throws {
        let batch = bring(names("a", 1...12))
        #expect(intake.admit() == 8)
        #expect(intake.waiting == 4)
        complete(3)
        #expect(intake.admit() == 3)
        complete(3)
        #expect(intake.admit() == 1)
        try await batch.value
        #expect(ledger.snapshot.received == 12)
    }

    @Test("what one stream brings is admitted in order, also when a part waits")
    func order() async throws {
        let (first, second) = (bring(names("1.", 1...10)), bring(["2.1"]))
        #expect(intake.admit() == 8)
        complete(8)
        #expect(intake.admit() == 3)
        try await first.value
        try await second.value
        #expect(admitted() == ["1.9", "1.10", "2.1"])
    }

    /// Wants the tree for one message. Is waiting when this returns.
    private func reserve(_ stream: Int) -> Task<Bool, Never> {
        Task.immediate { [intake] in await intake.reserve(stream, by: 0, at: .zero) }
    }

    @Test("what is to be alone waits until nothing is in process, and nothing is admitted with it")
    func alone() async throws {
        let first = bring(["b1", "b2"], of: 1)
        #expect(intake.admit() == 2)
        try await first.value
        let (reserved, others) = (reserve(0), bring(["b3"], of: 1))
        #expect(intake.admit() == 0)
        complete(2)
        #expect(intake.admit() == 0)
        #expect(await reserved.value)
        // It has not come yet; one that has to be alone as well waits for its turn.
        #expect(intake.admit() == 0)
        let (second, message) = (reserve(1), bring(["a1", "a2"]))
        #expect(intake.admit() == 1)
        #expect(intake.admit() == 0)
        complete(1)
        // What came before the next one goes in, and then that has its turn.
        #expect(intake.admit() == 2)
        try await message.value
        try await others.value
        complete(2)
        #expect(intake.admit() == 0)
        #expect(await second.value)
    }

    @Test("who wants the tree for one message and ends gives it back, whether he has it or waits for it")
    func aloneNoMore() async throws {
        #expect(intake.admit() == 0)
        let reserved = reserve(0)
        #expect(intake.admit() == 0)
        #expect(await reserved.value)
        let others = bring(["b1"], of: 1)
        #expect(intake.admit() == 0)
        intake.release(0, by: 0)
        #expect(intake.admit() == 1)
        try await others.value
        // b1 is in process.
        let waiting = reserve(0)
        #expect(intake.admit() == 0)
        waiting.cancel()
        #expect(await waiting.value)
        let more = bring(["b2"], of: 1)
        #expect(intake.admit() == 1)
        try await more.value
        complete(2)
        let again = reserve(0)
        #expect(intake.admit() == 0)
        #expect(await again.value)
        // Its receiver was left to itself, and another one begins.
        intake.begin(7, of: 0)
        let last = bring(["b3"], of: 1)
        #expect(intake.admit() == 1)
        try await last.value
    }

    @Test(
        "nobody waits for more than a minute for one that is to be alone: neither until it is, nor until it has an end")
    func alonePatience() async throws {
        let first = bring(["b1"], of: 1)
        #expect(intake.admit() == 1)
        try await first.value
        let (reserved, others) = (reserve(0), bring(["b2"], of: 1))
        #expect(intake.admit(at: .seconds(59)) == 0)
        // It goes on beside what is in process.
        #expect(intake.admit(at: .seconds(60)) == 1)
        #expect(await reserved.value)
        try await others.value
        complete(2)
        let again = reserve(0)
        #expect(intake.admit(at: .zero) == 0)
        #expect(await again.value)
        let message = bring(["a1"])
        #expect(intake.admit(at: .zero) == 1)
        try await message.value
        // It is tried again, and again.
        let more = bring(["b3"], of: 1)
        #expect(intake.admit(at: .seconds(59)) == 0)
        #expect(intake.admit(at: .seconds(60)) == 1)
        try await more.value
    }

    @Test("a paused stream that wants the tree for one message holds up nobody")
    func alonePaused() async throws {
        let reserved = reserve(0)
        _ = try intake.pause("a", until: nil)
        let others = bring(["b1"], of: 1)
        #expect(intake.admit() == 1)
        try await others.value
        complete(1)
        _ = try intake.resume("a")
        #expect(intake.admit() == 0)
        #expect(await reserved.value)
    }

    @Test(
        "a stream that is taken over: what waits comes again after an id that was stored, and is worked on where there is none",
        arguments: [("9", 0), ("", 1)])
    func takenOver(id: String, left: Int) async throws {
        let batch = bring(["1", "2"])
        batch.cancel()
        _ = await batch.result
        #expect(intake.waiting == 2)
        intake.takeOver(0, by: 0, 1, after: Checkpoint(stream: "a", lastEventID: ByteBuffer(string: id)), anew: true)
        #expect(intake.waiting == left * 2)
        #expect(intake.admit() == left * 2)
    }

    @Test("the streams have turns of 64")
    func turns() async throws {
        let ledger = LedgerStore(.ofStreams(2))
        let intake = Intake(
            streams: ["a", "b"].map { StreamStatus(name: $0, location: "") }, ledger: ledger, flowNotify: notify)
        let tasks = (0..<2).map { stream in
            Task.immediate {
                try await intake.bring(
                    Array(repeating: .named(["a", "b"][stream]), count: 100), of: stream, receivedAt: .zero)
            }
        }
        #expect(intake.admit() == 200)
        for task in tasks { try await task.value }
        let data = ledger.withLock { ledger in
            (0..<200).map { _ in
                (ledger.leaseNext(to: .first, at: .zero)?.message.event.data).map { String(buffer: $0) }
            }
        }
        let expected = [("a", 64), ("b", 64), ("a", 36), ("b", 36)].flatMap { Array(repeating: $0, count: $1) }
        #expect(data == expected)
    }

    @Test("a slot at a time, the streams take turns too")
    func turnsAtTheLimit() {
        let tasks = [bring(names("a", 1...50), of: 0), bring(names("b", 1...50), of: 1)]
        // The window is full: eight of a, two of b, which are the reserve of b.
        #expect(intake.admit() == 10)
        _ = admitted()
        var shares = [0, 0]
        for _ in 0..<40 {
            complete(1)
            let before = admittedCounts
            #expect(intake.admit() == 1)
            for (stream, admitted) in admittedCounts.enumerated() { shares[stream] += Int(admitted - before[stream]) }
        }
        #expect(shares == [20, 20])
        for task in tasks { task.cancel() }
    }

    @Test("a stream that finds all room taken by another's bytes gets in before the other refills what it gave up")
    func noStarvation() async throws {
        // Its event is larger than a part of the window, and than what is shared.
        let other = Task.immediate { [intake] in
            try await intake.bring(Array(repeating: .ofBytes(90), count: 100), of: 0, receivedAt: .zero)
        }
        // Eight of 90 bytes; the window has 1000.
        #expect(intake.admit() == 8)
        let large = Task.immediate { [intake] in
            try await intake.bring([.ofBytes(700)], of: 1, receivedAt: .zero)
        }
        var rounds = 0
        while admittedCounts[1] == 0, rounds < 100 {
            complete(1)
            _ = intake.admit()
            rounds += 1
        }
        #expect(rounds <= 8)
        try await large.value
        other.cancel()
        await #expect(throws: CancellationError.self) { try await other.value }
    }

    @Test("cancellation ends the wait, and leaves the batch to the tree")
    func cancel() async throws {
        let batch = bring(["1", "2"])
        batch.cancel()
        await #expect(throws: CancellationError.self) { try await batch.value }
        #expect(intake.waiting == 2)
        #expect(intake.admit() == 2)
        #expect(admitted() == ["1", "2"])
        #expect(intake.isEmpty)
    }

    @Test("a task that is cancelled before it brings anything leaves its batch all the same")
    func cancelBefore() async {
        let batch = Task.immediate { [intake] in
            withUnsafeCurrentTask { $0?.cancel() }
            try await intake.bring([.named("1")], of: 0, receivedAt: .zero)
        }
        await #expect(throws: CancellationError.self) { try await batch.value }
        #expect(intake.admit() == 1)
    }

    @Test("a cancellation at any moment ends the wait, though nothing is ever admitted", arguments: 0..<300)
    func cancelRace(_: Int) async {
        let batch = Task { [intake] in try await intake.bring([.named("1")], of: 0, receivedAt: .zero) }
        async let cancel: Void = batch.cancel()
        await cancel
        await #expect(throws: CancellationError.self) { try await batch.value }
    }

    @Test("where to go on is known only when all that was brought before is admitted")
    func resume() async throws {
        let old = bring(names("", 1...12))
        old.cancel()
        _ = await old.result
        let resumed = Task.immediate { [side = side()] in try await side.resume() }
        #expect(intake.admit() == 8)
        complete(8)
        #expect(intake.admit() == 4)
        // The run of the last one may go on.
        #expect(String(buffer: try await resumed.value) == "11")
        #expect(intake.isEmpty)
    }

    @Test("with nothing waiting, where to go on is known at the next round")
    func resumeAtOnce() async throws {
        ledger.withLock { $0.resume(0, after: Checkpoint(stream: "a", lastEventID: ByteBuffer(string: "41"))) }
        let resumed = Task.immediate { [side = side()] in try await side.resume() }
        #expect(intake.admit() == 0)
        #expect(String(buffer: try await resumed.value) == "41")
    }

    @Test("a stream waits for its own batches only")
    func resumeOfAnother() async throws {
        let full = bring(names("a", 1...20), of: 0)
        let resumed = Task.immediate { [side = side(of: 1)] in try await side.resume() }
        #expect(intake.admit() == 8)
        #expect(try await resumed.value.readableBytes == 0)
        full.cancel()
        _ = await full.result
    }

    @Test("once a receiver has been replaced, nothing more is taken from it; what it brought before stays")
    func replaced() async throws {
        intake.begin(7, of: 0)
        let (old, new) = (side(incarnation: 7), side(incarnation: 8))
        let before = Task.immediate { try await old.bring([.named("x", id: "1"), .named("y", id: "2")], bytes: 1) }
        intake.begin(8, of: 0)
        await #expect(throws: CancellationError.self) { try await old.bring([.named("z", id: "3")], bytes: 1) }
        await #expect(throws: CancellationError.self) { _ = try await old.resume() }
        let resumed = Task.immediate { try await new.resume() }
        #expect(intake.admit() == 2)
        try await before.value
        #expect(String(buffer: try await resumed.value) == "1")
        #expect(admitted() == ["x", "y"])
    }

    @Test("while an open circuit breaker lets nobody in, a stream still learns where to go on")
    func resumeWhileOpen() async throws {
        let ledger = LedgerStore(
            Ledger(
                limits: .wide, streams: ["a", "b"].enumerated().map { StreamName(name: $1, index: $0) },
                breaker: CircuitBreakerTests.policy))
        let intake = Intake(
            streams: ["a", "b"].map { StreamStatus(name: $0, location: "test:\($0)") }, ledger: ledger,
            flowNotify: notify)
        ledger.withLock { ledger in
            for number: UInt64 in 1...4 { ledger.breaker.finished(number, .failed("no"), at: .zero) }
        }
        let brought = Task.immediate { try await intake.bring([.named("x"), .named("y")], of: 0, receivedAt: .zero) }
        let side = StreamIntake(
            stream: StreamName(name: "b", index: 1), intake: intake, ledger: ledger, runtime: SupervisionRuntime())
        let resumed = Task.immediate { try await side.resume() }
        #expect(intake.admit() == 0)
        #expect(try await resumed.value.readableBytes == 0)
        ledger.withLock { $0.breaker.advance(to: .seconds(1)) }
        #expect(intake.admit() == 1)
        #expect(intake.admit() == 0)
        #expect(intake.waiting == 1)
        brought.cancel()
        _ = await brought.result
    }

    @Test("what a stream brings and reports is in its status")
    func status() async throws {
        let side = side(of: 1)
        try await side.bring([], bytes: 7)
        let batch = Task.immediate { try await side.bring([.named("x", id: "5"), .named("y", id: "6")], bytes: 40) }
        _ = intake.admit()
        try await batch.value
        side.report { status in
            status.state = .waiting
            status.error = "refused"
        }
        let status = intake.statuses[1]
        #expect(status.events == 2)
        #expect(status.bytes == 47)
        #expect(status.lastEventID == "6")
        #expect(status.state == .waiting)
        #expect(status.error == "refused")
        #expect(intake.statuses[0] == StreamStatus(name: "a", location: "test:a"))
    }
}
