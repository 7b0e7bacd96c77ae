import NIOCore
import NIOPosix

/// A server of bytes on loopback: it answers the n-th request of a connection, whatever it is, with the n-th reply.
struct ScriptedServer {
    /// What came, one element a request.
    let requests: AsyncStream<String>
    private let channel: any Channel

    var port: Int { channel.localAddress?.port ?? 0 }

    static func start(replies: [String]) async throws -> ScriptedServer {
        let (requests, continuation) = AsyncStream.makeStream(of: String.self)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(replies, continuation))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedServer(requests: requests, channel: channel)
    }

    func stop() async throws { try await channel.close() }
}

private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var replies: ArraySlice<String>
    private var request = ""
    private let continuation: AsyncStream<String>.Continuation

    init(_ replies: [String], _ continuation: AsyncStream<String>.Continuation) {
        self.replies = replies[...]
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        guard request.hasSuffix("\r\n\r\n"), let reply = replies.popFirst() else { return }
        continuation.yield(request)
        request = ""
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
