import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

@testable import EventSource

/// A server of bytes on loopback that does to each connection, told by its number, what a script says.
struct ByteServer {
    /// What a script says about a connection.
    enum Reaction: Sendable {
        /// It takes what comes and never says anything.
        case silence
        /// Sends that when the first request is complete, in these pieces, and keeps the connection.
        case reply([String])
        /// The same, then ends with FIN.
        case replyAndClose([String])
        /// The same, then ends with RST.
        case replyAndReset([String])
        /// Speaks first, and keeps the connection.
        case greeting([UInt8])
    }

    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    /// A connection was accepted: its number from 0.
    let accepted: AsyncStream<Int>
    /// A connection was closed: its number.
    let closed: AsyncStream<Int>

    var port: Int { channel.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(port)/events" }

    static func start(
        host: String = "127.0.0.1", tls: TLSConfiguration? = nil, path: String? = nil,
        _ script: @escaping @Sendable (Int) -> Reaction
    ) async throws -> ByteServer {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let (accepted, accept) = AsyncStream.makeStream(of: Int.self)
        let (closed, close) = AsyncStream.makeStream(of: Int.self)
        let count = NIOLockedValueBox(0)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ServerBootstrap(group: group).childChannelInitializer { channel in
            let number = count.withLockedValue { count in
                count += 1
                return count - 1
            }
            accept.yield(number)
            channel.closeFuture.whenComplete { _ in close.yield(number) }
            return channel.eventLoop.makeCompletedFuture {
                if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
                try channel.pipeline.syncOperations.addHandler(ReactionHandler(script(number)))
            }
        }
        let channel =
            if let path {
                try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            } else {
                try await bootstrap.bind(host: host, port: 0).get()
            }
        return ByteServer(channel: channel, group: group, accepted: accepted, closed: closed)
    }

    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }

    /// The head of an event stream in chunks.
    static let chunkedHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    /// The head of an event stream that ends with its connection.
    static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    /// One chunk of a body.
    static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    static var tls: TLSConfiguration {
        get throws {
            try .makeServerConfiguration(
                certificateChain: [.certificate(NIOSSLCertificate(bytes: TestCertificates.server, format: .pem))],
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: TestCertificates.serverKey, format: .pem)))
        }
    }
}

private final class ReactionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reaction: ByteServer.Reaction
    private var request = ""
    private var isDone = false

    init(_ reaction: ByteServer.Reaction) { self.reaction = reaction }

    func channelActive(context: ChannelHandlerContext) {
        if case .greeting(let bytes) = reaction {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        guard !isDone, request.contains("\r\n\r\n") else { return }
        isDone = true
        let channel = context.channel
        switch reaction {
        case .silence, .greeting: break
        case .reply(let pieces): _ = send(pieces, channel)
        case .replyAndClose(let pieces): send(pieces, channel).whenComplete { _ in channel.close(promise: nil) }
        case .replyAndReset(let pieces):
            send(pieces, channel).whenComplete { _ in
                let options = channel as? any SocketOptionProvider
                options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
            }
        }
    }

    private func send(_ pieces: [String], _ channel: any Channel) -> EventLoopFuture<Void> {
        pieces.reduce(channel.eventLoop.makeSucceededVoidFuture()) { done, piece in
            done.flatMap { channel.writeAndFlush(ByteBuffer(string: piece)) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension EventSource {
    /// A stream with a client for each connection, whose waits take no time and have no jitter.
    static func dialing(
        _ configuration: EventSourceConfiguration, _ dialer: EventStreamDialer = .testing
    ) -> EventSource {
        EventSource(configuration, dialer: dialer, clock: LeapingClock(), random: { 0 })
    }
}

extension EventStreamDialer {
    /// Trusts the authority of the tests.
    static var testing: EventStreamDialer {
        var configuration = HTTPClient.Configuration.eventStreams
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(
            (try? NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.authority.utf8))) ?? [])
        configuration.tlsConfiguration = tls
        return EventStreamDialer(configuration)
    }
}
