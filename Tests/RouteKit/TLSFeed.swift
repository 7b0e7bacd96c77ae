import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// A feed over TLS on loopback, which may want a certificate of its clients. To the n-th request it sends the event `n`, and keeps the
/// connection.
public final class TLSFeed: Sendable {
    /// A request that came.
    public struct Visit: Sendable {
        /// The certificate that the client showed, in its file's words; nil: none.
        public let client: NIOSSLCertificate?
        /// What the client sent first: the name that it asks for is in it, readable.
        public let hello: String
        /// Its head.
        public let request: String
    }

    /// The requests, as they come.
    public let visits: AsyncStream<Visit>
    private let channel: any Channel
    private let connections: NIOLockedValueBox<[any Channel]>

    /// Also when it has stopped.
    public let port: Int

    /// - Parameters:
    ///   - certificate: what it shows, in PEM form, with the key of all servers.
    ///   - authority: what signs the certificates that clients have to show; nil: they need none.
    public static func start(
        certificate: String = RouteCertificates.server, clientsOf authority: String? = nil
    ) async throws -> TLSFeed {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(
                try NIOSSLPrivateKey(bytes: Array(RouteCertificates.serverKey.utf8), format: .pem)))
        if let authority {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
            tls.certificateVerification = .noHostnameVerification
        }
        let context = try NIOSSLContext(configuration: tls)
        let (visits, visit) = AsyncStream.makeStream(of: Visit.self)
        let connections = NIOLockedValueBox<[any Channel]>([])
        let count = NIOLockedValueBox(0)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                connections.withLockedValue { $0.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    let hello = FirstBytes()
                    let tls = NIOSSLServerHandler(context: context)
                    try channel.pipeline.syncOperations.addHandlers([
                        hello, tls,
                        EventReply { request in
                            visit.yield(Visit(client: tls.peerCertificate, hello: hello.text, request: request))
                            return count.withLockedValue { count in
                                count += 1
                                return count
                            }
                        },
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TLSFeed(visits, channel, connections)
    }

    private init(
        _ visits: AsyncStream<Visit>, _ channel: any Channel, _ connections: NIOLockedValueBox<[any Channel]>
    ) {
        (self.visits, self.channel, self.connections) = (visits, channel, connections)
        port = channel.localAddress?.port ?? 0
    }

    /// Ends all connections, so that their clients come again.
    public func disconnect() {
        for channel in connections.withLockedValue({ $0 }) { channel.close(promise: nil) }
    }

    /// Ends it and all its connections.
    public func stop() async throws {
        try await channel.close()
        disconnect()
    }
}

private final class FirstBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private(set) var text = ""

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if text.isEmpty { text = String(buffer: unwrapInboundIn(data)) }
        context.fireChannelRead(data)
    }
}

private final class EventReply: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let number: (String) -> Int
    private var request = ""

    init(_ number: @escaping (String) -> Int) { self.number = number }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        guard request.hasSuffix("\r\n\r\n") else { return }
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: \(number(request))\n\n"
        request = ""
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
