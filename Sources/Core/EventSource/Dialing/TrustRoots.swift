import NIOConcurrencyHelpers
import NIOSSL

/// The certificates that the system trusts, parsed once for all clients: each would hold a copy of some hundred otherwise.
final class TrustRoots: Sendable {
    /// The bundles of the usual distributions; without one, each client does as its library does by default.
    static let system = TrustRoots(
        paths: [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
        ])

    private let paths: [String]
    private let loaded = NIOLockedValueBox<(version: FileVersion, certificates: [NIOSSLCertificate])?>(nil)

    init(paths: [String]) { self.paths = paths }

    /// The certificates; nil: there are none to be had. Reads the file when it has changed, which takes some milliseconds.
    func certificates() -> [NIOSSLCertificate]? {
        loaded.withLockedValue { loaded in
            guard let version = paths.lazy.compactMap(FileVersion.init).first else { return nil }
            if let loaded, loaded.version == version { return loaded.certificates }
            guard let bytes = try? readFile(version.path),
                let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes),
                !certificates.isEmpty
            else { return nil }
            loaded = (version, certificates)
            return certificates
        }
    }
}
