// The rules between the options of `[nats]` and `[handler.nats]`, and between them and others.
extension CrossChecks {
    private var ofNATS: NATSOptions { options.nats }

    mutating func checkNATS() {
        let nats = configuration.nats
        let both = [ofNATS.credsCredential.key, ofNATS.nkeyCredential.key]
        if nats.credsCredential != nil, nats.nkeyCredential != nil {
            report("\(both[0]) and \(both[1]) are two ways to say who ptrd is", mend: "remove one of them", at: both)
        }
        let pair = [ofNATS.tls.clientCertificateCredential.key, ofNATS.tls.clientKeyCredential.key]
        if (nats.tls.clientCertificateCredential == nil) != (nats.tls.clientKeyCredential == nil) {
            report(
                "a certificate needs its key, and a key its certificate",
                mend: "name both \(pair[0]) and \(pair[1]), or none", at: pair)
        }
        guard configuration.handler.kind == .nats else {
            if root[options.handler.kind.key] == nil, let node = root["handler.nats"], !node.entries.isEmpty {
                problems.add(
                    "nothing is published, since handler.kind is \"print\"",
                    mend: "add kind = \"nats\" below [handler], or remove [handler.nats]", key: "handler.nats",
                    at: node.origin)
            }
            return
        }
        let handler = options.handler.nats
        let kind = [options.handler.kind.key]
        if nats.servers.isEmpty, root[ofNATS.servers.key] == nil {
            report(
                "\"nats\" needs a broker", mend: "add [nats] and below it servers = [\"nats://broker:4222\"]", at: kind)
        }
        if root[handler.stream.key] == nil || root[handler.subject.key] == nil {
            report(
                "\"nats\" needs a stream and a subject",
                mend: "add [handler.nats] and below it stream = \"EVENTS\" and subject = \"ev.{@stream}\"", at: kind)
        }
    }

    /// Each key of `[nats]` that names a credential, with the name.
    var credentialsOfNATS: [(key: OptionKey, name: String)] {
        [
            ofNATS.credsCredential, ofNATS.nkeyCredential, ofNATS.tls.clientCertificateCredential,
            ofNATS.tls.clientKeyCredential,
        ].compactMap { option in configuration[option].map { (option.key, $0) } }
    }
}
