import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ProgramKit

/// `GET /metrics` over TCP, for Prometheus, and nothing else.
///
/// There is no telling who asks, so it belongs on the loopback interface unless the network is to be trusted.
public struct MetricsListener: Sendable {
    /// Connections at once; further ones wait in the kernel's queue.
    static let connections = 16
    /// A connection on which nothing happens for so long is closed.
    static let idle = TimeAmount.seconds(30)
    /// Prometheus's text format.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let host: String
    private let port: Int
    private let metrics: @Sendable () async -> String

    /// - Parameter metrics: the text that is answered, in Prometheus's format.
    public init(host: String, port: Int, metrics: @escaping @Sendable () async -> String) {
        self.host = host
        self.port = port
        self.metrics = metrics
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onListening: called once, with the port, when connections are accepted.
    /// - Throws: ``MetricsListenerError`` if it cannot listen.
    public func run(onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }) async throws {
        let router = Router()
        router.get("/metrics") { [metrics] _, _ in
            Response.fresh(Self.contentType, ByteBuffer(string: await metrics()))
        }
        let server = Application(
            router: router,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    idleTimeout: Self.idle,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 8 << 10, maxHeaderFieldCount: 64))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connections)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            // What Hummingbird says of single requests is nobody's business here.
            logger: Logger(label: "metrics") { _ in SwiftLogNoOpLogHandler() })
        do {
            try await server.run()
        } catch let error as IOError {
            throw MetricsListenerError(host: host, port: port, errno: error.errnoCode)
        }
    }
}

/// Why metrics cannot be served.
public struct MetricsListenerError: Error, Sendable, CustomStringConvertible {
    let host: String
    let port: Int
    let errno: CInt

    /// In words, for people, with what mends it.
    public var description: String { "metrics cannot be served: \(reason)" }

    private var reason: String {
        switch errno {
        case EADDRINUSE:
            "port \(port) of \(host) is taken by another program (`ss -ltnp` shows which); end that, or give [metrics] listen "
                + "another port"
        case EACCES where port < 1024, EPERM where port < 1024:
            "port \(port) is not for everybody, being below 1024; give [metrics] listen a higher one"
        case EACCES, EPERM:
            "port \(port) of \(host) is forbidden to ptrd, which SELinux or SocketBindDeny= of the unit may do; allow "
                + "it there, or give [metrics] listen another port"
        case EADDRNOTAVAIL: "this host has no address \(host); give [metrics] listen one that it has"
        case EMFILE, ENFILE: "\(host):\(port): too many open files; raise LimitNOFILE= of the unit"
        default: "\(host):\(port): \(systemMessage(errno)); give [metrics] listen another address"
        }
    }
}
