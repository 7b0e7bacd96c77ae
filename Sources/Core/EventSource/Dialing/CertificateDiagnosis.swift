import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Why a server's certificate is not trusted, in words.
struct CertificateError: Error, CustomStringConvertible {
    let description: String
}

/// Looks at the certificate of a server that is not trusted: the TLS library tells no more than that. It asks for it on a
/// connection of its own, which carries nothing.
enum CertificateDiagnosis {
    /// Whether a look at the certificate can tell more than the error does.
    static func canHelp(_ error: any Error) -> Bool {
        error is NIOSSLError && "\(error)".contains("CERTIFICATE_VERIFY_FAILED")
    }

    /// Has what is wrong told to `answer`; nil: it could not be found out.
    ///
    /// - Parameters:
    ///   - host: a name, or a numeric address.
    ///   - name: what the server is asked for; nil: an address has none.
    static func find(
        host: String, port: Int, name: String?, on eventLoop: any EventLoop,
        _ answer: @escaping @Sendable (CertificateError?) -> Void
    ) {
        let found = NIOLockedValueBox<CertificateError?>(nil)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates([])
        tls.applicationProtocols = ["http/1.1"]
        guard let context = try? NIOSSLContext(configuration: tls) else { return answer(nil) }
        let channel = ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(2))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(
                        context: context, serverHostname: name,
                        customVerificationCallback: { certificates, promise in
                            found.withLockedValue { $0 = judge(certificates, at: Date()) }
                            // Seen is enough: it is not to be trusted.
                            promise.succeed(.failed)
                        })
                    try channel.pipeline.syncOperations.addHandler(handler)
                    _ = channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
                }
            }
            .connect(host: host, port: port)
        channel.whenFailure { _ in answer(nil) }
        channel.whenSuccess { channel in
            channel.closeFuture.whenComplete { _ in answer(found.withLockedValue { $0 }) }
        }
    }

    static func judge(_ certificates: [NIOSSLCertificate], at now: Date) -> CertificateError? {
        for (index, certificate) in certificates.enumerated() {
            let whose =
                index == 0 ? "the server's certificate" : "a certificate of the authority that signed the server's"
            if let fault = validity(of: certificate, at: now) {
                return CertificateError(description: "\(whose) \(fault)")
            }
        }
        return nil
    }

    /// What is wrong with a certificate's time, behind what it is; nil: nothing.
    static func validity(of certificate: NIOSSLCertificate, at now: Date) -> String? {
        let seconds = Int(now.timeIntervalSince1970)
        if certificate.notValidAfter < seconds { return "expired on \(day(certificate.notValidAfter))" }
        if certificate.notValidBefore > seconds { return "is valid only from \(day(certificate.notValidBefore)) on" }
        return nil
    }

    /// The day as YYYY-MM-DD, UTC.
    private static func day(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601.year().month().day())
    }
}
