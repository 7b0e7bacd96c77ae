/// An authority that nobody trusts, and a feed's certificate by it, for `localhost` and 127.0.0.1, valid for a hundred
/// years. The key is of use for nothing but tests.
enum FeedCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBmDCCAT+gAwIBAgIUdDmfhojrwjDxfCUOoUnSKuHNgSQwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwORmVlZHMgb2YgdGVzdHMwIBcNMjYxMTI3MDM0MzU5WhgPMjEy
        NjExMDMwMzQzNTlaMBkxFzAVBgNVBAMMDkZlZWRzIG9mIHRlc3RzMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAETOBNKw561u2JcA9dSEyaBXkNAzv59IeD87gZQwVh
        YNWIaV19ZkIRwMtP08l9Mm/hGrXbOgDLU4CZTfN39XTqk6NjMGEwHQYDVR0OBBYE
        FKl72UDLkkQmzVnzU5fa3UZig51uMB8GA1UdIwQYMBaAFKl72UDLkkQmzVnzU5fa
        3UZig51uMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMAoGCCqGSM49
        BAMCA0cAMEQCIBRh0b8hTi6I4x4sFviWtMTpXR/6eivOmN2tUAJnLIplAiAz/tPn
        d69RYqCXfSOiMVsFHGf0WN77iBRZW3JuhN579Q==
        -----END CERTIFICATE-----

        """

    static let server = Array(
        """
        -----BEGIN CERTIFICATE-----
        MIIBwTCCAWegAwIBAgIUUpq9SRn+SBkg1Mjaua6p7ZNQb/AwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwORmVlZHMgb2YgdGVzdHMwIBcNMjYxMTI3MDM0MzU5WhgPMjEy
        NjExMDMwMzQzNTlaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEG
        CCqGSM49AwEHA0IABNc0by3fc8w5N5A4WWXkgRl1DuZZBqTmh37/BXZYqAzNzyCI
        63UL62F+W1q/1ZMQm5DY8VA5+hPS9zaiZRHvCG+jgY8wgYwwGgYDVR0RBBMwEYIJ
        bG9jYWxob3N0hwR/AAABMAkGA1UdEwQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwEw
        DgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQWBBTeDs3H6vHw/CQBROoq6bKgXZ2sHTAf
        BgNVHSMEGDAWgBSpe9lAy5JEJs1Z81OX2t1GYoOdbjAKBggqhkjOPQQDAgNIADBF
        AiEAgUFO+B3e6wMGW1gwQjnL23sdIOaD8Nubf/J4kPcr4j8CIE2MW6+uGsXAyNk0
        BMtnL/0TtTueyJQUKlZGMWiNp4GC
        -----END CERTIFICATE-----

        """.utf8)

    static let serverKey = Array(
        """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkrtmEKUvmrQp5hS4
        Dt82u0ut3Q+2PeNVdYa+EcT/yGihRANCAATXNG8t33PMOTeQOFll5IEZdQ7mWQak
        5od+/wV2WKgMzc8giOt1C+thfltav9WTEJuQ2PFQOfoT0vc2omUR7whv
        -----END PRIVATE KEY-----

        """.utf8)
}
