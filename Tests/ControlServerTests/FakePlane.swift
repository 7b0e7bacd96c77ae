import ControlAPI
import ControlServer
import Locking

/// A daemon that answers from a script, and tells the test when it is asked.
actor FakePlane: ControlPlane {
    /// What the plane was asked to do, in order.
    private(set) var asked: [String] = []
    /// What was noted of commands.
    private(set) var notes: [AuditRecord] = []
    /// What subscribers are sent.
    let eventStream = Broadcast<Event>()
    /// What taps are sent.
    let tapStream = Broadcast<TapItem>()
    private let slow: Gate?

    /// - Parameter slow: If given, `status` waits for it to be opened.
    init(slow: Gate? = nil) {
        self.slow = slow
    }

    func note(_ request: Any) { asked.append("\(request)") }

    func note(_ audit: AuditRecord) async { notes.append(audit) }

    func status() async -> Status {
        asked.append("status")
        await slow?.pass()
        return Self.status
    }

    func follow(_ subscription: EventsSubscription) async -> AsyncStream<Event> {
        note("follow \(subscription.kinds.map(\.rawValue)) after \(subscription.after.map { "\($0)" } ?? "now")")
        return eventStream.subscribe()
    }

    func tap(_ subscription: TapSubscription) async -> AsyncStream<TapItem> {
        note("tap \(subscription.stage.rawValue) \(subscription.text ?? "all")")
        return tapStream.subscribe()
    }

    func scale(_ request: ScaleRequest) async throws(ControlFailure) -> ScaleResponse {
        asked.append("\(request)")
        switch request {
        case .target(let target) where (1...8).contains(target):
            return ScaleResponse(
                mode: .manual, target: target, previousTarget: 1, directSupervisors: 1, min: 1, max: 8,
                automatic: 2, note: "ptrd is paused")
        case .target(let target):
            throw ControlFailure(
                .precondition, "\(target) direct supervisors are not within min 1 and max 8",
                hint: "set max in [scaling]")
        case .auto:
            return ScaleResponse(mode: .auto, target: 1, previousTarget: 1, directSupervisors: 1, min: 1, max: 8)
        }
    }

    func crash(_ request: CrashRequest) async throws(ControlFailure) -> CrashResponse {
        asked.append("\(request)")
        guard request.id != "worker.9.9" else {
            throw ControlFailure(.notFound, "there is no worker.9.9")
        }
        return CrashResponse(
            target: request.target, id: request.id ?? "worker.1.1", signal: "SEGV", pid: 4711, incarnationBefore: 1,
            incarnationAfter: 2,
            busy: true, sequence: 17, message: Self.crash.message, held: 1, crash: 3,
            gaveUp: ["direct_supervisor.1"], restartedBy: "main_supervisor", detectedInMicroseconds: 12,
            replacedInMicroseconds: 85)
    }

    static let status = Status(
        state: .running,
        problems: [
            Problem(
                kind: .breakerOpen, subject: "breaker", since: "2026-01-31T09:30:00.123456Z",
                text: "the breaker is open")
        ],
        degradedBecause: "the breaker is open", needsRestart: ["metrics.listen"], version: "1.2.3", pid: 42,
        uptimeSeconds: 1.5,
        streams: [
            Status.Stream(
                name: "tweets-1", url: "http://127.0.0.1:4000/tweets/1", state: .paused, lastEventID: "e17",
                error: "refused", pausedForSeconds: 12.5, since: "2026-01-31T09:30:00.123456Z", downForSeconds: 70,
                attempts: 6, nextAttemptInSeconds: 12, position: "e16", repeated: 3, refusedPositions: 1, filtered: 2,
                compressedBytes: 1234,
                broker: BrokerShare(
                    consumer: "EVENTS/work", pending: 1200, ackPending: 30, oldestSeconds: 4, held: 30, redelivered: 2),
                lease: StreamHolder(role: .standby, holder: "edge-2", epoch: 7))
        ],
        messages: Status.Messages(
            received: 10, inFlight: 3, processed: 4, killed: 2, deadLettered: 1, retried: 5, ratePerSecond: 12.3,
            delayed: 1, lateOutcomes: 2, inFlightBytes: 300, filtered: 1),
        workers: Status.Workers(
            total: 8, busy: 3, backingOff: 1, starting: 1, stopping: 0, restarts: 2, abandoned: 1),
        directSupervisors: 1,
        scaling: Status.Scaling(mode: .auto, target: 1, min: 1, max: 64, reason: "withinTolerance", pinned: 1),
        latency: Status.Latency(),
        storage: Status.Storage(
            storedDeadLetters: 5, waitingDeadLetters: 1, droppedDeadLetters: 0, evictedDeadLetters: 0, replaying: 1,
            lastWriteError: "the disk is full"))
}

/// Sends what the test says to whoever has subscribed, and tells of who comes and goes.
final class Broadcast<Item: Sendable>: Sendable {
    private let readers = Locked<[UInt64: AsyncStream<Item>.Continuation]>([:])
    private let numbers = Locked<UInt64>(0)
    private let (changes, changed) = AsyncStream<Void>.makeStream()

    func subscribe() -> AsyncStream<Item> {
        let (stream, continuation) = AsyncStream<Item>.makeStream(bufferingPolicy: .bufferingNewest(64))
        let number = numbers.withLock { number in
            number += 1
            return number
        }
        continuation.onTermination = { [weak self] _ in
            self?.change { $0[number] = nil }
        }
        change { $0[number] = continuation }
        return stream
    }

    func send(_ item: Item) {
        for reader in readers.withLock({ Array($0.values) }) { reader.yield(item) }
    }

    func finish() {
        for reader in readers.withLock({ Array($0.values) }) { reader.finish() }
    }

    /// Waits until there are so many readers.
    func readers(_ count: Int) async {
        guard self.count != count else { return }
        for await _ in changes where self.count == count { return }
    }

    /// How many readers there are.
    var count: Int { readers.withLock { $0.count } }

    private func change(_ body: (inout [UInt64: AsyncStream<Item>.Continuation]) -> Void) {
        readers.withLock { body(&$0) }
        changed.yield()
    }
}

/// Holds whoever comes until it is opened, and says when someone has come.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var arrived = 0
    private var expecting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    func pass() async {
        arrived += 1
        for (count, continuation) in expecting where count == arrived { continuation.resume() }
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func arrivals(_ count: Int) async {
        guard arrived < count else { return }
        await withCheckedContinuation { expecting.append((count, $0)) }
    }
}
