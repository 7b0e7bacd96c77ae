import Foundation
import JetStream
import Locking
import Logging
import NATSKit
import NIOCore
import Pipeline

@testable import NATSSource

/// A worker machine: a tree over one source, with a store of its own.
final class Machine: Sendable {
    typealias Work = @Sendable (_ data: String, _ attempt: Int) async throws -> Outcome

    let source: NATSSource
    let application: Application
    let store: WatchedStore
    /// The settings of its tree.
    let tree: ApplicationSettings
    private let ending: Task<Void, Never>

    init(
        _ servers: [String], _ options: NATSSource.Options, window: Int = 512, attempts: Int = 1, workers: Int = 16,
        suspects: String? = nil, store: WatchedStore = WatchedStore(), _ work: @escaping Work = { _, _ in .done }
    ) async throws {
        var settings = NATSSettings(servers: servers)
        settings.pingInterval = .milliseconds(500)
        source = NATSSource(
            name: "events", options, over: settings, suspects: suspects, lookEvery: .milliseconds(200),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var tree = ApplicationSettings()
        tree.maxInFlight = window
        tree.scaling = ScalingPolicy(min: workers / 8, max: workers / 8, workersPerSupervisor: 8)
        tree.maxAttempts = attempts
        tree.storeInterval = .milliseconds(20)
        self.store = store
        self.tree = tree
        application = Application(
            settings: tree, sources: [source],
            handler: FunctionHandler { message, context in
                try await work(String(buffer: message.event.data), context.attempt)
            }, store: store, wallClock: { 0 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await application.recover()
        ending = Task { [application] in _ = await application.run() }
    }

    var messages: LedgerSnapshot { application.status.messages }
    var stream: StreamStatus? { application.status.streams.first }

    /// Whether the books close, at this moment.
    var isBalanced: Bool {
        let messages = messages
        return messages.received
            == messages.processed + messages.killed + messages.deadLettered + UInt64(messages.inFlight)
    }

    /// Ends it in good order: what it holds is finished within `time`, and the rest given back.
    func stop(within time: Duration = .seconds(10)) async {
        _ = await application.drain(within: time)
        application.stop()
        await ending.value
        await source.close()
    }

    /// It is gone from one moment to the next, as by a power cut: nobody says anything more to the broker.
    func cut() async {
        await source.connection.close()
        application.stop()
        await ending.value
    }
}

/// A store in memory whose commits can be held up.
final class WatchedStore: StateStore {
    private struct State {
        var letters: [DeadLetter] = []
        var isHeld = false
    }

    struct Held: Error {}

    private let state = Locked(State())

    init(isHeld: Bool = false) { state.withLock { $0.isHeld = isHeld } }

    var letters: [DeadLetter] { state.withLock(\.letters) }
    func letGo() { state.withLock { $0.isHeld = false } }

    func checkpoints() async throws -> [Checkpoint] { [] }
    var counters: StateStoreCounters {
        var counters = StateStoreCounters()
        counters.deadLetters = letters.count
        return counters
    }

    func commit(_ commit: StateCommit) async throws {
        try state.withLock { state in
            if state.isHeld { throw Held() }
            state.letters += commit.deadLetters
        }
    }
}

/// What was worked on: how often each, over all machines.
final class Work: Sendable {
    private let counts = Locked<[String: Int]>([:])

    func did(_ data: String) { counts.withLock { $0[data, default: 0] += 1 } }
    func count(of data: String) -> Int { counts.withLock { $0[data] ?? 0 } }
    var all: [String: Int] { counts.withLock { $0 } }
    var distinct: Int { counts.withLock(\.count) }
    var total: Int { counts.withLock { $0.values.reduce(0, +) } }
}

/// Holds up whoever comes until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Locked(State())

    var waiting: Int { state.withLock(\.waiters.count) }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// A broker with one stream and one consumer, and somebody who publishes.
final class Scene: Sendable {
    let node: NATSNode
    let connection: NATSConnection
    let name: String

    init(_ node: NATSNode, _ name: String) async throws {
        self.node = node
        self.name = name
        var settings = NATSSettings(servers: [node.url])
        settings.pingInterval = .milliseconds(500)
        connection = NATSConnection(settings)
        connection.start()
        try await eventually("JetStream answers") {
            try? await connection.request("$JS.API.INFO", within: .seconds(1))
        }
    }

    func options(ackWait: Duration = .seconds(60), maxDeliveries: Int = 10) -> NATSSource.Options {
        NATSSource.Options(stream: name, consumer: "work", ackWait: ackWait, maxDeliveries: maxDeliveries)
    }

    /// Makes stream and consumer as the options want them.
    func make(_ options: NATSSource.Options) async throws {
        try await connection.makeStream(StreamRequirements(name: name, subjects: [name]))
        try await makeConsumer(options)
    }

    func makeConsumer(_ options: NATSSource.Options) async throws {
        try await connection.makeConsumer(
            ConsumerRequirements(name: "work", stream: name, ackWait: options.ackWait, ackPending: 10_000))
    }

    func publish(_ data: [String], headers: [NATSHeader] = []) async throws {
        let ends = Collected<PublishEnd>()
        connection.publish(
            data.map { Publication(subject: name, headers: headers, payload: ByteBuffer(string: $0)) },
            within: .seconds(20)
        ) { ends.add($0) }
        for end in try await ends.waitFor(data.count) { _ = try end.result.get() }
    }

    func stored() async throws -> UInt64 { try await connection.stream(name)?.messages ?? 0 }

    func isEmpty() async throws {
        try await eventually("the stream is empty") { try await stored() == 0 ? true : nil }
    }

    func close() async { await connection.close() }
}
