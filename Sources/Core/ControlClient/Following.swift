import AsyncHTTPClient
public import ControlAPI
import EventSource
import NIOCore

/// The answer to a ``ControlSubscription``: one document after another, as they come.
///
///     for try await item in client.follow(EventsSubscription(kinds: [.crash])) {
///         if case .document(let event) = item { print(event.value.message) }
///     }
///
/// Each iterator makes a connection of its own, at its first element. The sequence ends when the daemon ends it; to
/// connect again, and from where to go on, is the caller's decision. A reader that is slow holds nobody up: the daemon
/// leaves out what cannot be sent, and says so.
public struct Following<Subscription: ControlSubscription>: AsyncSequence, Sendable {
    /// What can come.
    public enum Element: Sendable {
        /// A document.
        case document(ControlClient.Answer<Subscription.Response>)
        /// So many were passed over since the last one.
        case skipped(UInt64)
    }

    /// Why it broke off.
    public typealias Failure = ControlClientError

    private let client: ControlClient
    private let subscription: Subscription

    init(client: ControlClient, subscription: Subscription) {
        self.client = client
        self.subscription = subscription
    }

    /// Makes an iterator, which connects at its first element.
    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, subscription: subscription)
    }

    /// Goes through the documents of one connection.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: ControlClient
        private let subscription: Subscription
        private var body: HTTPClientResponse.Body.AsyncIterator?
        private var parser = EventStreamParser(
            limits: EventStreamLimits(maximumEventBytes: ControlClient.longestAnswer))
        /// What was read and not yet asked for, the last first.
        private var pending: [EventStreamEvent] = []

        init(client: ControlClient, subscription: Subscription) {
            self.client = client
            self.subscription = subscription
        }

        /// Waits for the next element.
        ///
        /// - Returns: nil when the daemon has ended the stream, or the task is cancelled.
        /// - Throws: ``ControlClientError``; ``ControlClientError/refused(_:)`` if the daemon said no.
        public mutating func next() async throws(ControlClientError) -> Element? {
            while true {
                while let event = pending.popLast() {
                    if let element = try decode(event) { return element }
                }
                guard let chunk = try await read() else { return nil }
                do {
                    try parser.parse(chunk, into: &pending)
                } catch {
                    throw .badAnswer(socket: client.socket, problem: "\(error)")
                }
                pending.reverse()
            }
        }

        private mutating func read() async throws(ControlClientError) -> ByteBuffer? {
            if body == nil {
                body = try await client.openStream(subscription).makeAsyncIterator()
            }
            do {
                return try await body?.next()
            } catch is CancellationError {
                return nil
            } catch let error as HTTPClientError where error == .cancelled {
                return nil
            } catch {
                throw ControlClientError(error, socket: client.socket, timeout: ControlClient.longestSilence)
            }
        }

        /// - Returns: nil for a kind of event that this version does not know.
        private func decode(_ event: EventStreamEvent) throws(ControlClientError) -> Element? {
            do {
                switch event.typeString {
                case "skipped":
                    return .skipped(try ControlJSON.decode(TapSkipped.self, from: event.data.readableBytesView).skipped)
                case "event", "message":
                    let value = try ControlJSON.decode(Subscription.Response.self, from: event.data.readableBytesView)
                    return .document(ControlClient.Answer(value: value, document: event.dataString))
                default:
                    return nil
                }
            } catch {
                throw .badAnswer(socket: client.socket, problem: "\(error)")
            }
        }
    }
}

extension ControlClient {
    /// Follows what does not end: events, or live messages.
    public func follow<Subscription: ControlSubscription>(_ subscription: Subscription) -> Following<Subscription> {
        Following(client: self, subscription: subscription)
    }

    /// How long a stream may be silent. The daemon sends a comment from time to time, also when there is nothing to
    /// tell; one that has stopped doing so is not there any more.
    static let longestSilence: Duration = .seconds(60)

    /// Shared by all streams and never shut down: a connection ends with its iterator, which cannot wait for anything.
    private static let streaming: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: TimeAmount(longestSilence)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    }()

    fileprivate func openStream(
        _ subscription: some ControlSubscription
    ) async throws(ControlClientError) -> HTTPClientResponse.Body {
        try checkPath()
        var request = HTTPClientRequest(url: URLOverSocket.make(socket: socket, path: subscription.requestTarget))
        request.headers.add(name: "accept", value: "text/event-stream")
        let status: Int
        let body: ByteBuffer
        do {
            // The time is for the head of the answer only; the body has all the time there is.
            let response = try await Self.streaming.execute(request, timeout: TimeAmount(timeout))
            if response.status == .ok { return response.body }
            status = Int(response.status.code)
            body = try await response.body.collect(upTo: Self.longestAnswer)
        } catch {
            throw ControlClientError(error, socket: socket, timeout: timeout)
        }
        throw refusal(status: status, body: body)
    }
}
