import FoundationEssentials

/// The rules for a stream's address. Each refusal names its reason, which a URL parser's `nil` does not.
enum StreamURL {
    private static let example = "write one such as \"https://example.com/events\""

    static func check(_ text: String) throws(Faults) {
        guard !text.isEmpty else { throw Faults("the URL is empty", mend: example) }
        let unsafe = text.unicodeScalars.first {
            $0.value <= 0x20 || $0.value >= 0x7F || "\"<>\\^`{|}".contains(Character($0))
        }
        if let unsafe {
            let mend = unsafe.value <= 0x20 ? "remove it, or write %20 for a space" : "percent-encode it"
            throw Faults("a URL cannot hold \(TOMLText.quoted(String(unsafe)))", mend: mend)
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let hasScheme = parts.count == 2 && parts[1].hasPrefix("//")
        guard hasScheme else {
            throw Faults("\"\(text)\" has no scheme", mend: "start it with http:// or https://")
        }
        let scheme = parts[0].lowercased()
        guard ["http", "https", "http+unix", "https+unix"].contains(scheme) else {
            throw Faults("\"\(parts[0])\" is not a scheme of streams", mend: "start the URL with http:// or https://")
        }
        let authority = parts[1].dropFirst(2).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if scheme.hasSuffix("+unix") { try check(socket: authority) } else { try check(authority: authority) }
        if text.contains("#") {
            throw Faults("the part from # on is never sent", mend: "remove it")
        }
        guard URL(string: text) != nil else {
            throw Faults("\"\(text)\" is not a URL", mend: example)
        }
    }

    /// The path of a Unix socket, in the place of a host.
    private static func check(socket: Substring) throws(Faults) {
        let mend = "write it with %2F for each slash, such as \"http+unix://%2Frun%2Ffeed.sock/events\""
        guard !socket.isEmpty else {
            throw Faults("the path of the socket is missing, which stands in the place of a host", mend: mend)
        }
        guard let path = URL(string: "http+unix://\(socket)/")?.host(percentEncoded: false), path.hasPrefix("/"),
            !path.utf8.contains(0),
            !socket.contains(where: { ":@".contains($0) })
        else { throw Faults("\"\(socket)\" is not the path of a socket", mend: mend) }
        guard path.utf8.count <= longestSocket else {
            throw Faults("the path of the socket is longer than \(longestSocket) bytes", mend: "choose a shorter one")
        }
    }

    /// What an address of the system can hold, with the zero behind it (unix(7)).
    private static let longestSocket = 107

    private static func check(authority: Substring) throws(Faults) {
        guard !authority.contains("@") else {
            throw Faults(
                "the URL holds user information", mend: "remove what stands before the @; secrets come as a credential")
        }
        let host: Substring
        let port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw Faults("the IPv6 address is not closed", mend: "write it as [::1]")
            }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw Faults("\"\(rest)\" does not belong after the host", mend: "write a port as :8080")
            }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else {
                throw Faults("the host has more than one colon", mend: "write an IPv6 address in brackets, as [::1]")
            }
            host = parts[0]
            port = parts.count == 2 ? parts[1] : nil
        }
        guard !host.isEmpty else {
            throw Faults("the URL has no host", mend: example)
        }
        if let port {
            let isDecimal =
                !port.isEmpty && port.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isDecimal, let number = UInt16(port), number > 0 else {
                throw Faults("\"\(port)\" is not a port", mend: "write a number from 1 to 65535")
            }
        }
    }
}
