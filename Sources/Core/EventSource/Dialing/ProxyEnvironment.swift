import NIOCore

/// The variables that name proxies, by the rules that curl and others share.
struct ProxyEnvironment: Sendable, Hashable {
    private let variables: [String: String]

    init(_ variables: [String: String]) {
        self.variables = variables.filter { Self.names.contains($0.key.lowercased()) && !$0.value.isEmpty }
    }

    private static let names: Set<String> = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]

    /// The value of a variable, that in lower case first, with the name that it has.
    private func value(of name: String) -> (name: String, text: String)? {
        [name, name.uppercased()].lazy.compactMap { name in variables[name].map { (name, $0) } }.first
    }

    /// The proxy for a server; nil: none.
    ///
    /// - Parameter host: without brackets.
    func server(forHTTPS isHTTPS: Bool, host: String, port: Int) throws(EventStreamRouteError) -> ProxyServer? {
        guard let (name, text) = value(of: isHTTPS ? "https_proxy" : "http_proxy") ?? value(of: "all_proxy") else {
            return nil
        }
        if let exceptions = value(of: "no_proxy"), Self.excepts(exceptions.text, host: host, port: port) { return nil }
        guard let server = ProxyServer(url: text.contains("://") ? text : "http://\(text)", needsPort: false) else {
            throw EventStreamRouteError(
                .proxy, "cannot use the proxy that the variable \(name) names",
                mend: "write http://HOST:PORT or socks5://HOST:PORT")
        }
        return server
    }

    /// Whether a list of exceptions has a server. It is separated by commas or spaces. An entry is `*`, which is every server; a name,
    /// which stands for itself and all below it, with or without a dot or `*.` before it; an address; or a network such as 10.0.0.0/8.
    /// But for a network, it may have a port. Names are not looked up.
    static func excepts(_ list: String, host: String, port: Int) -> Bool {
        let host = bare(host.lowercased()[...])
        let address = bytes(of: host)
        return list.split { ", \t\r\n".contains($0) }.contains { entry in
            if entry == "*" { return true }
            let entry = entry.lowercased()
            if let slash = entry.firstIndex(of: "/") {
                guard let address, let network = bytes(of: bare(entry[..<slash])),
                    let length = Int(entry[entry.index(after: slash)...])
                else { return false }
                return share(address, network, bits: length)
            }
            let (name, wanted) = split(entry)
            if let wanted, wanted != port { return false }
            if let known = bytes(of: name) { return known == address }
            let suffix = name.hasPrefix("*.") ? name.dropFirst(2) : name.hasPrefix(".") ? name.dropFirst() : name[...]
            return address == nil && !suffix.isEmpty && (host == suffix || host.hasSuffix(".\(suffix)"))
        }
    }

    /// An entry's host and port.
    private static func split(_ entry: String) -> (host: String, port: Int?) {
        // More than one colon, and no brackets: an address of IPv6.
        guard let colon = entry.lastIndex(of: ":"), let port = Int(entry[entry.index(after: colon)...]),
            entry[..<colon].hasSuffix("]") || !entry[..<colon].contains(":")
        else { return (bare(entry[...]), nil) }
        return (bare(entry[..<colon]), port)
    }

    /// Without the brackets of an address, or the dot behind a whole name.
    private static func bare(_ host: Substring) -> String {
        if host.hasPrefix("["), host.hasSuffix("]") { return String(host.dropFirst().dropLast()) }
        return String(host.hasSuffix(".") ? host.dropLast() : host)
    }

    /// The bytes of an address; nil: it is none. One of IPv4 within IPv6 is that of IPv4.
    private static func bytes(of text: String) -> [UInt8]? {
        switch try? SocketAddress(ipAddress: text, port: 0) {
        case .v4(let address): return withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address):
            let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10...11].allSatisfy { $0 == 0xFF }
            return isMapped ? Array(bytes.suffix(4)) : bytes
        default: return nil
        }
    }

    /// Whether two addresses of one kind begin with the same bits.
    private static func share(_ address: [UInt8], _ network: [UInt8], bits: Int) -> Bool {
        guard address.count == network.count, 0...address.count * 8 ~= bits else { return false }
        return zip(address, network).enumerated().allSatisfy { index, pair in
            let counted = min(8, max(0, bits - index * 8))
            let mask = counted == 0 ? 0 : UInt8.max << UInt8(8 - counted)
            return pair.0 & mask == pair.1 & mask
        }
    }
}
