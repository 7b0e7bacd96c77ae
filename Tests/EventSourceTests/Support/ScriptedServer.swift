import NIOCore
import NIOPosix
import NIOSSL

/// A server of bytes on loopback: it answers the n-th request of a connection, whatever it is, with the n-th reply. It may
/// speak first, and may close a connection behind its replies.
struct ScriptedServer {
    /// What came, one element a request.
    let requests: AsyncStream<String>
    private let channel: any Channel

    var port: Int { channel.localAddress?.port ?? 0 }

    static func start(
        replies: [String], greeting: [UInt8] = [], tls: NIOSSLContext? = nil, socketPath: String? = nil,
        closes: Bool = false
    ) async throws -> ScriptedServer {
        let replies = replies.map { Array($0.utf8) }
        return try await start(
            bytes: replies, greeting: greeting, tls: tls, socketPath: socketPath, closes: closes)
    }

    static func start(
        bytes replies: [[UInt8]], greeting: [UInt8] = [], tls: NIOSSLContext? = nil, socketPath: String? = nil,
        closes: Bool = false
    ) async throws -> ScriptedServer {
        let (requests, continuation) = AsyncStream.makeStream(of: String.self)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(
                        ReplyHandler(replies, greeting: greeting, closes: closes, continuation))
                }
            }
        let channel =
            if let socketPath {
                try await bootstrap.bind(unixDomainSocketPath: socketPath).get()
            } else {
                try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            }
        return ScriptedServer(requests: requests, channel: channel)
    }

    func stop() async throws { try await channel.close() }
}

private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var replies: ArraySlice<[UInt8]>
    private let greeting: [UInt8]
    private let closes: Bool
    private var request = ""
    private let continuation: AsyncStream<String>.Continuation

    init(
        _ replies: [[UInt8]], greeting: [UInt8], closes: Bool, _ continuation: AsyncStream<String>.Continuation
    ) {
        self.replies = replies[...]
        self.greeting = greeting
        self.closes = closes
        self.continuation = continuation
    }

    func channelActive(context: ChannelHandlerContext) {
        if !greeting.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: greeting)), promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        guard request.hasSuffix("\r\n\r\n"), let reply = replies.popFirst() else { return }
        continuation.yield(request)
        request = ""
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: reply)), promise: nil)
        if closes, replies.isEmpty { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
