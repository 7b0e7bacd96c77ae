import Locking
import Logging
import NIOCore
import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A whole tree with sources and a handler that a test directs.
final class TreeHarness: Sendable {
    let application: Application
    let handler: DirectedHandler
    let store: RecordingStore
    private let life: Task<Supervisor.Ending, Never>

    init(
        _ sources: [FeedSource], settings: ApplicationSettings = .quick, handler: DirectedHandler = DirectedHandler()
    ) {
        let store = RecordingStore()
        let application = Application(
            settings: settings, sources: sources, handler: handler, store: store, wallClock: { 42 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.application = application
        self.handler = handler
        self.store = store
        life = Task { await application.run() }
    }

    var messages: LedgerSnapshot { application.status.messages }

    /// Waits until everything is done, stops the tree, and says how it ended.
    @discardableResult
    func finish(within timeout: Duration = .seconds(60)) async -> (left: Int, ending: Supervisor.Ending) {
        let left = await application.drain(within: timeout)
        application.stop()
        return (left, await life.value)
    }

    /// How the tree ends by itself.
    var ending: Supervisor.Ending {
        get async { await life.value }
    }
}

extension ApplicationSettings {
    /// Small and quick: 4 workers under 2 direct supervisors, short backoff, generous restart budgets.
    static var quick: ApplicationSettings {
        var settings = ApplicationSettings()
        settings.maxInFlight = 64
        settings.scaling = ScalingPolicy(min: 2, max: 8, workersPerSupervisor: 2, tick: .milliseconds(10))
        settings.initialBackoff = .milliseconds(1)
        settings.maximumBackoff = .milliseconds(4)
        settings.storeInterval = .milliseconds(5)
        let generous = RestartBudget(restarts: 100_000, within: .seconds(1))
        settings.directSupervisorBudget = generous
        settings.mainSupervisorBudget = generous
        settings.streamSupervisorBudget = generous
        settings.applicationBudget = generous
        return settings
    }
}

/// A feed with ids: what was not admitted is there again after a reconnect, as with a server that supports `Last-Event-ID`.
final class FeedSource: Source {
    let name: String
    let location = "test"
    let identity: [UInt8]
    let positions: PositionPolicy
    private let data: [String]
    private let batch: Int
    private let starts = Locked(0)

    /// - Parameter data: the data of each event; its id is its number, from 1.
    init(
        _ name: String, _ data: [String], batch: Int = 7, identity: [UInt8] = Array("test".utf8), initialID: String = ""
    ) {
        self.identity = identity
        positions = PositionPolicy(initialEventID: ByteBuffer(string: initialID))
        self.name = name
        self.data = data
        self.batch = batch
    }

    /// Events `name:1` to `name:count`.
    convenience init(
        _ name: String, count: Int, batch: Int = 7, identity: [UInt8] = Array("test".utf8), initialID: String = ""
    ) {
        self.init(
            name, count == 0 ? [] : (1...count).map { "\(name):\($0)" }, batch: batch, identity: identity,
            initialID: initialID)
    }

    /// How many events it has.
    var count: Int { data.count }

    /// How often it connected.
    var connections: Int { starts.withLock { $0 } }

    func run(_ intake: StreamIntake) async throws {
        starts.withLock { $0 += 1 }
        var next = Int(String(buffer: try await intake.resume())) ?? 0
        _ = intake.opened()
        while next < data.count {
            let end = min(next + batch, data.count)
            let events = (next..<end).map { index in
                Event(id: ByteBuffer(string: "\(index + 1)"), data: ByteBuffer(string: data[index]))
            }
            try await intake.bring(events, bytes: events.reduce(0) { $0 + $1.data.readableBytes })
            next = end
        }
        try await Notify().wait()
    }
}

/// A handler that does what a test says, and tells what it did.
final class DirectedHandler: MessageHandler {
    typealias Behaviour = @Sendable (_ data: String, _ context: HandlerContext) async throws -> Outcome

    private struct State {
        var completions: [String: Int] = [:]
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var total = 0

        mutating func satisfied() -> [CheckedContinuation<Void, Never>] {
            let ready = waiters.filter { $0.count <= total }
            waiters.removeAll { $0.count <= total }
            return ready.map(\.continuation)
        }
    }

    private let behaviour: Behaviour
    private let state = Locked(State())

    init(_ behaviour: @escaping Behaviour = { _, _ in .done }) {
        self.behaviour = behaviour
    }

    func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
        let data = String(buffer: message.event.data)
        let result = try await behaviour(data, context)
        guard result == .done else { return result }
        let ready = state.withLock { state in
            state.completions[data, default: 0] += 1
            state.total += 1
            return state.satisfied()
        }
        for waiter in ready { waiter.resume() }
        return result
    }

    /// How often each message was completed.
    var completions: [String: Int] { state.withLock(\.completions) }

    /// Waits until so many messages were completed.
    func completed(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.waiters.append((count, continuation))
                return state.satisfied()
            }
            for waiter in ready { waiter.resume() }
        }
    }
}

extension Checkpoint {
    /// The last id of which something is settled without a gap, in a stream whose ids are unique.
    var reached: String { String(buffer: openRun?.lastEventID ?? lastEventID) }
}

/// A store that keeps what it is given.
final class RecordingStore: StateStore {
    private struct State {
        var letters: [DeadLetter] = []
        var checkpoints: [String: Checkpoint] = [:]
    }

    private let state = Locked(State())

    var deadLetters: [DeadLetter] { state.withLock(\.letters) }
    /// The last id of a stream that is stored as settled: that of the open run, or the position.
    func checkpoint(of stream: String) -> String? {
        state.withLock { $0.checkpoints[stream]?.reached }
    }

    func checkpoints() async throws -> [Checkpoint] {
        state.withLock { Array($0.checkpoints.values) }
    }

    func commit(_ commit: StateCommit) async throws {
        state.withLock { state in
            state.letters += commit.deadLetters
            for checkpoint in commit.checkpoints { state.checkpoints[checkpoint.stream] = checkpoint }
        }
    }
}

/// A door that handlers wait at until a test opens it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrivals = 0
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var deaf: [CheckedContinuation<Void, Never>] = []
        var arrivalWaiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var next = 0

        /// Counts one who has come. Returns who waited for that.
        mutating func arrive() -> [CheckedContinuation<Void, Never>] {
            arrivals += 1
            let waiters = arrivalWaiters.filter { $0.count <= arrivals }.map(\.continuation)
            arrivalWaiters.removeAll { $0.count <= arrivals }
            return waiters
        }
    }

    private let state = Locked(State())

    /// Waits until the gate is open; throws when the task is cancelled.
    func pass() async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let (isPassing, isCancelled, arrived) = state.withLock { state in
                    let arrived = state.arrive()
                    if !state.isOpen, !Task.isCancelled { state.waiting[number] = continuation }
                    return (state.isOpen, Task.isCancelled, arrived)
                }
                for waiter in arrived { waiter.resume() }
                if isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if isPassing {
                    continuation.resume()
                }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }

    /// Waits until the gate is open, deaf to cancellation.
    func passStubbornly() async {
        await withCheckedContinuation { continuation in
            let (isOpen, arrived) = state.withLock { state in
                if !state.isOpen { state.deaf.append(continuation) }
                return (state.isOpen, state.arrive())
            }
            for waiter in arrived { waiter.resume() }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let (waiting, deaf) = state.withLock { state in
            state.isOpen = true
            defer { (state.waiting, state.deaf) = ([:], []) }
            return (Array(state.waiting.values), state.deaf)
        }
        for waiter in waiting { waiter.resume() }
        for waiter in deaf { waiter.resume() }
    }

    /// Waits until so many have arrived here, in all.
    func arrivals(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isEnough = state.withLock { state in
                if state.arrivals < count { state.arrivalWaiters.append((count, continuation)) }
                return state.arrivals >= count
            }
            if isEnough { continuation.resume() }
        }
    }
}
