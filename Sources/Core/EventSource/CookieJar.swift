import NIOHTTP1

/// The cookies of one origin (RFC 6265), as far as a client of one stream needs them: what another host or a page might be
/// concerned with is left out.
struct CookieJar: Sendable {
    private struct Cookie {
        var name: String
        var value: String
        var path: String
        /// In seconds since the epoch; `nil`: when the stream ends.
        var expiry: Int64?

        var size: Int { name.utf8.count + value.utf8.count + path.utf8.count }
    }

    /// The oldest first.
    private var cookies: [Cookie] = []

    /// How many there are at most; older ones make way.
    static let most = 32
    /// How long one may be, with its path. Servers refuse longer headers.
    static let longest = 4 << 10
    /// How long all of them may be.
    static let longestOfAll = 8 << 10

    /// Forgets all of them.
    mutating func empty() { cookies = [] }

    /// Takes what an answer sets.
    ///
    /// - Parameters:
    ///   - headers: those of the answer.
    ///   - host: that of the request, in lower case.
    ///   - path: that of the request, still encoded.
    ///   - isSecure: whether the answer came over TLS.
    ///   - now: in seconds since the epoch.
    mutating func take(_ headers: HTTPHeaders, host: String, path: String, isSecure: Bool, at now: Int64) {
        let serverTime = headers.first(name: "Date").flatMap(secondsSinceEpoch(httpDate:)) ?? now
        for line in headers["Set-Cookie"] {
            guard let (cookie, needsTLS, domain) = Self.parse(line, sentTo: path, at: now, serverTime),
                !needsTLS || isSecure, domain.map({ Self.covers($0, host) }) ?? true
            else { continue }
            cookies.removeAll { $0.name == cookie.name && $0.path == cookie.path }
            if cookie.expiry.map({ $0 > now }) ?? true, cookie.size <= Self.longest { cookies.append(cookie) }
        }
        dropExpired(at: now)
        while cookies.count > Self.most || cookies.reduce(0, { $0 + $1.size }) > Self.longestOfAll {
            cookies.removeFirst()
        }
    }

    /// What to send with a request for `path`: longer paths go before shorter ones, older cookies before newer.
    mutating func cookies(for path: String, at now: Int64) -> [(name: String, value: String)] {
        dropExpired(at: now)
        return cookies.enumerated().filter { Self.matches(path, $0.element.path) }
            .sorted { ($1.element.path.utf8.count, $0.offset) < ($0.element.path.utf8.count, $1.offset) }
            .map { ($0.element.name, $0.element.value) }
    }

    private mutating func dropExpired(at now: Int64) {
        cookies.removeAll { $0.expiry.map { $0 <= now } ?? false }
    }

    /// The value that an answer gives a cookie; `nil` for a line that sets none.
    static func value(in line: String) -> Substring? {
        let pair = line.prefix { $0 != ";" }
        guard let equals = pair.firstIndex(of: "=") else { return nil }
        return trimmed(pair[pair.index(after: equals)...])
    }

    /// Section 5.2. What is unknown is ignored.
    private static func parse(
        _ line: String, sentTo path: String, at now: Int64, _ serverTime: Int64
    ) -> (Cookie, needsTLS: Bool, domain: String?)? {
        let parts = line.split(separator: ";", omittingEmptySubsequences: false)
        guard let pair = parts.first, let equals = pair.firstIndex(of: "="), let value = value(in: line) else {
            return nil
        }
        let name = trimmed(pair[..<equals])
        guard !name.isEmpty, isFieldValue(line) else { return nil }
        var cookie = Cookie(name: String(name), value: String(value), path: folder(of: path))
        var (needsTLS, domain, hasAge) = (false, nil as String?, false)
        for part in parts.dropFirst() {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count > 1 ? trimmed(halves[1]) : ""
            switch trimmed(halves[0]).lowercased() {
            case "secure": needsTLS = true
            case "domain": domain = value.isEmpty ? nil : value.lowercased()
            case "path": cookie.path = value.hasPrefix("/") ? String(value) : folder(of: path)
            case "max-age":
                guard let age = age(value) else { continue }
                (cookie.expiry, hasAge) = (age > 0 ? now &+ age : .min, true)
            // Max-Age goes before it. It is the server's clock that it was counted with.
            case "expires":
                guard !hasAge, let date = secondsSinceEpoch(cookieDate: value) else { continue }
                cookie.expiry = now &+ (date &- serverTime)
            default: continue
            }
        }
        return (cookie, needsTLS, domain)
    }

    /// At most 400 days, which is for ever here, so that no sum overflows.
    private static func age(_ text: Substring) -> Int64? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return text.hasPrefix("-") ? 0 : min(Int64(digits) ?? .max, 400 * 24 * 3600)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// The path that a cookie has by itself (section 5.1.4): that of the request, up to its last slash.
    private static func folder(of path: String) -> String {
        guard path.hasPrefix("/"), let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func matches(_ path: String, _ cookie: String) -> Bool {
        let path = path.hasPrefix("/") ? path : "/"
        guard path.hasPrefix(cookie) else { return false }
        return path == cookie || cookie.hasSuffix("/") || path.dropFirst(cookie.count).hasPrefix("/")
    }

    /// Whether a domain is the host's, or one that it is in.
    private static func covers(_ domain: String, _ host: String) -> Bool {
        let domain = domain.hasPrefix(".") ? String(domain.dropFirst()) : domain
        return !domain.isEmpty && (host == domain || host.hasSuffix("." + domain))
    }
}

/// The date of a cookie: as HTTP has it, or as old servers have it, with dashes and a year of two digits.
func secondsSinceEpoch(cookieDate: Substring) -> Int64? {
    var parts = cookieDate.split { " -".contains($0) }.map(String.init)
    guard parts.count == 6 else { return nil }
    if parts[3].utf8.count == 2 { parts[3] = (parts[3] < "70" ? "20" : "19") + parts[3] }
    return secondsSinceEpoch(httpDate: parts.joined(separator: " "))
}
