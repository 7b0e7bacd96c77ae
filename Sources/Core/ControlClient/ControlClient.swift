import AsyncHTTPClient
// Who asks reads the answers, too.
@_exported public import ControlAPI
import NIOCore
import NIOHTTP1

/// A client of the control API, for `ptrctl` and for other programs.
///
/// It is a value without state: every request makes its own connection, which on a local socket costs next to nothing
/// and leaves nothing to shut down. Many in a row had better share one: ``withConnection(_:)``.
///
///     let status = try await ControlClient(socket: "/run/ptrd.sock").status()
public struct ControlClient: Sendable {
    /// The path of the daemon's socket.
    public let socket: String
    /// How long an answer may take.
    public let timeout: Duration

    /// The most of an answer that is read, in bytes.
    static let longestAnswer = 8 << 20

    /// Makes a client. It connects at each request, not before.
    public init(socket: String = ControlSocket.defaultPath, timeout: Duration = .seconds(5)) {
        self.socket = socket
        self.timeout = timeout
    }

    /// Sends a request and reads its answer.
    ///
    ///     let tree = try await client.answer(to: TreeRequest())
    ///
    /// - Throws: ``ControlClientError``; ``ControlClientError/refused(_:)`` if the daemon said no.
    public func answer<Request: ControlRequest>(
        to request: Request
    ) async throws(ControlClientError) -> Request.Response {
        try await send(request).value
    }

    /// Asks for one consistent snapshot.
    public func status() async throws(ControlClientError) -> Status {
        try await answer(to: StatusRequest())
    }

    /// Pins the number of direct supervisors, or hands it back to the autoscaler.
    public func scale(_ request: ScaleRequest) async throws(ControlClientError) -> ScaleResponse {
        try await answer(to: request)
    }

    /// Crashes one part of the tree on purpose.
    public func crash(_ request: CrashRequest) async throws(ControlClientError) -> CrashResponse {
        try await answer(to: request)
    }

    /// An answer, and the document it was read from.
    public struct Answer<Value: Sendable>: Sendable {
        /// The answer, decoded.
        public let value: Value
        /// The JSON as the daemon sent it, which may hold keys that this version does not know.
        public let document: String
    }

    /// Sends a request over a connection of its own and reads the answer.
    ///
    /// - Throws: ``ControlClientError``; ``ControlClientError/refused(_:)`` if the daemon said no.
    public func send<Request: ControlRequest>(
        _ request: Request
    ) async throws(ControlClientError) -> Answer<Request.Response> {
        try await withHTTPClient { (http) async throws(ControlClientError) in
            try await send(request, over: http, keepsConnection: false)
        }
    }

    /// Keeps a connection for all requests that `body` sends, one after another: for many of them in a row. Those that it
    /// sends at the same time, eight at most, have one each.
    ///
    /// - Throws: ``ControlClientError``, what `body` throws.
    public func withConnection<Result: Sendable>(
        _ body: (ControlConnection) async throws(ControlClientError) -> Result
    ) async throws(ControlClientError) -> Result {
        try await withHTTPClient { (http) async throws(ControlClientError) in
            try await body(ControlConnection(client: self, http: http))
        }
    }

    /// Runs `body` with an HTTP client that ends with it.
    private func withHTTPClient<Result: Sendable>(
        _ body: (HTTPClient) async throws(ControlClientError) -> Result
    ) async throws(ControlClientError) -> Result {
        do {
            return try await HTTPClient.withHTTPClient(configuration: configuration) { http in try await body(http) }
        } catch let error as ControlClientError {
            throw error
        } catch {
            throw ControlClientError(error, socket: socket, timeout: timeout)
        }
    }

    func send<Request: ControlRequest>(
        _ request: Request, over http: HTTPClient, keepsConnection: Bool
    ) async throws(ControlClientError) -> Answer<Request.Response> {
        let (status, body) = try await exchange(
            Request.route.method, request.requestTarget, body: try encode(request), over: http,
            keepsConnection: keepsConnection)
        guard (200..<300).contains(status) else {
            throw refusal(status: status, body: body)
        }
        do {
            let value = try ControlJSON.decode(Request.Response.self, from: body.readableBytesView)
            return Answer(value: value, document: String(buffer: body))
        } catch {
            throw .badAnswer(socket: socket, problem: "\(error)")
        }
    }

    private func encode(_ request: some ControlRequest) throws(ControlClientError) -> ByteBuffer? {
        guard type(of: request).route.method != "GET" else { return nil }
        do {
            return ByteBuffer(bytes: try ControlJSON.encode(request))
        } catch {
            throw .refused(ControlFailure(.badRequest, "the request cannot be written as JSON: \(error)"))
        }
    }

    private func exchange(
        _ method: String, _ target: String, body: ByteBuffer?, over http: HTTPClient, keepsConnection: Bool
    ) async throws(ControlClientError) -> (status: Int, body: ByteBuffer) {
        try checkPath()
        var request = HTTPClientRequest(url: URLOverSocket.make(socket: socket, path: target))
        request.method = .init(rawValue: method)
        request.headers.add(name: "accept", value: "application/json")
        if !keepsConnection { request.headers.add(name: "connection", value: "close") }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(body)
        }
        do {
            let response = try await http.execute(request, timeout: TimeAmount(timeout))
            return (Int(response.status.code), try await response.body.collect(upTo: Self.longestAnswer))
        } catch {
            throw ControlClientError(error, socket: socket, timeout: timeout)
        }
    }

    private var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: TimeAmount(timeout), read: TimeAmount(timeout)))
        // A daemon that is down is an answer, to be had at once; trying again is the caller's decision.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Sooner than the server lets go of a connection that rests, so that no request meets one that is being closed.
        configuration.connectionPool.idleTimeout = .seconds(15)
        return configuration
    }

    func checkPath() throws(ControlClientError) {
        if socket.isEmpty {
            throw .unusablePath(socket: socket, problem: "it is empty")
        }
        if socket.utf8.contains(0) {
            throw .unusablePath(socket: socket, problem: "it contains a zero byte")
        }
        if socket.utf8.count > ControlSocket.longestPath {
            throw .unusablePath(socket: socket, problem: "it is \(socket.utf8.count) bytes long")
        }
    }

    /// A refusal in our own words if it is one, a bad answer if it is something else's.
    func refusal(status: Int, body: ByteBuffer) -> ControlClientError {
        if let response = try? ControlJSON.decode(ErrorResponse.self, from: body.readableBytesView) {
            return .refused(response.error)
        }
        return .badAnswer(socket: socket, problem: "HTTP status \(status) without an error document")
    }
}

/// A connection that ``ControlClient/withConnection(_:)`` keeps open between requests.
public struct ControlConnection: Sendable {
    let client: ControlClient
    let http: HTTPClient

    /// Sends a request and reads its answer. Should the daemon have closed the connection, a new one is made.
    ///
    /// - Throws: ``ControlClientError``; ``ControlClientError/refused(_:)`` if the daemon said no.
    public func send<Request: ControlRequest>(
        _ request: Request
    ) async throws(ControlClientError) -> ControlClient.Answer<Request.Response> {
        try await client.send(request, over: http, keepsConnection: true)
    }
}
