import AsyncHTTPClient
import Logging
import NIOCore

/// A client of one event stream: it connects, parses, and connects again, for as long as it is iterated over (WHATWG
/// HTML, "Server-sent events", §9.2.3).
///
/// ```swift
/// let client = HTTPClient(configuration: .eventStreams)
/// for await update in EventSource(EventSourceConfiguration(url: "http://127.0.0.1:4000/tweets/1"), client: client) {
///     if case .batch(let batch) = update { handle(batch.events) }
/// }
/// ```
///
/// The consumer sets the pace: beyond a bounded amount nothing is read from the socket while no element is asked for,
/// so a slow consumer slows the server by TCP's flow control. Cancelling the task ends the sequence at once, with
/// `nil`, also while it waits or reads; so does giving up the iterator, which closes the connection (rule C6). The
/// sequence never throws.
///
/// Updates tell the state of the stream besides its events, and come in batches, as much as one read gave. Who wants
/// nothing but events iterates over ``events``.
///
/// Every iteration is a stream of its own and begins with the configured last event ID. All streams of a program can,
/// and should, share one `HTTPClient`; see `HTTPClient.Configuration.eventStreams`.
public struct EventSource: AsyncSequence, Sendable {
    /// What the stream reports.
    public typealias Element = EventSourceUpdate
    /// The sequence does not throw.
    public typealias Failure = Never

    let configuration: EventSourceConfiguration
    let transport: any EventStreamTransport
    let clock: any Clock<Duration>
    let random: @Sendable () -> Double
    let logger: Logger?

    /// Creates a stream. Nothing is sent before the first element is asked for.
    ///
    /// - Parameters:
    ///   - configuration: says what to connect to, and how.
    ///   - client: is shared by any number of streams, and shut down by whoever made it.
    ///   - clock: what waits and timeouts are measured with.
    ///   - random: gives numbers in 0 ..< 1, evenly distributed, for the jitter of waits.
    ///   - logger: is told about connections.
    public init(
        _ configuration: EventSourceConfiguration, client: HTTPClient, clock: any Clock<Duration> = ContinuousClock(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }, logger: Logger? = nil
    ) {
        self.init(
            configuration, transport: HTTPClientTransport(client: client), clock: clock, random: random, logger: logger)
    }

    /// Creates a stream each of whose connections has a client of its own, so that nothing of one outlives it or touches
    /// another. Nothing is sent before the first element is asked for.
    ///
    /// - Parameter dialer: makes the clients, and ends them.
    public init(
        _ configuration: EventSourceConfiguration, dialer: EventStreamDialer,
        clock: any Clock<Duration> = ContinuousClock(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }, logger: Logger? = nil
    ) {
        self.init(
            configuration,
            transport: dialer.transport(connectTimeout: configuration.connectTimeout, onStep: configuration.onStep),
            clock: clock, random: random, logger: logger)
    }

    init(
        _ configuration: EventSourceConfiguration, transport: any EventStreamTransport, clock: any Clock<Duration>,
        random: @escaping @Sendable () -> Double, logger: Logger?
    ) {
        self.configuration = configuration
        self.transport = transport
        self.clock = clock
        self.random = random
        self.logger = logger
    }

    /// Begins the stream anew.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(self)
    }
}

/// What an ``EventSource`` reports, in this order: `connecting`, then `open` and any number of `batch`, then `waiting`,
/// then `connecting` again, and so on; `failed` is the last.
public enum EventSourceUpdate: Sendable {
    /// A connection is about to be made: the `attempt`-th since the last good spell, beginning with 1.
    case connecting(attempt: Int)
    /// The server has answered with an event stream.
    case open
    /// Bytes were read.
    case batch(EventStreamBatch)
    /// The connection failed or ended, for the reason given; the next attempt follows after the duration, which begins
    /// when the next element is asked for.
    case waiting(Duration, EventSourceError)
    /// The stream is over for good, for the reason given. The sequence ends after it.
    case failed(EventSourceError)
}
