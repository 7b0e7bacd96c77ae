public import JetStream
import Locking
public import Logging
import NIOCore
public import Pipeline

/// The messages of a durable consumer of NATS JetStream.
///
/// As many are asked for as the window has free. A message is acknowledged when it is settled, in batches; of a dead letter the
/// broker is told when that is stored. What is held is reported in progress three times within `ack_wait`, so that nobody else gets
/// it. One object for the life of a configured source: receivers come and go, and what is held lies here.
public final class NATSSource: Source {
    /// What is taken, and how.
    public struct Options: Sendable, Hashable {
        /// The stream.
        public var stream: String
        /// Its durable pull consumer.
        public var consumer: String
        /// After so long without a word the broker delivers a message again.
        public var ackWait: Duration
        /// From so many deliveries on a message is a suspect, and dealt alone with nothing else held.
        public var maxDeliveries: Int
        /// Whether stream and consumer are made where they are not there.
        public var creates: Bool
        /// What a stream takes that is made here. Empty: none is made.
        public var subjects: [String]
        /// On how many nodes it is kept.
        public var replicas: Int
        /// For how long it may be down before that is a problem.
        public var downAfter: Duration

        /// Makes options.
        public init(
            stream: String, consumer: String, ackWait: Duration = .seconds(60), maxDeliveries: Int = 10,
            creates: Bool = false, subjects: [String] = [], replicas: Int = 1, downAfter: Duration = .seconds(60)
        ) {
            self.stream = stream
            self.consumer = consumer
            self.ackWait = ackWait
            self.maxDeliveries = maxDeliveries
            self.creates = creates
            self.subjects = subjects
            self.replicas = replicas
            self.downAfter = downAfter
        }
    }

    struct State {
        var options: Options
        var books: ConsumerBooks
        /// Who brings at present; 0: nobody, and what comes is given back.
        var run: UInt64 = 0
        var runs: UInt64 = 0
        /// What is asked by; nil: nothing is.
        var puller: (any Puller)?
        var pullers: UInt64 = 0
        /// When the stream was made, as it was seen last.
        var created: String?
        /// Since when there is no connection; nil: there is one, or never was.
        var lostAt: ContinuousClock.Instant?
        var isClosed = false
        var ticker: Task<Void, Never>?
        /// Why the broker has refused what was asked for, since the last look.
        var refusal: String?
        /// What has been logged of what is wrong.
        var complaint: String?
        /// Whether all was right once: what is gone after that is not made anew.
        var wasRight = false
        /// How many of the repeated deliveries have been reported.
        var reportedRepeats: UInt64 = 0
    }

    /// After so many ends of the daemon with a suspect alone in hand it becomes a dead letter.
    static let mostTries = 3

    /// The name in the configuration.
    public let name: String
    /// Stream and consumer, with the broker's addresses.
    public let location: String
    /// It is told what becomes of its messages.
    public let wantsNotices = true
    let connection: any BrokerLink
    let logger: Logger
    let suspects: SuspectRecord
    let identities: ShortHash
    let state: Locked<State>
    /// The pump's, and the watch's.
    let (hasNews, isToLook) = (Notify(), Notify())
    let lookEvery: Duration
    private let relay = Relay()

    /// - Parameters:
    ///   - settings: how the broker is reached: the connection is its own.
    ///   - suspects: the file in which is kept how often suspects were all that was in hand when the daemon ended; nil: nowhere.
    ///   - lookEvery: how often the broker is asked how things are.
    public convenience init(
        name: String, _ options: Options, over settings: NATSSettings, suspects path: String? = nil,
        lookEvery: Duration = .seconds(5), logger: Logger
    ) {
        let servers = settings.servers.map { $0.split(separator: "@").last.map(String.init) ?? $0 }
        self.init(
            name: name, options, at: servers.joined(separator: ","), suspects: path, lookEvery: lookEvery,
            logger: logger
        ) { NATSConnection(settings, onEvent: $0) }
    }

    /// - Parameter connect: makes the connection, of which it tells what happens to it.
    init(
        name: String, _ options: Options, at servers: String, suspects path: String?, lookEvery: Duration,
        logger: Logger, connect: (@escaping @Sendable (NATSEvent) -> Void) -> any BrokerLink
    ) {
        self.name = name
        location = "\(servers) \(options.stream)/\(options.consumer)"
        identities = ShortHash(of: Array("nats".utf8), Array(options.stream.utf8))
        suspects = SuspectRecord(path: path)
        self.lookEvery = lookEvery
        var logger = logger
        logger[metadataKey: "stream"] = "\(name)"
        self.logger = logger
        state = Locked(State(options: options, books: ConsumerBooks(maxDeliveries: options.maxDeliveries)))
        connection = connect { [relay] event in relay.source.withLock { $0 }?.happened(event) }
        relay.source.withLock { $0 = self }
    }

    /// Who the connection tells: the connection is the source's, and the other way round until ``close()``.
    private final class Relay: Sendable {
        let source = Locked<NATSSource?>(nil)
    }

    /// The stream and the consumer, wherever they are.
    public var identity: [UInt8] { Array("nats\n\(options.stream)\n\(options.consumer)".utf8) }

    /// For how long it may be down before that is a problem.
    public var downAfter: Duration { options.downAfter }

    var options: Options { state.withLock(\.options) }

    /// Whether it can go on by other options: only stream and consumer make it another source.
    public func canTake(_ options: Options) -> Bool {
        let own = self.options
        return own.stream == options.stream && own.consumer == options.consumer
    }

    /// Goes on by other options from now on.
    public func take(_ options: Options) {
        guard canTake(options) else { return }
        state.withLock { state in
            state.options = options
            state.books.maxDeliveries = options.maxDeliveries
        }
        isToLook.notify()
    }

    // MARK: The tree's

    /// Acknowledges what is settled, and asks for as many more.
    public func settled(_ notices: [SettlementNotice]) {
        let (settled, wasAlone) = state.withLock { state in
            let settled = state.books.settled(notices, at: connection.now)
            return (settled, settled.suspect != nil || state.books.hasSuspects)
        }
        say(settled)
        if let suspect = settled.suspect { suspects.end(suspect) }
        if wasAlone { hasNews.notify() }
        grant()
    }

    /// Brings what comes, until the task is cancelled. What is wrong at the broker's is waited out within it.
    public func run(_ intake: StreamIntake) async throws {
        let number = state.withLock { state in
            state.runs += 1
            state.run = state.runs
            return state.run
        }
        defer { endRun(number) }
        connection.start()
        begin(intake)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in try await pump(intake) }
            group.addTask { [self] in try await watch(intake) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Gives back what is held, and closes the connection. To be called when the tree has ended.
    public func close() async {
        let (held, ticker) = state.withLock { state in
            state.isClosed = true
            state.run = 0
            state.puller?.stop()
            state.puller = nil
            return (state.books.giveBackAll(), state.ticker)
        }
        ticker?.cancel()
        connection.acknowledge(held.replies, .again(after: nil))
        if let suspect = held.suspect { suspects.end(suspect) }
        await suspects.flush()
        await connection.close()
        relay.source.withLock { $0 = nil }
    }

    /// So many messages were delivered and are not settled.
    public var held: Int { state.withLock(\.books.heldCount) }
}

// MARK: What is said to the broker

extension NATSSource {
    func say(_ settled: ConsumerBooks.Settled) {
        if !settled.done.isEmpty { connection.acknowledge(settled.done, .done) }
        if !settled.terminated.isEmpty {
            connection.acknowledge(settled.terminated, .terminated(reason: "it is a dead letter of ptr"))
        }
    }

    /// Lets as many come as the window has free.
    func grant() {
        // In one step: of two who grant at once, each has its own.
        state.withLock { state in
            guard let puller = state.puller, !state.books.hasSuspects, let more = state.books.grant() else { return }
            puller.grant(more.messages, bytes: more.bytes)
        }
    }

    /// Begins to report what is held as in progress, once.
    private func begin(_ intake: StreamIntake) {
        state.withLock { state in
            guard state.ticker == nil, !state.isClosed else { return }
            state.ticker = intake.runtime.spawn { [weak self, connection] in
                while !Task.isCancelled, let pause = self?.tick() { try? await connection.sleep(for: pause) }
            }
        }
    }

    /// What was not reported for a sixth of the time is now: so everything is within a third. Returns when the next look is due.
    private func tick() -> Duration {
        let (replies, pause) = state.withLock { state in
            let pause = state.options.ackWait / 6
            return (state.books.due(after: pause, at: connection.now), pause)
        }
        connection.acknowledge(replies, .inProgress)
        return pause
    }

    /// What the connection tells.
    private func happened(_ event: NATSEvent) {
        switch event {
        case .connected(let node):
            logger.info("source \(name): connected to the broker at \(node)", metadata: ["message_id": "broker-back"])
            // What was said shortly before the end may not have come there.
            let again = state.withLock { state in
                let since = (state.lostAt.take() ?? connection.now) - connection.patience
                return (state.books.settled(since: since), state.books.due(after: .zero, at: connection.now))
            }
            say(again.0)
            connection.acknowledge(again.1, .inProgress)
            isToLook.notify()
        case .disconnected(let reason):
            logger.warning(
                "source \(name): no connection to the broker, which is tried again: \(reason)",
                metadata: ["message_id": "broker-down"])
            state.withLock { if $0.lostAt == nil { $0.lostAt = connection.now } }
            isToLook.notify()
        case .left(let node):
            logger.warning(
                "source \(name): \(node) does not serve JetStream; it may be cut off from the others, another node is looked for",
                metadata: ["message_id": "broker-left"])
        case .complaint(let text): logger.warning("source \(name): the broker complains: \(text)")
        }
    }
}
