/// The rules between the options that say how a stream reaches its server.
extension CrossChecks {
    private var ofStream: StreamOptions { StreamConfiguration.declarations }

    mutating func checkConnections() {
        for stream in configuration.streams {
            checkTLS(of: stream)
            checkProxy(of: stream)
        }
    }

    private mutating func checkTLS(of stream: StreamConfiguration) {
        let (tls, url) = (ofStream.tls, stream.url.lowercased())
        let keys = [
            tls.ca.key, tls.clientCertificateCredential.key, tls.clientKeyCredential.key, tls.serverName.key,
        ].map(stream.key(of:)).filter { root[$0] != nil }
        if let key = keys.first, !url.isEmpty, !url.hasPrefix("https") {
            problems.add(
                "the stream's url has no TLS", mend: "write https:// there, or remove tls", key: key,
                at: root[key]?.origin ?? root.origin)
        }
        let pair = [tls.clientCertificateCredential.key, tls.clientKeyCredential.key].map(stream.key(of:))
        guard (stream.tls.clientCertificateCredential == nil) != (stream.tls.clientKeyCredential == nil) else { return }
        let missing = stream.tls.clientKeyCredential == nil ? "client_key_credential" : "client_certificate_credential"
        report(
            "a client's certificate and its key belong together", mend: "add \(missing), or remove the key", at: pair)
    }

    private mutating func checkProxy(of stream: StreamConfiguration) {
        let (proxy, credential) = (stream.key(of: ofStream.proxy.key), stream.key(of: ofStream.proxyCredential.key))
        switch stream.proxy {
        case .none where stream.proxyCredential != nil:
            report("there is no proxy that this is for", mend: "add proxy, or remove the key", at: [credential])
        case .server(let url) where url.lowercased().hasPrefix("socks5") && stream.proxyCredential != nil:
            report(
                "a SOCKS proxy is asked without user and password",
                mend: "remove the key, or use a proxy that speaks HTTP", at: [proxy, credential])
        default: break
        }
    }

    /// Each key of a stream that names a credential, with the name.
    func credentials(of stream: StreamConfiguration) -> [(key: OptionKey, name: String)] {
        let options = [
            ofStream.tls.clientCertificateCredential, ofStream.tls.clientKeyCredential, ofStream.proxyCredential,
        ]
        return options.compactMap { option in stream[option].map { (stream.key(of: option.key), $0) } }
    }

    /// What else somebody finds wrong with a stream.
    mutating func inspect(_ inspection: (StreamConfiguration) -> [StreamFault]) {
        for stream in configuration.streams {
            for fault in inspection(stream) {
                let key = stream.key(of: fault.key)
                problems.add(fault.message, mend: fault.mend, key: key, at: root[key]?.origin ?? root.origin)
            }
        }
    }
}

/// What is wrong with a value of a stream beyond what can be known of it here: with the contents of a file that it names.
package struct StreamFault: Sendable {
    let key: OptionKey
    let message: String
    let mend: String

    /// - Parameter option: the option that names it.
    package init<Value>(_ option: ConfigurationOption<StreamConfiguration, Value>, _ message: String, mend: String) {
        (key, self.message, self.mend) = (option.key, message, mend)
    }
}
