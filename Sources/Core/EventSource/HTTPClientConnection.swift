import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

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

    /// How many bytes may wait here before no more are read from the socket. It is what two turns of the event loop read,
    /// so that the socket is read while the reader parses; a reader that does not keep up leaves the rest to TCP's flow
    /// control.
    static var readAhead: Int { 2 * SocketReads.largestNow }

    private struct State {
        var head: HTTPResponseHead?
        var chunks: [ByteBuffer] = []
        var bufferedBytes = 0
        var end: End?
        /// The body broke off; how, if that is known, comes next.
        var isTruncated = false
        var waiter: CheckedContinuation<Void, Never>?
        /// Kept while the client must not read on.
        var demand: EventLoopPromise<Void>?
        /// Given up at the end: the client's task holds us, too.
        var task: HTTPClient.Task<Void>?
        /// By which proxy it goes, for people.
        var proxy: String?
        var isRequested = false
        var onRequested: (@Sendable () -> Void)?
        var onConnected: (@Sendable () -> Void)?
        var onEnded: (@Sendable () -> Void)?
        /// Other ways to the server, should there be no connection on this one.
        var alternatives: [@Sendable (HTTPClientConnection) -> Void] = []
    }

    private enum End {
        case complete
        case failed(ConnectionFailure)
    }

    private enum Wanted {
        case head
        case body
    }

    private let state = NIOLockedValueBox(State())

    /// Begins the request.
    ///
    /// - Parameters:
    ///   - address: where the client connects to, if that is not told by the name.
    ///   - diagnoses: whether a certificate that is not trusted is looked at, on a connection of its own.
    ///   - hop: the proxy that it goes by.
    ///   - isDone: is called when the client is of no more use to the connection.
    func start(
        _ request: EventStreamRequest, over client: HTTPClient, at address: String? = nil, diagnoses: Bool = false,
        by hop: ProxyHop? = nil, isDone: @escaping @Sendable () -> Void = {}
    ) {
        let task: HTTPClient.Task<Void>
        do {
            task = client.execute(
                request: try HTTPClient.Request(
                    url: request.url, method: request.method, headers: request.headers,
                    body: request.body.map { .byteBuffer($0) }),
                delegate: self)
        } catch {
            isDone()
            return finish(.failed(.network(error)))
        }
        let isOver = state.withLockedValue { state in
            if state.end == nil {
                state.task = task
                state.proxy = hop?.server.name
            }
            return state.end != nil
        }
        if isOver { task.cancel() }
        // A client that was shut down fails the task without a word to its delegate.
        task.futureResult.whenComplete { result in
            isDone()
            guard case .failure(let error) = result else { return }
            if let hop, self.state.withLockedValue({ $0.end == nil && !$0.isRequested }) {
                return hop.explain(error, on: task.eventLoop) { self.fail($0) }
            }
            guard diagnoses, let host = request.networkHost, CertificateDiagnosis.canHelp(error),
                self.state.withLockedValue({ $0.end == nil })
            else { return self.fail(error) }
            CertificateDiagnosis.find(
                host: address ?? host.name, port: host.port, name: host.isAddress ? nil : host.name,
                on: task.eventLoop
            ) { found in self.fail(found ?? error) }
        }
    }

    /// Begins the first of several ways to the server; the next is gone when there was no connection on the one before.
    func start(_ ways: [@Sendable (HTTPClientConnection) -> Void]) {
        let first = state.withLockedValue { state -> (@Sendable (HTTPClientConnection) -> Void)? in
            guard state.end == nil else { return nil }
            state.alternatives = Array(ways.dropFirst())
            return ways.first
        }
        first?(self)
    }

    /// Ends with an error, unless another way is left.
    func fail(_ error: any Error) {
        let next = state.withLockedValue { state -> (@Sendable (HTTPClientConnection) -> Void)? in
            guard state.end == nil, !state.isRequested, !state.alternatives.isEmpty else { return nil }
            state.task = nil
            return state.alternatives.removeFirst()
        }
        if let next { next(self) } else { finish(.failed(.network(error))) }
    }

    var proxy: String? { state.withLockedValue(\.proxy) }

    /// Whether somebody still waits for it.
    var isWanted: Bool { state.withLockedValue { $0.end == nil } }

    // MARK: The reader's side

    nonisolated(nonsending) func head() async throws(ConnectionFailure) -> HTTPResponseHead {
        while true {
            switch state.withLockedValue({ ($0.head, $0.end) }) {
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
            let (end, demand) = state.withLockedValue { state in
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
                let isReady = state.withLockedValue { state in
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

    func whenRequested(_ body: @escaping @Sendable () -> Void) {
        let isRequested = state.withLockedValue { state in
            if !state.isRequested, state.end == nil { state.onRequested = body }
            return state.isRequested
        }
        if isRequested { body() }
    }

    /// Has `body` called when there is a connection on the present way.
    func whenConnected(_ body: @escaping @Sendable () -> Void) {
        state.withLockedValue { state in
            if state.end == nil { state.onConnected = body }
        }
    }

    /// Has `body` called when all is over, which it may be already.
    func whenEnded(_ body: @escaping @Sendable () -> Void) {
        let isOver = state.withLockedValue { state in
            if state.end == nil { state.onEnded = body }
            return state.end != nil
        }
        if isOver { body() }
    }

    // MARK: The client's side

    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        let (connected, requested) = state.withLockedValue { state in
            state.isRequested = true
            state.alternatives = []
            return (state.onConnected.take(), state.onRequested.take())
        }
        connected?()
        requested?()
    }

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let waiter = state.withLockedValue { state in
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
            state.withLockedValue { $0.isTruncated = true }
            return eventLoop.makeSucceededVoidFuture()
        }
        if state.withLockedValue({ $0.isTruncated }) {
            finish(.failed(.network(TruncatedResponseHandler.reason(in: buffer))))
            return eventLoop.makeSucceededVoidFuture()
        }
        let (waiter, pause) = state.withLockedValue { state in
            guard state.end == nil else {
                return (nil as CheckedContinuation<Void, Never>?, nil as EventLoopFuture<Void>?)
            }
            // Nobody waits for it, so it may lie here for long.
            let chunk = state.waiter == nil ? Self.withoutWaste(buffer) : buffer
            state.chunks.append(chunk)
            state.bufferedBytes += chunk.readableBytes + Self.costOfChunk
            if state.bufferedBytes >= Self.readAhead {
                state.demand = eventLoop.makePromise(of: Void.self)
            }
            return (state.waiter.take(), state.demand?.futureResult)
        }
        waiter?.resume()
        return pause ?? eventLoop.makeSucceededVoidFuture()
    }

    /// What a chunk costs beside its bytes: its place, and the buffer's objects.
    static let costOfChunk = 128

    /// A few bytes that lie in the buffer of a whole read, of 32 KiB with TLS, would keep it: they get one of their own.
    static func withoutWaste(_ buffer: ByteBuffer) -> ByteBuffer {
        guard buffer.readableBytes <= 1 << 14, buffer.storageCapacity > 4 * buffer.readableBytes else { return buffer }
        return ByteBuffer(bytes: buffer.readableBytesView)
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) {
        let isTruncated = state.withLockedValue { $0.isTruncated }
        finish(isTruncated ? .failed(.network(HTTPClientError.remoteConnectionClosed)) : .complete)
    }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
        // Before there is a connection, the end of the task says the same, and decides whether there is another way.
        guard state.withLockedValue({ $0.isRequested }) else { return }
        finish(.failed(.network(error)))
    }

    /// The first end counts. What arrived before it can still be read, unless it is of no more interest to the reader.
    private func finish(_ end: End, isDiscarding: Bool = false) {
        let (waiter, demand, task, ended) = state.withLockedValue { state in
            if state.end == nil { state.end = end }
            state.alternatives = []
            state.onRequested = nil
            state.onConnected = nil
            if isDiscarding {
                state.head = nil
                state.chunks = []
                state.bufferedBytes = 0
            }
            return (state.waiter.take(), state.demand.take(), state.task.take(), state.onEnded.take())
        }
        ended?()
        demand?.succeed()
        waiter?.resume()
        if isDiscarding { task?.cancel() }
    }
}
