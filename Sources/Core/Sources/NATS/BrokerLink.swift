import JetStream

/// What a source wants of a broker: a connection to a real one, or to a model of one.
protocol BrokerLink: Sendable {
    /// Why there is no connection; nil: there is one.
    var whyDown: String? { get }
    /// The most that a message may have.
    var maxPayload: Int { get }
    /// So long it may take until a connection that is lost is seen to be.
    var patience: Duration { get }
    /// The broker's time.
    var now: ContinuousClock.Instant { get }

    func start()
    func close() async
    func sleep(for time: Duration) async throws
    func acknowledge(_ replies: [AckSubject], _ how: Acknowledgement)
    func stream(_ name: String) async throws(NATSError) -> StreamInfo?
    func consumer(_ name: String, of stream: String) async throws(NATSError) -> ConsumerInfo?
    func make(_ stream: StreamRequirements) async throws(NATSError)
    func make(_ consumer: ConsumerRequirements) async throws(NATSError)

    /// What gets the messages of a consumer.
    ///
    /// - Parameter least: fewer are asked for only when none are on their way.
    func puller(
        stream: String, consumer: String, least: Int, deliver: @escaping @Sendable ([PulledMessage]) -> Void,
        onEvent: @escaping @Sendable (PullEvent) -> Void
    ) -> any Puller
}

/// See ``PullConsumer``.
protocol Puller: Sendable {
    func start()
    func stop()
    func drain()
    func grant(_ messages: Int, bytes: Int)
}

extension PullConsumer: Puller {}

extension NATSConnection: BrokerLink {
    var whyDown: String? { outage?.reason }
    /// Two pings without an answer, and a little.
    var patience: Duration { settings.pingInterval * 3 }
    var now: ContinuousClock.Instant { .now }

    func sleep(for time: Duration) async throws { try await Task.sleep(for: time) }
    func stream(_ name: String) async throws(NATSError) -> StreamInfo? { try await stream(name, within: .seconds(5)) }
    func consumer(_ name: String, of stream: String) async throws(NATSError) -> ConsumerInfo? {
        try await consumer(name, of: stream, within: .seconds(5))
    }
    func make(_ stream: StreamRequirements) async throws(NATSError) { try await makeStream(stream) }
    func make(_ consumer: ConsumerRequirements) async throws(NATSError) { try await makeConsumer(consumer) }

    func puller(
        stream: String, consumer: String, least: Int, deliver: @escaping @Sendable ([PulledMessage]) -> Void,
        onEvent: @escaping @Sendable (PullEvent) -> Void
    ) -> any Puller {
        PullConsumer(
            over: self, stream: stream, consumer: consumer, headers: ["Nats-Msg-Id", "Ptr-Event", "Ptr-Id"],
            least: least,
            deliver: deliver, onEvent: onEvent)
    }
}
