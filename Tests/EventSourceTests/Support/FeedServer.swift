import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A real HTTP/1.1 server on loopback that answers nothing by itself: every request is handed to the test as an
/// ``Exchange``.
struct FeedServer {
    let channel: any Channel
    private let exchanges: AsyncStream<Exchange>
    private let continuation: AsyncStream<Exchange>.Continuation

    var port: Int { channel.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(port)/events" }

    static func start(port: Int = 0, tls: TLSConfiguration? = nil) async throws -> FeedServer {
        let tls = try tls.map { try NIOSSLContext(configuration: $0) }
        let (exchanges, continuation) = AsyncStream.makeStream(of: Exchange.self)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(RequestHandler(continuation))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return FeedServer(channel: channel, exchanges: exchanges, continuation: continuation)
    }

    /// Waits for the next request.
    func next() async throws -> Exchange {
        for await exchange in exchanges { return exchange }
        throw CancellationError()
    }

    /// Waits for the next request and begins an event stream as its answer.
    func nextStream(_ text: String = "") async throws -> Exchange {
        let exchange = try await next()
        try await exchange.stream(text)
        return exchange
    }

    /// Answers the next request by `script`, while the test goes on.
    func answer(_ script: @escaping @Sendable (Exchange) async throws -> Void) -> Task<Exchange, any Error> {
        Task {
            let exchange = try await next()
            try await script(exchange)
            return exchange
        }
    }

    /// Stops listening; what is connected stays so.
    func stop() async throws {
        continuation.finish()
        try await channel.close()
    }
}

/// One request, and the connection to answer it on.
struct Exchange: Sendable {
    let request: HTTPRequestHead
    let channel: any Channel
    fileprivate let received: EventLoopFuture<ByteBuffer>

    /// The request's body, when all of it has come.
    func body() async throws -> String { String(buffer: try await received.get()) }

    func respond(_ status: HTTPResponseStatus = .ok, headers: HTTPHeaders = [:]) async throws {
        try await write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
    }

    /// Begins an event stream.
    func stream(_ text: String = "") async throws {
        try await respond(headers: ["Content-Type": "text/event-stream"])
        if !text.isEmpty { try await send(text) }
    }

    func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) async throws { try await write(.body(.byteBuffer(bytes))) }

    /// Sends bytes as they are, without HTTP.
    func sendRaw(_ text: String) async throws {
        try await channel.eventLoop.submit {
            let encoder = try channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
            encoder.writeAndFlush(NIOAny(IOData.byteBuffer(ByteBuffer(string: text))), promise: nil)
        }.get()
    }

    /// The body's proper end.
    func end() async throws {
        do {
            try await write(.end(nil))
        } catch is ChannelError {
            // A client that wanted no more than the head, as of a redirect, may have gone before the end.
        } catch is IOError {}
    }

    /// An end in the middle of the body: the last chunk of the chunked encoding does not come.
    func hangUp() async throws { try await channel.close() }

    /// An end by RST, without a word of TLS.
    func reset() async throws {
        let options = channel as? any SocketOptionProvider
        try await options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await drop()
    }

    /// An end by FIN, without a word of TLS.
    func drop() async throws {
        try await channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            if let tls = try? pipeline.context(handlerType: NIOSSLServerHandler.self) {
                tls.close(promise: nil)
            } else {
                pipeline.close(mode: .all, promise: nil)
            }
        }.get()
    }

    /// Waits until the client has closed the connection.
    func closed() async throws { try await channel.closeFuture.get() }

    private func write(_ part: HTTPServerResponsePart) async throws { try await channel.writeAndFlush(part) }
}

private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    private let continuation: AsyncStream<Exchange>.Continuation
    private var body: (promise: EventLoopPromise<ByteBuffer>, bytes: ByteBuffer)?

    init(_ continuation: AsyncStream<Exchange>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let received = context.eventLoop.makePromise(of: ByteBuffer.self)
            body = (received, ByteBuffer())
            continuation.yield(Exchange(request: head, channel: context.channel, received: received.futureResult))
        case .body(let bytes):
            body?.bytes.writeImmutableBuffer(bytes)
        case .end:
            if let body = body.take() { body.promise.succeed(body.bytes) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        body.take()?.promise.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    // A client that goes away is part of the tests.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
