import AsyncHTTPClient
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// By which proxy a stream goes.
public struct EventStreamProxy: Sendable, Hashable {
    private enum Choice: Hashable {
        case none
        case url(String)
        case environment(ProxyEnvironment)
    }

    private let choice: Choice

    /// By none.
    public static let none = EventStreamProxy(choice: .none)

    /// By that one: `http://[USER:PASSWORD@]HOST:PORT`, asked by CONNECT also for `http`, or `socks5://HOST:PORT`. It gets the names
    /// of servers as they are, and looks them up.
    public static func url(_ url: String) -> EventStreamProxy { EventStreamProxy(choice: .url(url)) }

    /// As the variables say: `HTTPS_PROXY` or `HTTP_PROXY`, by the scheme of the stream, else `ALL_PROXY`, unless `NO_PROXY` has the
    /// server; those in lower case come first.
    public static func environment(_ variables: [String: String]) -> EventStreamProxy {
        EventStreamProxy(choice: .environment(ProxyEnvironment(variables)))
    }

    /// As the variables of this process say.
    public static var environment: EventStreamProxy { environment(ProcessInfo.processInfo.environment) }

    /// The proxy for a request; nil: none.
    func server(for request: EventStreamRequest) throws(EventStreamRouteError) -> ProxyServer? {
        guard let host = request.networkHost else { return nil }
        switch choice {
        case .none: return nil
        case .environment(let environment):
            return try environment.server(forHTTPS: request.isTLS, host: host.name, port: host.port)
        case .url(let url):
            guard let server = ProxyServer(url: url) else {
                throw EventStreamRouteError(
                    .proxy, "cannot use the proxy \(redacted(url))",
                    mend: "write http://HOST:PORT or socks5://HOST:PORT")
            }
            return server
        }
    }
}

/// A proxy's address.
struct ProxyServer: Sendable, Hashable {
    enum Language: Hashable { case http, socks5 }

    let language: Language
    /// Without brackets.
    let host: String
    let port: Int
    /// What the URL has of it. Never shown.
    private let user: String?
    private let password: String

    /// For people.
    var name: String { hostAndPort(host, port) }
    var isAddress: Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    /// - Parameter needsPort: whether a URL without one is refused; else it is that of the scheme.
    init?(url: String, needsPort: Bool = true) {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty,
            parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.fragment == nil
        else { return nil }
        switch (parts.scheme?.lowercased(), parts.user) {
        case ("http", _): language = .http
        // With "h", the proxy looks up the names; it always does.
        case ("socks5", nil), ("socks5h", nil): language = .socks5
        default: return nil
        }
        guard let port = parts.port ?? (needsPort ? nil : language == .http ? 80 : 1080), 1...65535 ~= port else {
            return nil
        }
        // The brackets of an IPv6 address belong to the URL.
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        (user, password) = (parts.user, parts.password ?? "")
    }

    /// For a client.
    ///
    /// - Parameters:
    ///   - address: where the name leads; nil: the client finds out.
    ///   - authorization: in the place of the URL's.
    func configuration(
        at address: String? = nil, authorization: HTTPClient.Authorization? = nil
    ) -> HTTPClient.Configuration.Proxy {
        let host = address ?? host
        return switch language {
        case .socks5: .socksServer(host: host, port: port)
        case .http: .server(host: host, port: port, authorization: authorization ?? self.authorization)
        }
    }

    /// What the URL has for it.
    var authorization: HTTPClient.Authorization? { user.map { .basic(username: $0, password: password) } }

    /// Whether the request can go by this proxy.
    func check(
        _ request: EventStreamRequest, serverName: String?, hasCredential: Bool
    ) throws(EventStreamRouteError) {
        guard let host = request.networkHost else { return }
        if language == .socks5, hasCredential {
            throw EventStreamRouteError(
                .proxyCredential, "the SOCKS proxy \(name) is asked without user and password",
                mend: "remove them, or use a proxy that speaks HTTP")
        }
        // The library would compare the certificate with the address of the proxy.
        if request.isTLS, host.isAddress, serverName == nil {
            throw EventStreamRouteError(
                .serverName, "the certificate of an address (\(host.name)) cannot be verified behind a proxy",
                mend: "say which name it is for (server_name), or write the name in the URL")
        }
        // Its length is one byte, and the server may have sent us there.
        if language == .socks5, host.name.utf8.count > 255 {
            throw EventStreamRouteError(
                .proxy, "the server's name is too long for a SOCKS proxy", mend: "use a proxy that speaks HTTP")
        }
    }
}
