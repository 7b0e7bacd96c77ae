/// What a stream's URL says: a name for it, and what of it is secret.
enum StreamNaming {
    /// Words of hosts and paths that say nothing.
    private static let common: Set<String> = [
        "www", "api", "stream", "streams", "streaming", "events", "event", "sse", "feed", "feeds", "push", "live", "v1",
        "v2", "v3", "v4", "com", "org", "net", "io", "dev", "app", "co", "well-known", "sub", "all", "public-api",
    ]

    /// A name by the host and the path: `wikimedia-recentchange`.
    static func name(for url: String) -> String {
        let (host, path) = parts(of: url)
        let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." } || !host.contains(".")
        let labels = host.split(separator: ".").dropLast().map(String.init).filter { !common.contains($0) }
        let words = path.split(separator: "/").map { cleaned(String($0)) }.filter { !$0.isEmpty && $0.count <= 24 }
        var name = isAddress ? "" : labels.last.map(cleaned) ?? ""
        let telling = words.filter { !common.contains($0.lowercased()) && !$0.allSatisfy(\.isNumber) }
        if name.isEmpty {
            // Of loopback and the like only the path tells something.
            name = words.suffix(2).joined(separator: "-")
        } else if let last = telling.last {
            name += "-\(last)"
        }
        name = String(name.prefix(64))
        return name.isEmpty ? "feed" : name
    }

    /// Letters, digits, `_` and `-`, of which the first is a letter or a digit.
    private static func cleaned(_ word: String) -> String {
        let kept = word.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        return String(kept.drop { $0 == "-" || $0 == "_" })
    }

    private static func parts(of url: String) -> (host: String, path: String) {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let authority = rest.prefix { !"/?#".contains($0) }
        let path = rest.dropFirst(authority.count).prefix { !"?#".contains($0) }
        if authority.hasPrefix("[") { return (String(authority), String(path)) }
        let host = authority.split(separator: "@").last ?? ""
        return (String(host.prefix { $0 != ":" }).lowercased(), String(path))
    }

    // MARK: Secrets

    private static let secretWords = [
        "token", "secret", "password", "passwd", "apikey", "api_key", "api-key", "jwt", "signature",
    ]
    private static let secretNames: Set<String> = [
        "auth", "key", "sig", "authorization", "pass", "code", "session", "sid",
    ]

    /// Whether a name is of something that others are not to see.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return secretNames.contains(name) || secretWords.contains { name.contains($0) }
            || ["cookie", "proxy-authorization"].contains(name)
    }

    /// Whether a value of a query looks drawn at random.
    private static func isRandom(_ value: Substring) -> Bool {
        // As it is meant: base64 has slashes and equals signs, which a query has encoded.
        let value = [("%2f", "/"), ("%3d", "="), ("%2b", "+")].reduce(String(value)) { text, code in
            text.replacing(code.0, with: code.1).replacing(code.0.uppercased(), with: code.1)
        }
        guard value.count >= 16, !value.contains(where: { "%:,{} ".contains($0) }), !value.hasPrefix("/") else {
            return false
        }
        return value.contains(where: \.isNumber) && value.contains(where: \.isLetter)
    }

    /// Whether a parameter of a query is secret; one that the URL does not have came from a credential, or from the server.
    static func isSecret(_ name: String, _ value: String, in url: String) -> Bool {
        isSecret(name) || isRandom(value[...]) || !pairs(of: url).contains { $0.name.lowercased() == name.lowercased() }
    }

    /// The parameters of the query that are secret by their names or values.
    static func secretParameters(of url: String) -> [String] {
        pairs(of: url).filter(\.isSecret).map { String($0.name) }
    }

    /// The URL with an ellipsis for each secret value of its query.
    ///
    /// - Parameter keepsNames: if not, the parameters are left out.
    static func withoutSecrets(_ url: String, keepsNames: Bool = true) -> String {
        let pairs = pairs(of: url)
        guard let mark = url.firstIndex(of: "?"), pairs.contains(where: \.isSecret) else { return url }
        let shown = pairs.compactMap { $0.isSecret ? keepsNames ? "\($0.name)=…" : nil : String($0.text) }
        return shown.isEmpty ? String(url[..<mark]) : url[...mark] + shown.joined(separator: "&")
    }

    private static func pairs(of url: String) -> [(text: Substring, name: Substring, isSecret: Bool)] {
        guard let mark = url.firstIndex(of: "?") else { return [] }
        return url[url.index(after: mark)...].split(separator: "&").map { pair in
            guard let equals = pair.firstIndex(of: "=") else { return (pair, pair, isRandom(pair)) }
            let name = pair[..<equals]
            return (pair, name, isSecret(String(name)) || isRandom(pair[pair.index(after: equals)...]))
        }
    }
}
