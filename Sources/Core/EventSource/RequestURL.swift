#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A URL taken apart into what is requested, what is shown, and what authenticates.
struct URLParts {
    let url: URL
    let display: String
    /// User and password.
    let credentials: String?
    let authorization: String?

    init?(_ string: String) {
        guard var components = URLComponents(string: string), let scheme = components.scheme?.lowercased(),
            ["http", "https", "http+unix", "https+unix"].contains(scheme), let host = components.host, !host.isEmpty,
            // Beyond that the client would end the process.
            components.port.map({ 1...65535 ~= $0 }) ?? true
        else { return nil }
        // Percent-encoded, they would get into what is written to a server or a proxy; the path of a Unix socket does not.
        guard
            scheme.hasSuffix("+unix")
                || !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || "/?#@\\".utf8.contains($0) })
        else { return nil }
        components.scheme = scheme
        credentials = components.user.map { [password = components.password] in "\($0):\(password ?? "")" }
        authorization = credentials.map { "Basic " + Data($0.utf8).base64EncodedString() }
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
    var isNetwork: Bool { scheme == "http" || scheme == "https" }

    /// The port, or that of the scheme.
    var effectivePort: Int { port ?? (scheme == "https" ? 443 : 80) }
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

/// A URL as it may be shown, with further parameters, whose values are not.
func withParameters(_ display: String, _ names: [String]) -> String {
    guard !names.isEmpty else { return display }
    let separator = display.contains("?") ? (display.hasSuffix("?") ? "" : "&") : "?"
    return display + separator + names.map { "\(percentEncoded($0))=…" }.joined(separator: "&")
}

/// A text as it may stand anywhere in a URL: but for letters, digits, `-`, `.`, `_` and `~`, its bytes are written as `%XX`
/// (RFC 3986, section 2.3).
func percentEncoded(_ text: String) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            result.append(byte)
        default:
            let digits = Array("0123456789ABCDEF".utf8)
            result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: result, as: UTF8.self)
}

/// `HOST:PORT`, with the brackets of an IPv6 address.
func hostAndPort(_ host: String, _ port: Int) -> String {
    host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)"
}

extension RequestSecrets {
    /// What of a URL authenticates, or might.
    mutating func add(_ parts: URLParts) {
        if let login = parts.credentials, let encoded = parts.authorization { add(login: login, encoded: encoded) }
        guard let components = URLComponents(url: parts.url, resolvingAgainstBaseURL: true) else { return }
        for item in (components.percentEncodedQueryItems ?? []) + (components.queryItems ?? []) {
            if let value = item.value { add(parameter: item.name, value) }
        }
    }
}
