package import Templates

/// The broker (`[nats]`).
package struct NATSOptions: OptionGroup {
    package let servers = DaemonOption(
        "nats.servers", .brokers, .nextStart, default: [], note: "none; `kind = \"nats\"` needs one",
        """
        Addresses of the broker's nodes, such as `["nats://a:4222", "nats://b:4222"]`, with `tls://` for TLS. One is enough to find the
        others, several are for a start while one is down. The broker is NATS with JetStream, 2.11 or later; connect only to one that you
        trust.
        """)
    package let credsCredential = DaemonOption(
        "nats.creds_credential", .optional(.credentialName), .nextStart, default: nil, note: "none",
        """
        The name of a credential that holds a file of credentials, as `nsc` makes them. It is read at each connection.
        """)
    package let nkeyCredential = DaemonOption(
        "nats.nkey_credential", .optional(.credentialName), .nextStart, default: nil, note: "none",
        "The name of a credential that holds the seed of a user's nkey, `SU…`. It is read at each connection.")
    package let tls = TLS()

    /// TLS to the broker.
    package struct TLS: OptionGroup {
        package let ca = DaemonOption(
            "nats.tls.ca", .optional(.absolutePath(maxBytes: 4000)), .nextStart, default: nil, note: "the system's",
            "A file of authorities, in PEM form, that the broker's certificate is checked with.")
        package let clientCertificateCredential = DaemonOption(
            "nats.tls.client_certificate_credential", .optional(.credentialName), .nextStart, default: nil,
            note: "none",
            "The name of a credential that holds the certificate that ptrd shows to the broker, in PEM form.")
        package let clientKeyCredential = DaemonOption(
            "nats.tls.client_key_credential", .optional(.credentialName), .nextStart, default: nil, note: "none",
            "The name of a credential that holds the private key of the certificate, in PEM form, without a password.")
    }
}

/// The `nats` handler (`[handler.nats]`).
package struct NATSHandlerOptions: OptionGroup {
    package let stream = DaemonOption(
        "handler.nats.stream", .optional(.brokerName), .nextStart, default: nil,
        note: "none; `kind = \"nats\"` needs one",
        "The stream that messages are published to. It has to be there.")
    package let subject = DaemonOption(
        "handler.nats.subject", .optional(.subjectTemplate), .nextStart, default: nil,
        note: "none; `kind = \"nats\"` needs one",
        """
        The subject of a message, such as `"ev.{@stream}.{user.id:hash16}"`, with places as in `handler.print.format`. What a value has
        makes one token: a dot, a space or a wildcard in it is an underscore, and so is a value that is missing.
        """)
    package let dedup: DaemonOption<NATSDeduplication> = DaemonOption(
        "handler.nats.dedup", .choice(), .nextStart, default: .eventID,
        """
        `"event-id"`: the broker recognises an event that comes again within the stream's duplicate window, by its identity: what its
        stream, its id and its place among the events of that id make. `"none"`: what is published again is stored again.
        """)
    package let publishTimeout = DaemonOption(
        "handler.nats.publish_timeout", .duration(.seconds(6)...minutes(10)), .nextStart, default: .seconds(30),
        """
        How long the broker may take to store a message, which is sent again under its id meanwhile. Then the handler is unavailable. It
        is longer than an election of the broker's, and at most half of the stream's duplicate window.
        """)
}

/// By what a broker recognises what comes again.
package enum NATSDeduplication: String, Sendable, CaseIterable {
    /// By the event's identity.
    case eventID = "event-id"
    /// Not at all.
    case none
}

extension ValueType<[String]> {
    /// Addresses of a broker's nodes.
    static var brokers: ValueType {
        let mend = "write addresses such as [\"nats://broker:4222\"], without a user or password"
        return .texts(mend: mend) { text throws(Faults) in
            let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, ["nats", "tls"].contains(parts[0]), !parts[1].isEmpty,
                parts[1].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"@/?#,".utf8.contains($0) })
            else { throw Faults("\(TOMLText.quoted(text)) is no address of a broker", mend: mend) }
        }
    }
}

extension ValueType<String> {
    /// The name of a broker's stream or consumer.
    static var brokerName: ValueType {
        .text(name: "name", write: \.self) { name throws(Faults) in
            guard 1...255 ~= name.utf8.count,
                name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !".*>/\\".utf8.contains($0) })
            else {
                throw Faults(
                    "this is no name of a broker's stream", mend: "write one without a space, ., *, >, / or \\")
            }
            return name
        }
    }
}

extension ValueType<SubjectTemplate> {
    /// A template of subjects.
    static var subjectTemplate: ValueType {
        .text(name: "subject", write: \.text) { text throws(Faults) in
            do throws(TemplateError) {
                return try SubjectTemplate(text)
            } catch {
                throw Faults(error.message, mend: error.mend)
            }
        }
    }
}
