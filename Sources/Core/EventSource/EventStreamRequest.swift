import NIOCore
import NIOHTTP1
import NIOPosix

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
        var ownHeaders = HTTPHeaders([("Cache-Control", "no-cache"), ("User-Agent", "ptr")])
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
        ownHeaders.add(name: "Accept-Encoding", value: "identity")
        if !lastEventID.isEmpty { ownHeaders.add(name: "Last-Event-ID", value: lastEventID) }
        // These are the protocol's, whatever is configured.
        for name in ["Accept", "Accept-Encoding", "Last-Event-ID"] {
            headers.remove(name: name)
            for value in ownHeaders[name] { headers.add(name: name, value: value) }
        }
        self.url = parts.url
        self.displayURL = parts.display
        self.headers = headers
        self.ownHeaders = ownHeaders
        self.method = HTTPMethod(rawValue: configuration.method)
        self.body = configuration.body
    }

    /// The most bytes of the URL of a redirect that are shown.
    private static let longestDisplay = 512

    /// The request that a redirect asks for. One that leaves the origin gets nothing of what was configured but the body
    /// and the fields that describe it, and not even that where the redirect turns it into a `GET`; a later one that
    /// returns gets no more, as in browsers: who was sent on may have been sent on with intent.
    ///
    /// - Throws: ``EventSourceError`` with the code `invalidRedirect`.
    func redirected(
        by response: HTTPResponseHead, policy: EventSourcePolicy = .standard
    ) throws(EventSourceError) -> EventStreamRequest {
        let status = Int(response.status.code)
        func invalid(_ reason: String) -> EventSourceError {
            EventSourceError(
                .invalidRedirect, url: displayURL, reason: "the server redirects (\(status)) \(reason)", status: status,
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
        // A server may send on to a URL of any length.
        request.displayURL = String(decoding: target.display.utf8.prefix(Self.longestDisplay), as: UTF8.self)
        if !target.hasOrigin(of: url) {
            request.headers = ownHeaders
            for name in Self.bodyHeaders where body != nil {
                for value in headers[name] { request.headers.add(name: name, value: value) }
            }
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

    /// A text that came with the answer, without what it repeats of the request's secrets: the values of the headers that were
    /// configured, and of the query.
    func withoutSecrets(_ text: String) -> String {
        var secrets: [Substring] = []
        for (name, value) in headers where !ownHeaders.contains(name: name) && !Self.isOpen(name) {
            secrets.append(value[...])
            // A scheme before it, or a name: `Bearer …`, `session=…`.
            secrets += value.split { " ;=,".contains($0) }
        }
        if let components = URLComponents(url: url, resolvingAgainstBaseURL: true) {
            for item in (components.percentEncodedQueryItems ?? []) + (components.queryItems ?? []) {
                if let value = item.value { secrets.append(value[...]) }
            }
        }
        // In JSON a slash may have a backslash before it.
        secrets += secrets.filter { $0.contains("/") }.map { $0.replacing("/", with: #"\/"#)[...] }
        // Shorter ones are words.
        return secrets.filter { $0.utf8.count >= 8 }.sorted { $0.utf8.count > $1.utf8.count }
            .reduce(text) { $0.replacing($1, with: "…") }
    }

    /// Whether a field says nothing of who asks.
    private static func isOpen(_ name: String) -> Bool {
        let name = name.lowercased()
        return name == "user-agent" || name.hasPrefix("accept-")
            || bodyHeaders.contains { $0.lowercased() == name }
    }

    /// Puts the bearer token of a file, without the line end that editors put behind it, in the place of any other
    /// authorization. It is not kept, shown or logged.
    nonisolated(nonsending) mutating func authorize(byTokenIn path: String) async throws(FileError) {
        var token: ArraySlice<UInt8>
        do {
            // A file may lie on a file system that takes its time.
            token = try await NIOThreadPool.singleton.runIfActive { try readFile(path, limit: 64 << 10)[...] }
        } catch {
            throw error as? FileError ?? FileError(description: "no thread to read it in")
        }
        if token.last == .lineFeed { token.removeLast() }
        if token.last == .carriageReturn { token.removeLast() }
        guard !token.isEmpty else { throw FileError(description: "it is empty") }
        // RFC 6750, section 2.1: visible characters of ASCII, no spaces.
        guard token.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw FileError(description: "it has characters that cannot be in a token")
        }
        authorize(bearerToken: String(decoding: token, as: UTF8.self))
    }

    mutating func authorize(bearerToken token: String) {
        headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)")
    }

    /// The server as `HOST:PORT`, for people.
    var server: String {
        let host = url.host(percentEncoded: false) ?? ""
        // That of a Unix socket is its path.
        guard url.isNetwork else { return host }
        return hostAndPort(host, url.effectivePort)
    }

    /// Where a request over TCP goes to: a name, or an address without brackets.
    var networkHost: (name: String, port: Int, isAddress: Bool)? {
        guard url.isNetwork, let host = url.host(percentEncoded: false) else { return nil }
        let name = host.filter { $0 != "[" && $0 != "]" }
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        return (name, url.effectivePort, isAddress)
    }
}

/// A URL taken apart into what is requested, what is shown, and what authenticates.
private struct URLParts {
    let url: URL
    let display: String
    let authorization: String?

    init?(_ string: String) {
        guard var components = URLComponents(string: string), let scheme = components.scheme?.lowercased(),
            ["http", "https", "http+unix", "https+unix"].contains(scheme), let host = components.host, !host.isEmpty,
            // Beyond that the client would end the process.
            components.port.map({ 1...65535 ~= $0 }) ?? true
        else { return nil }
        components.scheme = scheme
        if let user = components.user {
            let credentials = "\(user):\(components.password ?? "")"
            authorization = "Basic " + Data(credentials.utf8).base64EncodedString()
        } else {
            authorization = nil
        }
        components.user = nil
        components.password = nil
        components.fragment = nil
        guard let url = components.url else { return nil }
        self.url = url
        display = redacted(url.absoluteString)
    }

    /// Whether scheme, host and port are those of `other` (RFC 6454, section 4), written in whichever way.
    func hasOrigin(of other: URL) -> Bool {
        guard url.scheme == other.scheme else { return false }
        // The host of a Unix socket is a path, which has no case to ignore.
        guard url.isNetwork else { return url.host == other.host }
        return url.host?.lowercased() == other.host?.lowercased() && url.effectivePort == other.effectivePort
    }
}

extension URL {
    /// Whether it leads over TCP, and not to a Unix socket.
    fileprivate var isNetwork: Bool { scheme == "http" || scheme == "https" }

    /// The port, or that of the scheme.
    fileprivate var effectivePort: Int { port ?? (scheme == "https" ? 443 : 80) }
}

/// The URL as it may stand in a log: without user information, fragment, and the values of the query, which often are
/// secrets.
func redacted(_ url: String) -> String {
    var rest = url[...]
    if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
    var query = ""
    if let mark = rest.firstIndex(of: "?") {
        let pairs = rest[rest.index(after: mark)...].split(separator: "&").map { pair in
            guard let equals = pair.firstIndex(of: "=") else { return "…" }
            return "\(pair[..<equals])=…"
        }
        query = "?" + pairs.joined(separator: "&")
        rest = rest[..<mark]
    }
    // The authority ends at the first slash after the "//"; user information is what stands before its last "@".
    guard let slashes = rest.firstRange(of: "//") else {
        let afterUser = rest.lastIndex(of: "@").map { rest.index(after: $0) } ?? rest.startIndex
        return rest[afterUser...] + query
    }
    let authority = rest[slashes.upperBound...].prefix { $0 != "/" }
    let afterUser = authority.lastIndex(of: "@").map { authority.index(after: $0) } ?? authority.startIndex
    return rest[..<slashes.upperBound] + rest[afterUser...] + query
}

/// `HOST:PORT`, with the brackets of an IPv6 address.
func hostAndPort(_ host: String, _ port: Int) -> String {
    host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)"
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
