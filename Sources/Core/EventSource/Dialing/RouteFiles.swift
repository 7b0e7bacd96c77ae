import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOSSL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The files of a route, parsed again when they have changed. Everything here blocks on them.
final class RouteFiles: Sendable {
    /// What this client is known by: certificates, the own one first, and the key.
    struct Identity: Sendable {
        let certificates: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
    }

    private let route: EventStreamRoute
    private let parsedAuthorities = ParsedFiles<[NIOSSLCertificate]>()
    private let parsedIdentity = ParsedFiles<Identity>()

    init(_ route: EventStreamRoute) { self.route = route }

    /// Whether there are none.
    var isEmpty: Bool {
        route.authorityFile == nil && route.certificateFile == nil && route.keyFile == nil
            && route.proxyCredentialFile == nil
    }

    /// What is trusted; nil: what the system trusts.
    func authorities() throws(EventStreamRouteError) -> [NIOSSLCertificate]? {
        guard let path = route.authorityFile else { return nil }
        return try parsedAuthorities.value(of: [path]) { () throws(EventStreamRouteError) in
            try certificates(in: path, .authority, "the certificates to trust")
        }
    }

    /// What is shown to a server that asks; nil: nothing.
    func identity() throws(EventStreamRouteError) -> Identity? {
        switch (route.certificateFile, route.keyFile) {
        case (nil, nil): return nil
        case (let certificate?, nil):
            throw EventStreamRouteError(
                .key, "the client certificate in \(certificate) has no key beside it", mend: "name the file of its key")
        case (nil, let key?):
            throw EventStreamRouteError(
                .certificate, "the client key in \(key) has no certificate beside it",
                mend: "name the file of its certificate")
        case (let certificate?, let key?):
            return try parsedIdentity.value(of: [certificate, key]) { () throws(EventStreamRouteError) in
                try Self.identity(
                    certificates(in: certificate, .certificate, "the client certificate"), in: certificate, key)
            }
        }
    }

    /// The same, if it is valid at the time.
    func identity(at now: Date) throws(EventStreamRouteError) -> Identity? {
        guard let identity = try identity(), let path = route.certificateFile else { return nil }
        for (index, certificate) in identity.certificates.enumerated() {
            if let fault = CertificateDiagnosis.validity(of: certificate, at: now) {
                let which = index == 0 ? "" : " (number \(index + 1) of them)"
                throw EventStreamRouteError(
                    .certificate, "the client certificate in \(path)\(which) \(fault)", mend: "put a valid one there")
            }
        }
        return identity
    }

    private static func identity(
        _ certificates: [NIOSSLCertificate], in certificatePath: String, _ path: String
    ) throws(EventStreamRouteError) -> Identity {
        func unusable(_ why: String, _ mend: String) -> EventStreamRouteError {
            EventStreamRouteError(.key, "cannot use the client key in \(path): \(why)", mend: mend)
        }
        let bytes = try contents(of: path, .key, "the client key")
        guard !bytes.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----"), !bytes.contains("Proc-Type: 4,ENCRYPTED") else {
            throw unusable(
                "it is encrypted with a password",
                "decrypt it (openssl pkey); systemd can keep it encrypted on the disk")
        }
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw unusable("it holds no private key in PEM form", "put one there, as \"-----BEGIN PRIVATE KEY-----\"")
        }
        // Whether the two belong together is found out by who is to use them.
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates([])
        tls.certificateChain = certificates.map { .certificate($0) }
        tls.privateKey = .privateKey(key)
        guard (try? NIOSSLContext(configuration: tls)) != nil else {
            throw unusable(
                "it does not fit the certificate in \(certificatePath)",
                "put the key of the first certificate there, or the certificate of the key first")
        }
        return Identity(certificates: certificates, key: key)
    }

    /// What a proxy is told; nil: nothing. It is read each time, and not kept.
    func proxyAuthorization() throws(EventStreamRouteError) -> HTTPClient.Authorization? {
        guard let path = route.proxyCredentialFile else { return nil }
        let what = "the user and password of the proxy"
        var bytes = try Self.contents(of: path, .proxyCredential, what)[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self), isFieldValue(text),
            let colon = text.firstIndex(of: ":"), colon > text.startIndex
        else {
            throw EventStreamRouteError(
                .proxyCredential, "cannot use \(what) in \(path): it is not one line of USER:PASSWORD",
                mend: "put such a line there")
        }
        return .basic(username: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
    }

    private func certificates(
        in path: String, _ part: EventStreamRouteError.Part, _ what: String
    ) throws(EventStreamRouteError) -> [NIOSSLCertificate] {
        let bytes = try Self.contents(of: path, part, what)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw EventStreamRouteError(
                part, "cannot use \(what) in \(path): it holds no certificates in PEM form",
                mend: "put them there as \"-----BEGIN CERTIFICATE-----\"")
        }
        return certificates
    }

    private static func contents(
        of path: String, _ part: EventStreamRouteError.Part, _ what: String
    ) throws(EventStreamRouteError) -> [UInt8] {
        do {
            let bytes = try readFile(path)
            if !bytes.isEmpty { return bytes }
        } catch {
            throw EventStreamRouteError(
                part, "cannot use \(what) in \(path): \(error)", mend: "make the file readable for this process")
        }
        throw EventStreamRouteError(part, "cannot use \(what) in \(path): it is empty", mend: "fill the file")
    }
}

/// What files held when they were parsed last.
private final class ParsedFiles<Value: Sendable>: Sendable {
    private let parsed = NIOLockedValueBox<(versions: [FileVersion], value: Value)?>(nil)

    /// The value, by `parse` if one of the files is another one. What is wrong is not remembered: it may be the rights of a file.
    func value(
        of paths: [String], _ parse: () throws(EventStreamRouteError) -> Value
    ) throws(EventStreamRouteError) -> Value {
        // Before they are read: one that is exchanged meanwhile is read again.
        let versions = paths.compactMap(FileVersion.init)
        let isWhole = versions.count == paths.count
        if isWhole, let parsed = parsed.withLockedValue({ $0 }), parsed.versions == versions { return parsed.value }
        let value = try parse()
        if isWhole { parsed.withLockedValue { $0 = (versions, value) } }
        return value
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { self.firstRange(of: Array($0)) != nil }
    }
}
