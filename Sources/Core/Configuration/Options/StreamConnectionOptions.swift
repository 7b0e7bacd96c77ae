import FoundationEssentials
import ProgramKit

/// How a stream's TLS is spoken (`[stream.NAME.tls]`).
package struct StreamTLSOptions: OptionGroup {
    package let ca = StreamOption(
        "stream.*.tls.ca", .optional(.absolutePath(maxBytes: 4000)), .live, default: nil, note: "the system's trust",
        """
        A file of PEM certificates, one or several, that are trusted in the place of the system's. It is looked at for each
        connection, as the two credentials are: one that was exchanged holds from the next connection on.
        """)
    package let clientCertificateCredential = StreamOption(
        "stream.*.tls.client_certificate_credential", .optional(.credentialName), .live, default: nil, note: "none",
        """
        The name of a credential that holds the certificate that ptrd shows to the server, in PEM form; those of
        authorities between it and the server's stand behind it. It is not shown to another origin that a redirect
        leads to.
        """)
    package let clientKeyCredential = StreamOption(
        "stream.*.tls.client_key_credential", .optional(.credentialName), .live, default: nil, note: "none",
        """
        The name of a credential that holds the private key of the certificate, in PEM form, without a password.
        """)
    package let serverName = StreamOption(
        "stream.*.tls.server_name", .optional(.hostName), .live, default: nil, note: "the host of `url`",
        """
        The name that the server is asked for (SNI), and that its certificate has to be for.
        """)
}

/// By which proxy a stream goes.
package enum StreamConnectionOptions {
    static let proxy = StreamOption(
        "stream.*.proxy", .proxy, .live, default: StreamProxy.none,
        """
        The proxy that the stream goes by: `"http://HOST:PORT"`, which is asked by CONNECT, also for `http` addresses;
        `"socks5://HOST:PORT"`; or `"environment"`, which is what the variables `HTTPS_PROXY` or `HTTP_PROXY`, by the scheme
        of `url`, else `ALL_PROXY`, say to ptrd, unless `NO_PROXY` has the server (those in lower case come first). The
        proxy looks up the server's name. User information in it is refused: see `proxy_credential`.
        """)
    static let proxyCredential = StreamOption(
        "stream.*.proxy_credential", .optional(.credentialName), .live, default: nil, note: "none",
        """
        The name of a credential that holds `USER:PASSWORD` for the proxy, which has to speak HTTP. It is read for each
        connection.
        """)
}

/// By which proxy a stream goes.
package enum StreamProxy: Sendable, Equatable {
    /// By none.
    case none
    /// As the variables of the process say.
    case environment
    /// By the one with this URL.
    case server(String)
}

extension ValueType<StreamProxy> {
    /// A word, or a proxy's URL.
    static var proxy: ValueType {
        let mend = "write \"http://HOST:PORT\", \"socks5://HOST:PORT\", \"environment\" or \"none\""
        return .text(
            name: "\"none\" | \"environment\" | URL of a proxy", mend: mend,
            write: { proxy in
                switch proxy {
                case .none: "none"
                case .environment: "environment"
                case .server(let url): url
                }
            },
            read: { text throws(Faults) in
                switch text {
                case "none": return .none
                case "environment": return .environment
                default:
                    try check(proxy: text, mend: mend)
                    return .server(text)
                }
            })
    }

    /// The value is not repeated: it may hold a password.
    private static func check(proxy text: String, mend: String) throws(Faults) {
        guard !text.contains("@") else {
            throw Faults(
                "the proxy's URL holds user information",
                mend: "remove what stands before the @, and name a credential of USER:PASSWORD as proxy_credential")
        }
        guard let scheme = text.firstRange(of: "://").map({ text[..<$0.lowerBound].lowercased() }) else {
            throw Faults(
                "this is no URL of a proxy",
                mend: Spelling.suggestion(for: text, among: ["none", "environment"]) ?? mend)
        }
        guard scheme == "http" || scheme == "socks5" else {
            throw Faults("proxies of the scheme \(TOMLText.quoted(scheme)) are not spoken with", mend: mend)
        }
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty, parts.path.count <= 1,
            parts.query == nil, parts.fragment == nil
        else { throw Faults("this is no URL of a proxy", mend: mend) }
        guard let port = parts.port, 1...65535 ~= port else {
            throw Faults("the proxy's URL has no port from 1 to 65535", mend: mend)
        }
    }
}

extension ValueType<String> {
    /// A host's name, as a certificate can have it.
    static var hostName: ValueType {
        .text(name: "host name", write: \.self) { name throws(Faults) in
            let mend = "write a name such as \"feed.example.com\", without scheme and port"
            let labels = name.split(separator: ".", omittingEmptySubsequences: false)
            let isName = labels.allSatisfy { label in
                1...63 ~= label.utf8.count
                    && label.utf8.allSatisfy { $0.isBareKey }
            }
            guard isName, name.utf8.count <= 253 else {
                throw Faults("\(TOMLText.quoted(name)) is not the name of a host", mend: mend)
            }
            guard labels.last?.contains(where: { !$0.isNumber }) == true else {
                throw Faults("\(TOMLText.quoted(name)) is an address, which cannot be asked for by TLS", mend: mend)
            }
            return name
        }
    }
}
