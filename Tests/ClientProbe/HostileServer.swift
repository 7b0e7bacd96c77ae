import NIOCore
import NIOPosix
import Synchronization

/// A server on loopback that answers every request with the same flood of bytes, or resets every connection.
struct HostileServer {
    enum Behaviour: Sendable {
        /// `head`, then `piece` as many times, then `tail`, then the end of the connection.
        case flood(head: String, piece: ByteBuffer, count: Int, tail: String)
        case reset
    }

    /// What was written to the sockets so far.
    final class Sent: Sendable {
        private let count = Atomic<Int>(0)
        var bytes: Int { count.load(ordering: .relaxed) }
        func add(_ bytes: Int) { count.add(bytes, ordering: .relaxed) }
    }

    let sent = Sent()
    private let channel: any Channel

    init(_ behaviour: Behaviour) async throws {
        let sent = sent
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    switch behaviour {
                    case .flood(let head, let piece, let count, let tail):
                        try pipeline.addHandler(FloodHandler(head, piece, count, tail, sent))
                    case .reset:
                        try pipeline.addHandler(ResetHandler())
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/" }

    func stop() async throws { try await channel.close() }
}

/// Writes as fast as the socket takes it, from the first byte of the request on.
private final class FloodHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var head: String?
    private let piece: ByteBuffer
    private var left: Int
    private let tail: String
    private let sent: HostileServer.Sent
    private var hasBegun = false

    init(_ head: String, _ piece: ByteBuffer, _ count: Int, _ tail: String, _ sent: HostileServer.Sent) {
        self.head = head
        self.piece = piece
        left = count
        self.tail = tail
        self.sent = sent
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let head = head.take() else { return }
        hasBegun = true
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: head)), promise: nil)
        write(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        write(context)
        context.fireChannelWritabilityChanged()
    }

    private func write(_ context: ChannelHandlerContext) {
        guard hasBegun else { return }
        while left > 0, context.channel.isWritable {
            left -= 1
            sent.add(piece.readableBytes)
            context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        }
        guard left == 0 else { return }
        left = -1
        // Closed only once it is written: a close throws away what waits.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: tail))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    // A client that has had enough is part of the trial.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

private final class ResetHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        // On the event loop it takes effect at once: the close is a RST.
        let options = context.channel as? any SocketOptionProvider
        options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
        context.close(promise: nil)
    }
}
