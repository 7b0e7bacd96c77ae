import NIOCore
import NIOHTTP1
import NIOPosix

/// A feed server that listens.
///
/// It has one event loop. Two streams and their connections then need no locks, and one loop is enough: what it does
/// for a byte of the flood is one copy beside the kernel's own.
struct FeedServer: Sendable {
    /// The port it listens on, also when the configuration left the choice to the system.
    let port: Int
    private let host: String
    private let group: MultiThreadedEventLoopGroup
    private let feed: NIOLoopBound<Feed>

    /// Binds and listens.
    ///
    /// - Throws: ``FeedServerError`` when the address cannot be had.
    static func start(_ configuration: FeedConfiguration, log: FeedLog) async throws -> FeedServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let feed = try await loop.submit {
                NIOLoopBound(Feed(configuration: configuration, eventLoop: loop, log: log), eventLoop: loop)
            }.get()
            // How much may wait for a client: a few blocks of the flood, so that the kernel always finds the next one ready;
            // of paced events a little.
            let high = (configuration.rate == nil ? 4 : 1) * FeedStream.blockBytes
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                // The send buffer is left to the kernel. Its own tuning goes to 4 MiB (tcp_wmem), while a size we asked
                // for would be cut to net.core.wmem_max, commonly 208 KiB: measured, a quarter less on loopback.
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.writeBufferWaterMark, value: .init(low: high / 2, high: high))
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try configure(channel, feed: feed.value) }
                }
                .bind(host: configuration.host, port: configuration.port)
                .get()
            return FeedServer(
                port: channel.localAddress?.port ?? configuration.port, host: configuration.host, group: group,
                feed: feed)
        } catch {
            try? await group.shutdownGracefully()
            throw FeedServerError(error, host: configuration.host, port: configuration.port)
        }
    }

    /// Lets both streams end with what they have sent; connections stay. Returns how many events each had.
    func end() async throws -> [Int] {
        try await group.next().submit { [feed] in feed.value.streams.map { $0.end() } }.get()
    }

    /// Closes the listener and every connection.
    func stop() async {
        // It fails only where it has been shut down before, which is as good.
        try? await group.shutdownGracefully()
    }

    func url(_ path: String) -> String {
        "http://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
    }

    private static func configure(_ channel: any Channel, feed: Feed) throws {
        var encoding = HTTPResponseEncoder.Configuration()
        // Otherwise it would frame the flood in chunks.
        encoding.automaticallySetFramingHeaders = false
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder(configuration: encoding))
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        try pipeline.addHandler(HTTPServerProtocolErrorHandler())
        try pipeline.addHandler(RequestHandler(feed: feed))
    }
}

/// Why a server could not start, and the mend.
struct FeedServerError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ error: any Error, host: String, port: Int) {
        let host = host.contains(":") ? "[\(host)]" : host
        let address = "\(host):\(port)"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            description = """
                cannot listen on \(address): another program has the port. Stop it, or choose another one: \
                --listen \(host):0 takes any that is free.
                """
        case EACCES:
            description = "cannot listen on \(address): not permitted. Choose a port of 1024 or above with --listen."
        case EADDRNOTAVAIL:
            description = """
                cannot listen on \(address): this machine has no such address. Choose 127.0.0.1, or 0.0.0.0 for \
                all, with --listen.
                """
        default:
            description = "cannot listen on \(address): \(error). Choose another address with --listen HOST:PORT."
        }
    }
}
