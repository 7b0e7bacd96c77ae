import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One request for an event stream (rules C1, C4, C10).
struct EventStreamRequest: Sendable {
    /// Without user information and fragment.
    private(set) var url: URL
    /// For people: ``EventSourceError/url``.
    private(set) var displayURL: String
    private(set) var headers: HTTPHeaders
    /// What it carries, or did before a redirect, and what is told without.
    private(set) var secrets = RequestSecrets()
    /// Whether a redirect led here, and whether one has left the origin of what was configured.
    private(set) var (isRedirected, hasLeftOrigin) = (false, false)
    /// The cookies that were configured, beside those that servers set.
    private var configuredCookies: [String]?
    /// Those of our own making, which go along when a redirect leaves the origin.
    private let ownHeaders: HTTPHeaders
    private(set) var method: HTTPMethod
    private(set) var body: ByteBuffer?

    /// The first request of a connection.
    init(_ configuration: EventSourceConfiguration, lastEventID: String) throws(EventSourceError) {
        guard let parts = URLParts(configuration.url) else {
            throw EventSourceError(
                .invalidURL, url: redacted(configuration.url),
                reason: "the URL is not one of http, https or a Unix socket, or its port is not from 1 to 65535",
                isTemporary: false)
        }
        guard isFieldValue(configuration.userAgent) else {
            throw EventSourceError(
                .invalidHeader, url: parts.display, reason: "the user agent cannot be sent", isTemporary: false)
        }
        var ownHeaders = HTTPHeaders([("Cache-Control", "no-cache"), ("User-Agent", configuration.userAgent)])
        var headers = ownHeaders
        if let authorization = parts.authorization { headers.add(name: "Authorization", value: authorization) }
        for name in Set(configuration.headers.map { $0.name.lowercased() }) { headers.remove(name: name) }
        guard isToken(configuration.method) else {
            throw EventSourceError(
                .invalidHeader, url: parts.display, reason: "the method \(configuration.method) cannot be sent",
                isTemporary: false)
        }
        for (name, value) in configuration.headers {
            guard isToken(name), isFieldValue(value) else {
                throw EventSourceError(
                    .invalidHeader, url: parts.display,
                    reason: "the header \(name) has a name or value that cannot be sent",
                    isTemporary: false)
            }
            headers.add(name: name, value: value)
        }
        ownHeaders.add(name: "Accept", value: "text/event-stream")
        ownHeaders.add(
            name: "Accept-Encoding", value: configuration.compression == .requested ? "gzip, deflate" : "identity")
        if !lastEventID.isEmpty { ownHeaders.add(name: "Last-Event-ID", value: lastEventID) }
        // These are the protocol's, whatever is configured.
        for name in ["Accept", "Accept-Encoding", "Last-Event-ID"] {
            headers.remove(name: name)
            for value in ownHeaders[name] { headers.add(name: name, value: value) }
        }
        self.url = parts.url
        self.displayURL = withParameters(parts.display, configuration.secretParameters)
        self.headers = headers
        self.ownHeaders = ownHeaders
        self.method = HTTPMethod(rawValue: configuration.method)
        self.body = configuration.body
        secrets.body = configuration.body
        secrets.add(parts)
        let described = ownHeaders.map(\.name) + Self.bodyHeaders
        for (name, value) in headers
        where !described.contains(where: { $0.lowercased() == name.lowercased() })
            && !name.lowercased().hasPrefix("accept-")
        {
            secrets.add(value)
        }
    }

    /// The most bytes of the URL of a redirect that are shown.
    private static let longestDisplay = 512

    /// The request that a redirect asks for. One that leaves the origin gets nothing of what was configured; a later one that
    /// returns gets no more, as in browsers: who was sent on may have been sent on with intent. A body may hold a secret, too,
    /// so one that would have to go along is not sent, which is stricter than browsers are.
    ///
    /// - Throws: ``EventSourceError`` with the code `invalidRedirect` or `bodyRedirected`.
    func redirected(
        by response: HTTPResponseHead, policy: EventSourcePolicy = .standard
    ) throws(EventSourceError) -> EventStreamRequest {
        let status = Int(response.status.code)
        func invalid(_ reason: String, _ code: EventSourceError.Code = .invalidRedirect) -> EventSourceError {
            EventSourceError(
                code, url: displayURL, reason: "the server redirects (\(status)) \(reason)", status: status,
                isTemporary: !policy.endsOnRefusal, pace: .slow)
        }
        guard let location = response.headers.first(name: "Location"), !location.isEmpty else {
            throw invalid("without saying where to")
        }
        guard let resolved = URL(string: location, relativeTo: url)?.absoluteURL,
            let target = URLParts(resolved.absoluteString), target.url.isNetwork || !url.isNetwork
        else { throw invalid("to a URL that cannot be followed") }
        // As the Fetch standard has it, which is what browsers do.
        let becomesGET = status == 303 ? method != .GET && method != .HEAD : status <= 302 && method == .POST
        var request = self
        request.url = target.url
        request.isRedirected = true
        // A server may send on to a URL of any length, and repeat in it what it was sent.
        request.displayURL = String(
            decoding: withoutSecrets(target.display).utf8.prefix(Self.longestDisplay), as: UTF8.self)
        request.secrets.add(target)
        if !target.hasOrigin(of: url) {
            guard body == nil || becomesGET else {
                throw invalid(
                    """
                    to another origin, which gets no request with a body; if that is where it belongs, let the URL be \
                    \(request.displayURL)
                    """, .bodyRedirected)
            }
            request.hasLeftOrigin = true
            request.headers = ownHeaders
        }
        if let authorization = target.authorization {
            request.headers.replaceOrAdd(name: "Authorization", value: authorization)
        }
        if becomesGET {
            for name in Self.bodyHeaders { request.headers.remove(name: name) }
            (request.method, request.body) = (.GET, nil)
        }
        return request
    }

    /// The fields that say what the body is.
    private static let bodyHeaders = ["Content-Type", "Content-Encoding", "Content-Language", "Content-Location"]

    /// A text that came with the answer, without what it repeats of what was sent.
    ///
    /// - Parameter isSecret: whether a parameter of the query is, by its name and value.
    func withoutSecrets(_ text: String, isSecret: (String, String) -> Bool = { _, _ in true }) -> String {
        secrets.removed(from: text, isSecret: isSecret)
    }

    /// A text of ours about where the request goes to. Where a redirect says that, the text is the server's, too.
    func told(_ text: String) -> String { isRedirected ? withoutSecrets(text) : text }

    // MARK: What is known only when a connection is made

    mutating func carry(body: ByteBuffer) {
        self.body = body
        secrets.body = body
    }

    /// Takes a credential in the place of what there is of its name.
    mutating func carry(_ secret: String, as use: EventSourceCredential.Use) {
        switch use {
        case .basic: break
        case .bearerToken, .header, .parameter: secrets.add(secret, isCredential: true)
        }
        switch use {
        case .bearerToken:
            headers.replaceOrAdd(name: "Authorization", value: "Bearer \(secret)")
        case .basic:
            let encoded = Data(secret.utf8).base64EncodedString()
            secrets.add(login: secret, encoded: encoded)
            headers.replaceOrAdd(name: "Authorization", value: "Basic \(encoded)")
        case .header(let name):
            // Those are the protocol's.
            guard !["accept", "accept-encoding", "last-event-id"].contains(name.lowercased()) else { return }
            headers.replaceOrAdd(name: name, value: secret)
        case .parameter(let name):
            guard var components = URLComponents(url: url, resolvingAgainstBaseURL: true) else { return }
            let value = percentEncoded(secret)
            secrets.add(value, isCredential: true)
            let former = components.percentEncodedQuery.map { $0.isEmpty ? "" : $0 + "&" } ?? ""
            components.percentEncodedQuery = "\(former)\(percentEncoded(name))=\(value)"
            url = components.url ?? url
        }
    }

    /// Takes the cookies that servers have set. One that was configured goes before one of its name.
    mutating func carry(_ cookies: [(name: String, value: String)]) {
        let configured = configuredCookies ?? headers["Cookie"]
        configuredCookies = configured
        let names = configured.joined(separator: ";").split(separator: ";").map { (pair: Substring) in
            String(pair.drop { $0 == " " }.prefix { $0 != "=" })
        }
        let added = cookies.filter { !names.contains($0.name) }
        for cookie in added { secrets.add(cookie.value) }
        headers.remove(name: "Cookie")
        let all = configured + added.map { "\($0.name)=\($0.value)" }
        if !all.isEmpty { headers.add(name: "Cookie", value: all.joined(separator: "; ")) }
    }

    /// Takes note of the cookies that an answer sets: what else it says may repeat them.
    mutating func note(cookiesOf answer: HTTPHeaders) {
        for line in answer["Set-Cookie"] { if let value = CookieJar.value(in: line) { secrets.add(value) } }
    }

    /// The same request with another name of the server in the URL, as TLS is to have it; `Host` stays.
    func addressed(as name: String) -> EventStreamRequest {
        guard var components = URLComponents(url: url, resolvingAgainstBaseURL: true), let host = components.host else {
            return self
        }
        var request = self
        if !headers.contains(name: "Host") {
            request.headers.add(name: "Host", value: components.port.map { "\(host):\($0)" } ?? host)
        }
        components.host = name
        request.url = components.url ?? url
        return request
    }

    /// Whether it goes over TLS to a host of the network.
    var isTLS: Bool { url.scheme == "https" }

    /// The server as `HOST:PORT`, for people.
    var server: String {
        let host = url.host(percentEncoded: false) ?? ""
        // That of a Unix socket is its path.
        guard url.isNetwork else { return host }
        return hostAndPort(host, url.effectivePort)
    }

    /// What cookies are for.
    var host: String { (url.host(percentEncoded: false) ?? "").lowercased() }
    var path: String { url.path(percentEncoded: true) }
    var isSecure: Bool { url.scheme?.hasPrefix("https") == true }

    /// Where a request over TCP goes to: a name, or an address without brackets.
    var networkHost: (name: String, port: Int, isAddress: Bool)? {
        guard url.isNetwork, let host = url.host(percentEncoded: false) else { return nil }
        let name = host.filter { $0 != "[" && $0 != "]" }
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        return (name, url.effectivePort, isAddress)
    }
}

/// Whether a header's name is a token (RFC 9110, section 5.6.2).
private func isToken(_ name: String) -> Bool {
    !name.isEmpty
        && name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}

/// Whether a header can have this value: no control characters but the tab (RFC 9110, section 5.5).
func isFieldValue(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
}
