public import AsyncHTTPClient
import NIOCore
import NIOSSL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension HTTPClient.Configuration {
    /// A configuration that suits event streams: one client made with it can serve any number of them at the same time.
    ///
    /// Redirects are left to ``EventSource``, which counts them; so are the waits between attempts. There is no read
    /// timeout, since the client's would take our own back-pressure for silence of the server. Each stream holds a
    /// connection for as long as it lives, so the number of connections to one host is not limited. A peer that vanished is
    /// noticed within two minutes by the kernel's probes (`SO_KEEPALIVE`). Over HTTP/1 a fast stream is read in large
    /// pieces, heads with bare LF and folded fields are read as browsers read them, and all that a connection brought is
    /// delivered, however it ended, where a client with another configuration drops the last of it.
    ///
    /// Everything else is as in AsyncHTTPClient, and can be changed: HTTP/2 is spoken with servers that offer it over
    /// TLS, for instance. A connection over HTTP/2 that breaks takes along what it had brought and nobody had asked for
    /// yet; for a stream without IDs, whose events no server sends again, set `httpVersion` to `.http1Only`. What a proxy
    /// answers to CONNECT has to be HTTP to the letter.
    public static var eventStreams: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 10_000
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { channel in
            prepare(channel) {
                try SocketReads.configure(channel)
                try KeepAlive.configure(channel)
                try TruncatedResponseHandler.add(to: channel.pipeline.syncOperations)
            }
        }
        configuration.http2ConnectionDebugInitializer = { channel in
            prepare(channel) { try KeepAlive.configure(channel) }
        }
        return configuration
    }

    /// Runs `body` on the channel's event loop: at once where that is possible, before a server that speaks first is
    /// read.
    private static func prepare(
        _ channel: any Channel, _ body: @escaping @Sendable () throws -> Void
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.inEventLoop
            ? channel.eventLoop.makeCompletedFuture(withResultOf: body) : channel.eventLoop.submit(body)
    }

    /// The configuration ``eventStreams``, for servers behind a proxy or with certificates of one's own.
    ///
    /// - Parameters:
    ///   - certificateAuthorityFile: a file of PEM certificates to trust instead of the system's.
    ///   - proxy: the proxy's URL: `http://[USER:PASSWORD@]HOST:PORT`, asked by CONNECT, or
    ///     `socks5://HOST:PORT`. The scheme is that between us and the proxy.
    /// - Throws: ``EventStreamClientError``.
    public static func eventStreams(
        certificateAuthorityFile: String? = nil, proxy: String? = nil
    ) throws(EventStreamClientError) -> HTTPClient.Configuration {
        var configuration = eventStreams
        if let path = certificateAuthorityFile {
            let bytes: [UInt8]
            do { bytes = try readFile(path) } catch { throw .certificateAuthority(path: path, reason: "\(error)") }
            guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
                throw .certificateAuthority(path: path, reason: "it holds no certificates in PEM form")
            }
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(certificates)
            configuration.tlsConfiguration = tls
        }
        if let proxy {
            guard let server = ProxyServer(url: proxy) else { throw .proxy(redacted(proxy)) }
            configuration.proxy = server.configuration()
        }
        return configuration
    }
}

/// Why a client for event streams cannot be configured as wished.
public enum EventStreamClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file of certificates cannot be used, for the reason given.
    case certificateAuthority(path: String, reason: String)
    /// The URL, given without user information, is not that of a proxy.
    case proxy(String)

    /// What is wrong, and what would be right.
    public var description: String {
        switch self {
        case .certificateAuthority(let path, let reason):
            "cannot use the certificate authorities in \(path): \(reason)"
        case .proxy(let url):
            "cannot use the proxy \(url): write http://HOST:PORT or socks5://HOST:PORT"
        }
    }
}
