import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Testing

@testable import EventSource

@Suite("Errors name the cause in a person's words, never a library's type or a source path")
struct ErrorWordsTests {
    /// Connects once, and gives what the stream says instead of opening, or after that.
    private func failure(
        _ url: String, _ configuration: HTTPClient.Configuration = .eventStreams
    ) async throws
        -> EventSourceError
    {
        var found: EventSourceError?
        try await withClient(configuration) { client in
            let stream = EventSource.leaping(untimed(url), client: client)
            for await update in stream {
                switch update {
                case .waiting(_, let error), .failed(let error): found = error
                default: continue
                }
                break
            }
        }
        let error = try #require(found)
        #expect(!leaks(error.description))
        return error
    }

    /// Whether a text has the shape of a type's name, a source path or an address in memory.
    private func leaks(_ text: String) -> Bool {
        let camelCase = #/\b[A-Za-z]*[a-z][A-Z][A-Za-z]*\(|\b[A-Z][a-z]+[A-Z][A-Za-z]*Error|[A-Za-z]Error\.|Error\(/#
        return text.contains(camelCase)
            || [
                ".swift", ".cc:", ".c:", ":0x", "/checkouts/", "Optional(", "NIO", "OPENSSL", "BoringSSL",
                "http_parser",
            ]
            .contains { text.contains($0) }
    }

    @Test("the check finds what it looks for")
    func check() {
        for text in [
            "HTTPClientError.cancelled", "handshakeFailed(NIOSSL.BoringSSLError", "IOError(errno: 1)", "a.swift:3",
            "ssl/handshake.cc:320", "Optional(3)", "sslError([x])",
        ] {
            #expect(leaks(text), "\(text)")
        }
        for text in ["HTTP/1.1 is needed", "connection refused (errno 111)", "Content-Length", "localhost:80 (TLS)"] {
            #expect(!leaks(text), "\(text)")
        }
    }

    private static let badHTTP = "the server does not speak HTTP as it should: "
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

    @Test(
        "a response that is none is told by what is wrong with it",
        arguments: [
            (
                "\(ok)Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n",
                badHTTP + "the response has both Content-Length and Transfer-Encoding"
            ),
            (
                "\(ok)Transfer-Encoding: chunked\r\ncontent-length: 9\r\n\r\n",
                badHTTP + "the response has both Content-Length and Transfer-Encoding"
            ),
            (
                "\(ok)Content-Length: 9\r\nContent-Length: 9\r\n\r\n",
                badHTTP + "the response has more than one Content-Length"
            ),
            ("\(ok)Content-Length: nine\r\n\r\n", badHTTP + "the response's Content-Length is no number"),
            ("\(ok)X: \(String(repeating: "a", count: 90_000))\r\n\r\n", badHTTP + "the response's head is too large"),
            ("\(ok)\(String(repeating: "X: a\r\n", count: 300))\r\n", badHTTP + "the response's head is too large"),
            ("\(ok)no colon\r\n\r\n", badHTTP + "a header of the response is malformed"),
            ("\(ok)X : a\r\n\r\n", badHTTP + "a header of the response is malformed"),
            ("\(ok)X: a\rb\r\n\r\n", badHTTP + "a line of the response does not end as it should"),
            ("HTTP/2.0 200 OK\r\n\r\n", badHTTP + "the response is not of HTTP/1"),
            ("HTTP/1.1 20 OK\r\n\r\n", badHTTP + "the response has no sound status"),
            ("SSH-2.0-OpenSSH_9.2\r\n", badHTTP + "what came is no HTTP response"),
            ("\(ok)Transfer-Encoding: chunked\r\n\r\nnone\r\n", badHTTP + "the size of a chunk is no number"),
            (
                "\(ok)Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
                badHTTP + "a chunk of the response does not begin and end as it should"
            ),
            ("\(ok)Content-Le", "the connection broke: it ended in the middle of the response"),
            ("\(ok)Content-Length: 9\r\n\r\n:\n", "the connection broke: it ended in the middle of the response"),
            ("", "the connection broke: it ended in the middle of the response"),
            ("\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}F", "the server speaks TLS here: the URL has to begin with https"),
        ])
    func responses(reply: String, reason: String) async throws {
        let server = try await ScriptedServer.start(replies: [reply], closes: true)
        let error = try await failure("http://127.0.0.1:\(server.port)/")
        #expect(error.code == .connection)
        #expect(error.reason == reason)
        try await server.stop()
    }

    private static let onlyHTTP2 = "the server speaks only HTTP/2 here, and HTTP/1.1 is needed"
    private static let settings: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]
    private static let goAway: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]

    @Test(
        "a server that speaks only HTTP/2 is told as such, whether it speaks first or when spoken to, with and without TLS"
    )
    func onlyHTTP2() async throws {
        for overTLS in [false, true] {
            let tls = overTLS ? try NIOSSLContext(configuration: TestCertificates.serverTLS()) : nil
            for (greeting, reply) in [([], Self.settings), ([], Self.goAway), (Self.settings, Self.goAway)] {
                // It stays open: the words do not depend on its end.
                let server = try await ScriptedServer.start(bytes: [reply], greeting: greeting, tls: tls)
                var configuration = HTTPClient.Configuration.eventStreams
                configuration.tlsConfiguration = try TestCertificates.clientTLS
                let url = "\(overTLS ? "https" : "http")://127.0.0.1:\(server.port)/"
                #expect(try await failure(url, configuration).reason == Self.onlyHTTP2)
                try await server.stop()
            }
        }
    }

    @Test("a name that does not exist, and a resolver that does not answer, are told apart from a refusal")
    func names() async throws {
        let error = try await failure("http://does-not-exist.invalid/")
        #expect(error.code == .dns)
        #expect(
            [": there is no such name", ": the resolver does not answer"]
                .map { "cannot resolve does-not-exist.invalid\($0)" }.contains(error.reason))
    }

    @Test("a Unix socket that cannot be used is told by its path")
    func unixSockets() async throws {
        let missing = try await failure("http+unix://%2Fnowhere%2Ffeed.sock/")
        #expect(missing.code == .connect)
        #expect(missing.reason == "cannot connect to /nowhere/feed.sock: no such file or directory (errno \(ENOENT))")
        try await withTemporaryFile("") { path in
            let file = try await failure("http+unix://\(path.replacingOccurrences(of: "/", with: "%2F"))/")
            #expect(file.code == .connect)
            #expect(file.reason == "cannot connect to \(path): connection refused (errno \(ECONNREFUSED))")
        }
        let long = try await failure("http+unix://%2F\(String(repeating: "x", count: 200))/")
        #expect(long.code == .invalidURL)
        #expect(long.reason == "the path of the Unix socket is too long")
    }

    private func server(_ chain: String, _ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> NIOSSLContext
    {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(chain.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(UntrustedCertificates.key.utf8), format: .pem)))
        change(&tls)
        return try NIOSSLContext(configuration: tls)
    }

    private func tlsFailure(
        _ tls: NIOSSLContext, _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws -> EventSourceError {
        let server = try await ScriptedServer.start(replies: [""], tls: tls)
        var configuration = HTTPClient.Configuration.eventStreams
        var trusting = TLSConfiguration.makeClientConfiguration()
        trusting.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(UntrustedCertificates.authority.utf8)))
        change(&trusting)
        configuration.tlsConfiguration = trusting
        configuration.httpVersion = .http1Only
        let error = try await failure("https://127.0.0.1:\(server.port)/", configuration)
        #expect(error.code == .tls)
        #expect(error.isTemporary)
        try await server.stop()
        return error
    }

    @Test(
        "a certificate that is not trusted is told by the reason",
        arguments: [
            (UntrustedCertificates.expired, "the server's certificate is not trusted"),
            (UntrustedCertificates.notYetValid, "the server's certificate is not trusted"),
            (UntrustedCertificates.selfSigned, "the server's certificate is not trusted"),
            (UntrustedCertificates.otherName, "the server's certificate is for another name"),
        ])
    func certificates(chain: String, reason: String) async throws {
        #expect(try await tlsFailure(server(chain)).reason == "TLS failed: \(reason)")
    }

    @Test("a handshake that fails is told by what the two sides lack")
    func handshakes() async throws {
        let newer = try server(UntrustedCertificates.otherName) { $0.minimumTLSVersion = .tlsv13 }
        let old = try await tlsFailure(newer) { $0.maximumTLSVersion = .tlsv12 }
        #expect(
            old.reason == "TLS failed: the server and this client have no version or cipher of TLS in common")
        let plain = try await ScriptedServer.start(replies: [], greeting: Array("220 mail ready\r\n".utf8))
        #expect(
            try await failure("https://127.0.0.1:\(plain.port)/").reason == "TLS failed: the server does not speak TLS")
        try await plain.stop()
        let dropping = try await Dropper.start()
        #expect(
            try await failure("https://127.0.0.1:\(dropping.localAddress?.port ?? 0)/").reason
                == "TLS failed: the server closed the connection in the handshake")
        try await dropping.close()
    }

    @Test("no error of the libraries below shows more than words")
    func everyError() {
        let libraries: [any Error] = [
            HTTPClientError.invalidURL, HTTPClientError.emptyHost, HTTPClientError.emptyScheme,
            HTTPClientError.missingSocketPath, HTTPClientError.alreadyShutdown, HTTPClientError.unsupportedScheme("x"),
            HTTPClientError.readTimeout, HTTPClientError.writeTimeout, HTTPClientError.remoteConnectionClosed,
            HTTPClientError.cancelled, HTTPClientError.identityCodingIncorrectlyPresent,
            HTTPClientError.invalidProxyResponse, HTTPClientError.contentLengthMissing,
            HTTPClientError.proxyAuthenticationRequired, HTTPClientError.redirectLimitReached,
            HTTPClientError.redirectCycleDetected, HTTPClientError.uncleanShutdown,
            HTTPClientError.traceRequestWithBody, HTTPClientError.invalidHeaderFieldNames(["a"]),
            HTTPClientError.invalidHeaderFieldValues(["a"]), HTTPClientError.bodyLengthMismatch,
            HTTPClientError.writeAfterRequestSent, HTTPClientError.connectTimeout,
            HTTPClientError.socksHandshakeTimeout, HTTPClientError.httpProxyHandshakeTimeout,
            HTTPClientError.tlsHandshakeTimeout, HTTPClientError.serverOfferedUnsupportedApplicationProtocol("x"),
            HTTPClientError.shutdownUnsupported, HTTPClientError.deadlineExceeded,
            HTTPClientError.requestStreamCancelled, HTTPClientError.getConnectionFromPoolTimeout,
            HTTPClientError.invalidRedirectConfiguration, HTTPClientError.invalidHTTPVersionConfiguration,
            HTTPClientError.invalidDNSOverridesConfiguration, HTTPClientError.invalidLocalAddress,
            HTTPClientError.invalidProxyConfiguration, HTTPClientError.internalStateFailure(),
            HTTPParserError.invalidCharactersUsed, HTTPParserError.trailingGarbage, HTTPParserError.invalidEOFState,
            HTTPParserError.headerOverflow, HTTPParserError.closedConnection, HTTPParserError.invalidVersion,
            HTTPParserError.invalidStatus, HTTPParserError.invalidMethod, HTTPParserError.invalidURL,
            HTTPParserError.lfExpected, HTTPParserError.invalidHeaderToken, HTTPParserError.invalidContentLength,
            HTTPParserError.unexpectedContentLength, HTTPParserError.invalidChunkSize, HTTPParserError.invalidConstant,
            HTTPParserError.invalidInternalState, HTTPParserError.strictModeAssertion, HTTPParserError.paused,
            HTTPParserError.unknown, NIOHTTPDecoderError.unsolicitedResponse,
            ChannelError.connectPending, ChannelError.connectTimeout(.seconds(1)), ChannelError.operationUnsupported,
            ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.outputClosed,
            ChannelError.inputClosed, ChannelError.eof, ChannelError.unknownLocalAddress,
            ChannelError.inappropriateOperationForState, ChannelError.writeHostUnreachable,
            NIOSSLError.writeDuringTLSShutdown, NIOSSLError.noSuchFilesystemObject, NIOSSLError.failedToLoadCertificate,
            NIOSSLError.failedToLoadPrivateKey, NIOSSLError.handshakeFailed(.noError),
            NIOSSLError.handshakeFailed(.sslError([])), NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])),
            NIOSSLError.shutdownFailed(.zeroReturn), NIOSSLError.cannotMatchULabel,
            NIOSSLError.noCertificateToValidate, NIOSSLError.unableToValidateCertificate, NIOSSLError.cannotFindPeerIP,
            NIOSSLError.readInInvalidTLSState, NIOSSLError.uncleanShutdown, NIOSSLExtraError.failedToValidateHostname,
            NIOSSLExtraError.serverHostnameImpossibleToMatch, NIOSSLExtraError.cannotUseIPAddressInSNI,
            NIOSSLExtraError.invalidSNIHostname, NIOSSLExtraError.unknownPrivateKeyFileType,
            BoringSSLError.noError, BoringSSLError.zeroReturn, BoringSSLError.wantRead, BoringSSLError.wantWrite,
            BoringSSLError.wantConnect, BoringSSLError.wantAccept, BoringSSLError.wantX509Lookup,
            BoringSSLError.wantCertificateVerify, BoringSSLError.syscallError, BoringSSLError.sslError([]),
            BoringSSLError.unknownError([]), BoringSSLError.invalidSNIName([]), BoringSSLError.failedToSetALPN([]),
            SocketAddressError.unsupported, SocketAddressError.unixDomainSocketPathTooLong,
            SocketAddressError.failedToParseIPString("x"), EventLoopError.shutdown, CancellationError(),
            UnheardOfError(), IOError(errnoCode: 0, reason: "connect(NIOBSDSocket)"),
        ]
        let numbers: [any Error] = (1...133).map { IOError(errnoCode: $0, reason: "read(descriptor: 3)") }
        for error in libraries + numbers {
            let told = EventSourceError(
                .network(error), url: "http://h/", server: "h:80", limit: nil, timeout: .connectTimeout)
            #expect(!leaks(told.reason), "\(error)")
            #expect(!leaks(EventSourceError.words(for: error)), "\(error)")
            #expect(told.reason.count > 10)
        }
    }

    @Test(
        "what forbids a connection, or uses up the descriptors, is named",
        arguments: [
            (EPERM, "IPAddressDeny="), (EACCES, "IPAddressDeny="), (EMFILE, "LimitNOFILE="), (ENFILE, "fs.file-max"),
        ] as [(CInt, String)])
    func forbidden(number: CInt, words: String) {
        let told = EventSourceError(
            .network(IOError(errnoCode: number, reason: "connect")), url: "http://h/", server: "h:80", limit: nil,
            timeout: .connectTimeout)
        #expect(told.reason.hasPrefix("cannot connect to h:80: ") && told.reason.contains(words), "\(told.reason)")
    }
}

private struct UnheardOfError: Error, CustomStringConvertible {
    var description: String { "UnheardOfError.example(file: \"/checkouts/a.swift\", pointer: 0x1)" }
}

/// A server that ends every connection at its first bytes.
private final class Dropper: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    static func start() async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Dropper()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.close(promise: nil) }
}
