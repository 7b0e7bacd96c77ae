import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension EventSourceError {
    /// Names what went wrong with a connection (rule C2). All of it is temporary but for a client or a URL that cannot
    /// be used.
    ///
    /// - Parameters:
    ///   - server: `HOST:PORT`.
    ///   - limit: how long was waited, for a failure by timeout.
    ///   - timeout: the code for a failure by timeout.
    init(_ failure: ConnectionFailure, url: String, server: String, limit: Duration?, timeout: Code) {
        switch failure {
        case .cancelled:
            self.init(.connection, url: url, reason: "the connection was closed on this side", isTemporary: true)
        case .timedOut:
            let time = limit.map { " within \($0)" } ?? ""
            let reason = timeout == .idle ? "the server sent nothing\(time)" : "no response came\(time)"
            self.init(timeout, url: url, reason: reason, isTemporary: true)
        case .unanswered:
            let time = limit.map { " within \($0)" } ?? ""
            self.init(
                .responseTimeout, url: url, reason: "the connection stands, but the server did not answer\(time)",
                isTemporary: true)
        case .network(let error):
            let (code, reason) = Self.classify(error, server: server)
            self.init(
                code, url: url, reason: reason, isTemporary: code != .invalidURL && code != .clientShutDown)
        }
    }

    private static func classify(_ error: any Error, server: String) -> (Code, String) {
        switch error {
        case let error as NIOConnectionError:
            // By all the addresses of one name; the first is the one that was preferred.
            if let failure = error.connectionErrors.first {
                return cannotConnect(to: hostAndPort(error.host, error.port), failure.error)
            }
            let reason = (error.dnsAError ?? error.dnsAAAAError).map { ": \($0)" } ?? ""
            return (.dns, "cannot resolve \(error.host)\(reason)")
        case let error as CertificateError:
            return (.tls, "TLS failed: \(error)")
        case let error as NameLookupError:
            return (.dns, "\(error)")
        case let error as HTTPClientError:
            return classify(error, server: server)
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT, ENOENT, EACCES, EPERM:
                return cannotConnect(to: server, error)
            default:
                return (.connection, "the connection broke: \(errorWords(error.errnoCode))")
            }
        case ChannelError.connectTimeout:
            return cannotConnect(to: server, error)
        case let error as ChannelError:
            return (.connection, "the connection broke: \(error)")
        case HTTPParserError.invalidEOFState:
            return (.connection, "the connection broke: it ended in the middle of the response")
        case let error as HTTPParserError:
            return (.connection, "the server does not speak HTTP as it should: \(error)")
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return (.tls, "TLS failed: \(tlsReason(error))")
        default:
            return (.connection, "the connection broke: \(error)")
        }
    }

    private static func cannotConnect(to server: String, _ error: any Error) -> (Code, String) {
        switch error {
        case ChannelError.connectTimeout:
            (.connectTimeout, "cannot connect to \(server): no answer in time")
        case let error as IOError:
            (.connect, "cannot connect to \(server): \(errorWords(error.errnoCode))")
        default:
            (.connect, "cannot connect to \(server): \(error)")
        }
    }

    private static func classify(_ error: HTTPClientError, server: String) -> (Code, String) {
        switch error {
        case .alreadyShutdown:
            (.clientShutDown, "the HTTP client was shut down")
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath, .traceRequestWithBody:
            (.invalidURL, "the request cannot be sent: \(error.shortDescription)")
        case .connectTimeout, .getConnectionFromPoolTimeout:
            (.connectTimeout, "cannot connect to \(server): no answer in time")
        case .socksHandshakeTimeout, .httpProxyHandshakeTimeout:
            (.connectTimeout, "cannot connect to \(server): no answer of the proxy in time")
        case .invalidProxyResponse:
            (.connect, "cannot connect to \(server): the proxy refused")
        case .proxyAuthenticationRequired:
            (.connect, "cannot connect to \(server): the proxy wants authentication")
        case .tlsHandshakeTimeout:
            (.tls, "TLS failed: the handshake took too long")
        case .remoteConnectionClosed:
            (.connection, "the connection broke: it ended in the middle of the response")
        default:
            (.connection, "the connection broke: \(error.shortDescription)")
        }
    }

    /// The usual failures in words. The library's own text names places in its sources.
    private static func tlsReason(_ error: any Error) -> String {
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return "the server's certificate is not trusted" }
        if text.contains("WRONG_VERSION_NUMBER") { return "the server does not speak TLS" }
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return "the server's certificate is for another name"
        }
        return text
    }
}
