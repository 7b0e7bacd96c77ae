import NIOSSL

/// An authority that nobody trusts, and a server's certificate by it, for `localhost` and 127.0.0.1, valid for a hundred
/// years. The key is of use for nothing but these tests.
enum TestCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAT+gAwIBAgIUCVOVtE03No7jxLdb/tutZ/eLfy0wCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTIzMTYzNzA0WhgPMjEy
        NjEwMzAxNjM3MDRaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEqQr6nRPjiZQyuz4+BQr0f/LeBupG4cI4ZsNwARY3
        YeuzfOjAW4VsxCam5iAOB4YtYJhhh3CLWmpgSiBfDC06ZaNjMGEwHQYDVR0OBBYE
        FDr8k5CBZvkamjfmxhyV659fRbNbMB8GA1UdIwQYMBaAFDr8k5CBZvkamjfmxhyV
        659fRbNbMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMAoGCCqGSM49
        BAMCA0kAMEYCIQCIuyBWlT1UAF/r1KNmfNuzRv97Ot6p3ewwRdUHL+SbZAIhANfu
        cdJTCdyKNtZJCiugk48fB06gbCbXMeOwDjWgnz1Q
        -----END CERTIFICATE-----

        """

    static let server = Array(
        """
        -----BEGIN CERTIFICATE-----
        MIIBvjCCAWSgAwIBAgIUCm9neox4jAgpPwsazUg6vrhTfHswCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTIzMTYzNzA0WhgPMjEy
        NjEwMzAxNjM3MDRaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEG
        CCqGSM49AwEHA0IABPB9oQdFjbfbn7Ls3N3VbCrYTc/c2vc5GqO4xCikUaoxAOcV
        DRrAdxN7qplkNuimMDXl29PVoa3hCkwX375mxUejgYwwgYkwGgYDVR0RBBMwEYIJ
        bG9jYWxob3N0hwR/AAABMAkGA1UdEwQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwEw
        CwYDVR0PBAQDAgeAMB0GA1UdDgQWBBQsJGQEzuH98DU0xvOdClrm/cG5HjAfBgNV
        HSMEGDAWgBQ6/JOQgWb5Gpo35sYcleufX0WzWzAKBggqhkjOPQQDAgNIADBFAiEA
        4aOadsD09+Z6x0bKCHZYnyg1HPtSCpa22TKIVsG3xa4CIALVwKB+rOWNAA4ZKfrW
        AjBXpWDjXlvXhqlfnp8hE4gE
        -----END CERTIFICATE-----

        """.utf8)

    static let serverKey = Array(
        """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgR+OEPVabbUdFbiwf
        7+dOAOO4G8oyOm8IpbzTKY+OsXehRANCAATwfaEHRY2325+y7Nzd1Wwq2E3P3Nr3
        ORqjuMQopFGqMQDnFQ0awHcTe6qZZDbopjA15dvT1aGt4QpMF9++ZsVH
        -----END PRIVATE KEY-----

        """.utf8)

    /// What a client needs that trusts the authority.
    static var clientTLS: TLSConfiguration {
        get throws {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
            return tls
        }
    }

    /// What a server with the certificate needs.
    static func serverTLS() throws -> TLSConfiguration {
        .makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: server, format: .pem))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: serverKey, format: .pem)))
    }
}
