import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension EventSourceError {
    /// Names what went wrong with a connection (rule C2). All of it is temporary but for a client or a URL that cannot
    /// be used.
    ///
    /// - Parameters:
    ///   - server: `HOST:PORT`.
    ///   - limit: how long was waited, for a failure by timeout.
    ///   - timeout: the code for a failure by timeout.
    init(_ failure: ConnectionFailure, url: String, server: String, limit: Duration?, timeout: Code) {
        let within = limit.map { " within \($0)" } ?? ""
        switch failure {
        case .cancelled: self.init(.connection, url: url, reason: "the connection was closed on this side")
        case .timedOut:
            let what = timeout == .idle ? "the server sent nothing" : "no response came"
            self.init(timeout, url: url, reason: what + within)
        case .unanswered:
            let what = "the connection stands, but the server did not answer"
            self.init(.responseTimeout, url: url, reason: what + within)
        case .network(let error):
            let (code, reason) = Self.classify(error, server: server)
            self.init(code, url: url, reason: reason, isTemporary: code != .invalidURL && code != .clientShutDown)
        }
    }

    private static func classify(_ error: any Error, server: String) -> (Code, String) {
        switch error {
        case let error as NIOConnectionError:
            // By all the addresses of one name; the first is the one that was preferred.
            if let failure = error.connectionErrors.first {
                return cannotConnect(to: hostAndPort(error.host, error.port), failure.error)
            }
            let unknown = (error.dnsAError ?? error.dnsAAAAError) as? SocketAddressError.UnknownHost
            let reason = unknown.map { ": \(resolverWords($0.errorCode, $0.errorDescription))" } ?? ""
            return (.dns, "cannot resolve \(error.host)\(reason)")
        case let error as ProxyError:
            return (error.code, error.reason)
        case let error as EventStreamRouteError:
            return (error.code, "\(error)")
        case let error as CertificateError:
            return (.tls, "TLS failed: \(error)")
        case let error as NameLookupError:
            return (.dns, "\(error)")
        case let error as HTTPClientError:
            return classify(error, server: server)
        case SocketAddressError.unixDomainSocketPathTooLong:
            return (.invalidURL, "the path of the Unix socket is too long")
        case is SocketAddressError:
            return cannotConnect(to: server, error)
        case let error as IOError where isConnectError(error.errnoCode):
            return cannotConnect(to: server, error)
        case ChannelError.connectTimeout:
            return cannotConnect(to: server, error)
        default:
            if module(of: error) == "NIOSOCKS" {
                return (.connect, "cannot connect to \(server): the proxy refused, or does not speak SOCKS")
            }
            if let reason = tlsReason(error) { return (.tls, "TLS failed: \(reason)") }
            return (.connection, words(for: error))
        }
    }

    private static func cannotConnect(to server: String, _ error: any Error) -> (Code, String) {
        switch error {
        case ChannelError.connectTimeout:
            (.connectTimeout, "cannot connect to \(server): no answer in time")
        case let error as IOError:
            (.connect, "cannot connect to \(server): \(connectErrorWords(error.errnoCode))")
        default:
            (.connect, "cannot connect to \(server)")
        }
    }

    private static func classify(_ error: HTTPClientError, server: String) -> (Code, String) {
        switch error {
        case .alreadyShutdown:
            (.clientShutDown, "the HTTP client was shut down")
        case .invalidURL, .emptyHost, .emptyScheme:
            (.invalidURL, "the request cannot be sent: the URL cannot be used")
        case .missingSocketPath:
            (.invalidURL, "the request cannot be sent: the URL names no socket")
        case .traceRequestWithBody:
            (.invalidURL, "the request cannot be sent: a request with the method TRACE has no body")
        case .connectTimeout, .getConnectionFromPoolTimeout:
            (.connectTimeout, "cannot connect to \(server): no answer in time")
        case .socksHandshakeTimeout, .httpProxyHandshakeTimeout:
            (.connectTimeout, "cannot connect to \(server): no answer of the proxy in time")
        case .invalidProxyResponse:
            (.connect, "cannot connect to \(server): the proxy refused")
        case .proxyAuthenticationRequired:
            (.connect, "cannot connect to \(server): the proxy wants authentication")
        case .invalidProxyConfiguration:
            (.connect, "cannot connect to \(server): the proxy cannot be used")
        case .invalidLocalAddress:
            (.connect, "cannot connect to \(server): the local address cannot be used")
        case .tlsHandshakeTimeout:
            (.tls, "TLS failed: the handshake took too long")
        case .remoteConnectionClosed:
            (.connection, "the connection broke: it ended in the middle of the response")
        case .cancelled:
            (.connection, "the connection was closed on this side")
        case .readTimeout, .deadlineExceeded:
            (.connection, "the connection broke: nothing came in time")
        case .writeTimeout, .writeAfterRequestSent, .bodyLengthMismatch, .contentLengthMissing:
            (.connection, "the connection broke: the request could not be sent")
        case .requestStreamCancelled:
            (.connection, "the connection broke: the server answered before it had the whole request")
        default:
            switch error.shortDescription {
            // These have values that stand in their way in a pattern.
            case HTTPClientError.unsupportedScheme("").shortDescription:
                (.invalidURL, "the request cannot be sent: the URL cannot be used")
            case HTTPClientError.invalidHeaderFieldNames([]).shortDescription,
                HTTPClientError.invalidHeaderFieldValues([]).shortDescription:
                (.invalidURL, "the request cannot be sent: it has a header that cannot be sent")
            case HTTPClientError.serverOfferedUnsupportedApplicationProtocol("").shortDescription:
                (.tls, "TLS failed: the server speaks neither HTTP/1.1 nor HTTP/2")
            default:
                (.connection, "the connection broke")
            }
        }
    }

    /// How the connection broke, as a sentence without the names of libraries, whatever the error.
    static func words(for error: any Error) -> String {
        switch error {
        case let error as ResponseFault:
            return error.words
        case let error as IOError:
            return "the connection broke: \(errorWords(error.errnoCode))"
        case HTTPParserError.invalidEOFState:
            return "the connection broke: it ended in the middle of the response"
        case let error as HTTPParserError:
            return "the server does not speak HTTP as it should: \(parserReason(error))"
        case is NIOHTTPDecoderError:
            return "the server does not speak HTTP as it should: it answered what was not asked"
        case NIOSSLError.uncleanShutdown:
            return "the connection broke: it ended without a word of TLS"
        case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof, ChannelError.inputClosed,
            ChannelError.outputClosed:
            return "the connection broke: it was closed"
        default:
            if let reason = tlsReason(error) { return "TLS failed: \(reason)" }
            return module(of: error) == "NIOHTTP2"
                ? "the connection broke: the server ended the stream, or does not speak HTTP/2 as it should"
                : "the connection broke"
        }
    }

    private static func parserReason(_ error: HTTPParserError) -> String {
        switch error {
        case .invalidConstant: "what came is no HTTP response"
        case .invalidVersion: "the response is not of HTTP/1"
        case .invalidStatus: "the response has no sound status"
        case .headerOverflow: "the response's head is too large"
        case .invalidHeaderToken, .invalidCharactersUsed: "a header of the response is malformed"
        case .unexpectedContentLength: "the response has more than one Content-Length"
        case .invalidContentLength: "the response's Content-Length is no number"
        case .invalidChunkSize: "the size of a chunk is no number"
        case .lfExpected, .strictModeAssertion: "a line of the response does not end as it should"
        case .closedConnection, .trailingGarbage: "more came behind the end of the response"
        default: "the response is malformed"
        }
    }

    private static func module(of error: any Error) -> Substring {
        String(reflecting: type(of: error)).prefix { $0 != "." }
    }
}
