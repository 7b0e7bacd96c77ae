import NIOSSL

extension EventSourceError {
    /// What went wrong with TLS, if that is where the error is from. The library's own text names places in its sources.
    static func tlsReason(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let cause), NIOSSLError.shutdownFailed(let cause):
            return tlsReason(cause)
        case NIOSSLError.uncleanShutdown:
            return "the server closed the connection"
        case is NIOSSLError:
            return "the server's certificate cannot be verified"
        case let error as NIOSSLExtraError:
            switch error {
            case .failedToValidateHostname: return "the server's certificate is for another name"
            case .serverHostnameImpossibleToMatch, .invalidSNIHostname: return "no certificate can be for such a name"
            case .cannotUseIPAddressInSNI: return "an address cannot be the server's name"
            default: return "the handshake failed"
            }
        case let error as BoringSSLError:
            return tlsReason(error)
        case is NIOSSLCloseTimedOutError:
            return "the connection did not end in time"
        default:
            return nil
        }
    }

    private static func tlsReason(_ error: BoringSSLError) -> String {
        switch error {
        case .sslError(let stack), .unknownError(let stack):
            guard let cause = stack.first else { return "the handshake failed" }
            if cause == .eofDuringHandshake || cause == .eofDuringAdditionalCertficiateChainValidation {
                return "the server closed the connection in the handshake"
            }
            // "error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at FILE:LINE", behind a number.
            let symbol = cause.description.split(separator: ":").dropFirst(5).first?.prefix { $0 != " " } ?? ""
            return words[String(symbol)] ?? alertWords(symbol)
        case .invalidSNIName: return "no certificate can be for such a name"
        case .zeroReturn, .syscallError: return "the server closed the connection in the handshake"
        default: return "the handshake failed"
        }
    }

    private static let noCommonTerms = "the server and this client have no version or cipher of TLS in common"

    /// The usual failures by their symbols.
    private static let words = [
        "CERTIFICATE_VERIFY_FAILED": "the server's certificate is not trusted",
        "WRONG_VERSION_NUMBER": "the server does not speak TLS",
        "HTTP_REQUEST": "the server does not speak TLS",
        "HTTPS_PROXY_REQUEST": "the server does not speak TLS",
        "UNSUPPORTED_PROTOCOL": noCommonTerms,
        "TLSV1_ALERT_PROTOCOL_VERSION": noCommonTerms,
        "SSLV3_ALERT_HANDSHAKE_FAILURE": noCommonTerms,
        "HANDSHAKE_FAILURE_ON_CLIENT_HELLO": noCommonTerms,
        "TLSV1_ALERT_INSUFFICIENT_SECURITY": noCommonTerms,
        "NO_SHARED_CIPHER": noCommonTerms,
        "WRONG_CIPHER_RETURNED": noCommonTerms,
        "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": "the server speaks only HTTP/2 here, and HTTP/1.1 is needed",
        "TLSV1_ALERT_UNRECOGNIZED_NAME": "the server does not know the name it was asked by",
        "TLSV1_ALERT_INTERNAL_ERROR": "the server failed at the handshake",
        "TLSV1_CERTIFICATE_REQUIRED": "the server wants a certificate of the client",
        "TLSV1_ALERT_CERTIFICATE_REQUIRED": "the server wants a certificate of the client",
        "SSLV3_ALERT_BAD_CERTIFICATE": "the server does not accept the client's certificate",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the server does not accept the client's certificate: it has expired",
        "SSLV3_ALERT_CERTIFICATE_REVOKED": "the server does not accept the client's certificate: it was revoked",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the server does not accept the client's certificate",
        "TLSV1_ALERT_UNKNOWN_CA": "the server does not trust the client's certificate",
        "TLSV1_ALERT_ACCESS_DENIED": "the server does not accept the client's certificate",
    ]

    /// Any other symbol says what it means, once it is in lower case.
    private static func alertWords(_ symbol: Substring) -> String {
        guard
            symbol.utf8.allSatisfy({
                UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 || $0 == UInt8(ascii: "_")
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
            }), !symbol.isEmpty
        else { return "the handshake failed" }
        let text = symbol.lowercased().split(separator: "_").joined(separator: " ")
        return "the handshake failed: \(text)"
    }
}
