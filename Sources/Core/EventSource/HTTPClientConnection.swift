import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Connections over a shared `HTTPClient`.
struct HTTPClientTransport: EventStreamTransport {
    let client: HTTPClient

    func open(_ request: EventStreamRequest) -> any EventStreamConnection {
        let connection = HTTPClientConnection()
        connection.start(request, over: client)
        return connection
    }
}

/// A request of an `HTTPClient`, by its delegate rather than its asynchronous body: all that has arrived is handed over
/// in one go, a reader can be woken from outside when it must not wait any longer, and nothing is allocated per read.
///
/// The delegate's methods run on an event loop, the others in the reader's task. They meet in `state`.
final class HTTPClientConnection: HTTPClientResponseDelegate, EventStreamConnection {
    typealias Response = Void

    /// How many bytes may wait here before no more are read from the socket. It is what the socket gives in one turn of
    /// the event loop, so that a reader that keeps up is not held up; one that does not leaves the rest to TCP's flow
    /// control.
    static let readAhead = 256 << 10

    private struct State {
        var head: HTTPResponseHead?
        var chunks: [ByteBuffer] = []
        var bufferedBytes = 0
        var end: End?
        var waiter: CheckedContinuation<Void, Never>?
        /// Kept while the client must not read on.
        var demand: EventLoopPromise<Void>?
        /// Given up at the end: the client's task holds us, too.
        var task: HTTPClient.Task<Void>?
    }

    private enum End {
        case complete
        case failed(ConnectionFailure)
    }

    private enum Wanted {
        case head
        case body
    }

    private let state = Mutex(State())

    func start(_ request: EventStreamRequest, over client: HTTPClient) {
        let task: HTTPClient.Task<Void>
        do {
            task = client.execute(
                request: try HTTPClient.Request(
                    url: request.url, method: request.method, headers: request.headers,
                    body: request.body.map { .byteBuffer($0) }),
                delegate: self)
        } catch {
            return finish(.failed(.network(error)))
        }
        let isOver = state.withLock { state in
            if state.end == nil { state.task = task }
            return state.end != nil
        }
        if isOver { task.cancel() }
        // A client that was shut down fails the task without a word to its delegate.
        task.futureResult.whenFailure { self.finish(.failed(.network($0))) }
    }

    // MARK: The reader's side

    nonisolated(nonsending) func head() async throws(ConnectionFailure) -> HTTPResponseHead {
        while true {
            switch state.withLock({ ($0.head, $0.end) }) {
            // The body may have broken off already; that is for who reads it.
            case (let head?, _): return head
            case (nil, .failed(let failure)?): throw failure
            case (nil, .complete?): throw .network(HTTPClientError.remoteConnectionClosed)
            case (nil, nil): await wait(for: .head)
            }
        }
    }

    nonisolated(nonsending) func read(into chunks: inout [ByteBuffer]) async throws(ConnectionFailure) -> Bool {
        chunks.removeAll(keepingCapacity: true)
        while true {
            let (end, demand) = state.withLock { state in
                swap(&state.chunks, &chunks)
                state.bufferedBytes = 0
                return (state.end, state.demand.take())
            }
            demand?.succeed()
            guard chunks.isEmpty else { return true }
            switch end {
            case .failed(let failure)?: throw failure
            case .complete?: return false
            case nil: await wait(for: .body)
            }
        }
    }

    /// Returns when there may be something new of what is wanted.
    private nonisolated(nonsending) func wait(for wanted: Wanted) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    let isReady =
                        switch wanted {
                        case .head: state.end != nil || state.head != nil
                        case .body: state.end != nil || !state.chunks.isEmpty
                        }
                    if !isReady { state.waiter = continuation }
                    return isReady
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            close(.cancelled)
        }
    }

    func close(_ failure: ConnectionFailure) {
        finish(.failed(failure), isDiscarding: true)
    }

    // MARK: The client's side

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let waiter = state.withLock { state in
            if state.end == nil { state.head = head }
            return state.waiter.take()
        }
        waiter?.resume()
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        receive(buffer, on: task.eventLoop)
    }

    /// Keeps `buffer` for the reader, and returns a future that is complete when more may come.
    func receive(_ buffer: ByteBuffer, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        if TruncatedResponseHandler.isTruncation(buffer) {
            finish(.failed(.network(HTTPClientError.remoteConnectionClosed)))
            return eventLoop.makeSucceededVoidFuture()
        }
        let (waiter, pause) = state.withLock { state in
            guard state.end == nil else {
                return (nil as CheckedContinuation<Void, Never>?, nil as EventLoopFuture<Void>?)
            }
            state.chunks.append(buffer)
            state.bufferedBytes += buffer.readableBytes
            if state.bufferedBytes >= Self.readAhead {
                state.demand = eventLoop.makePromise(of: Void.self)
            }
            return (state.waiter.take(), state.demand?.futureResult)
        }
        waiter?.resume()
        return pause ?? eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) {
        finish(.complete)
    }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
        finish(.failed(.network(error)))
    }

    /// The first end counts. What arrived before it can still be read, unless it is of no more interest to the reader.
    private func finish(_ end: End, isDiscarding: Bool = false) {
        let (waiter, demand, task) = state.withLock { state in
            if state.end == nil { state.end = end }
            if isDiscarding {
                state.head = nil
                state.chunks = []
                state.bufferedBytes = 0
            }
            return (state.waiter.take(), state.demand.take(), state.task.take())
        }
        demand?.succeed()
        waiter?.resume()
        if isDiscarding { task?.cancel() }
    }
}

extension HTTPClient.Configuration {
    /// A configuration that suits event streams: one client made with it can serve any number of them at the same time.
    ///
    /// Redirects are left to ``EventSource``, which counts them; so are the waits between attempts. There is no read
    /// timeout, since the client's would take our own back-pressure for silence of the server. Each stream holds a
    /// connection for as long as it lives, so the number of connections to one host is not limited. And over HTTP/1
    /// what was read before a connection broke off is delivered, where a client with another configuration drops the
    /// last of it.
    public static var eventStreams: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 10_000
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = TruncatedResponseHandler.add
        return configuration
    }
}
