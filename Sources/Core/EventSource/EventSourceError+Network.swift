import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

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
    ///   - limit: how long was waited, for a failure by timeout.
    ///   - timeout: the code for a failure by timeout.
    init(_ failure: ConnectionFailure, url: String, limit: Duration?, timeout: Code) {
        switch failure {
        case .cancelled:
            self.init(.connection, url: url, reason: "the connection was closed on this side", isTemporary: true)
        case .timedOut:
            let time = limit.map { " within \($0)" } ?? ""
            let reason = timeout == .idle ? "the server sent nothing\(time)" : "no response came\(time)"
            self.init(timeout, url: url, reason: reason, isTemporary: true)
        case .network(let error):
            let (code, reason) = Self.classify(error)
            self.init(
                code, url: url, reason: reason, isTemporary: code != .invalidURL && code != .clientShutDown)
        }
    }

    private static func classify(_ error: any Error) -> (Code, String) {
        switch error {
        case let error as NIOConnectionError:
            if let failure = error.connectionErrors.first {
                guard let error = failure.error as? IOError else {
                    return (.connect, "no connection to \(failure.target): \(failure.error)")
                }
                return (.connect, classify(error).1)
            }
            let reason = (error.dnsAError ?? error.dnsAAAAError).map { ": \($0)" } ?? ""
            return (.dns, "the name \(error.host) cannot be resolved\(reason)")
        case let error as HTTPClientError:
            return classify(error)
        case let error as IOError:
            return classify(error)
        case let error as ChannelError:
            if case .connectTimeout = error { return (.connectTimeout, "no connection could be made in time") }
            return (.connection, "the connection broke: \(error)")
        case HTTPParserError.invalidEOFState:
            return (.connection, "the connection ended in the middle of the response")
        case let error as HTTPParserError:
            return (.connection, "the server does not speak HTTP as it should: \(error)")
        default:
            // The types of the TLS library are not among our dependencies; their names tell where an error comes from.
            let isTLS = String(reflecting: type(of: error)).hasPrefix("NIOSSL.")
            return isTLS ? (.tls, "TLS failed: \(error)") : (.connection, "the connection failed: \(error)")
        }
    }

    private static func classify(_ error: IOError) -> (Code, String) {
        switch error.errnoCode {
        case ECONNREFUSED: (.connect, "the server refused the connection")
        case EHOSTUNREACH, ENETUNREACH: (.connect, "there is no way to the server: \(error)")
        case ENOENT, EACCES, EADDRNOTAVAIL: (.connect, "no connection could be made: \(error)")
        case ECONNRESET, EPIPE: (.connection, "the server reset the connection")
        default: (.connection, "the connection broke: \(error)")
        }
    }

    private static func classify(_ error: HTTPClientError) -> (Code, String) {
        switch error {
        case .alreadyShutdown:
            (.clientShutDown, "the HTTP client was shut down")
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath:
            (.invalidURL, "the URL cannot be used: \(error.shortDescription)")
        case .connectTimeout, .getConnectionFromPoolTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout:
            (.connectTimeout, "no connection could be made in time (\(error.shortDescription))")
        case .tlsHandshakeTimeout:
            (.tls, "TLS failed: the handshake took too long")
        case .remoteConnectionClosed:
            (.connection, "the connection ended in the middle of the response")
        default:
            (.connection, "the connection failed: \(error.shortDescription)")
        }
    }
}
