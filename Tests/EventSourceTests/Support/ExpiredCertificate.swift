/// A server's certificate that was valid until 2021-01-02, by an authority that nobody trusts. The key is of use for nothing but
/// these tests.
enum ExpiredCertificate {
    static let certificate = Array(
        """
        -----BEGIN CERTIFICATE-----
        MIIBVjCB/qADAgECAgEBMAoGCCqGSM49BAMCMBgxFjAUBgNVBAMMDU9sZCBhdXRo
        b3JpdHkwHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAyMDAwMDAwWjAUMRIwEAYDVQQD
        DAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARVsxpLqsiM5cJk
        9PYekBKSsi2ltW8AsQjolw6zL4LujezzoL7dGZPA8UyIp2txjWhhjmuK/AwQUCKI
        A3GgA4Yboz0wOzAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwHQYDVR0OBBYE
        FCF7FvDKp42c0QZ67PpHdh2b0o7pMAoGCCqGSM49BAMCA0cAMEQCIBb0b72Elv2k
        sBoB6wszbnezIixC44eNqC1WNTxP5KoRAiBB2RfGlZxq1zwBgYqj0Xbnl/BgioTV
        iL/G4ajtVQrYZw==
        -----END CERTIFICATE-----

        """.utf8)

    static let key = Array(
        """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9GOV4L3qXVkGDLP+
        oP2qNPrkwSnBs7GjesiuNq19mTGhRANCAARVsxpLqsiM5cJk9PYekBKSsi2ltW8A
        sQjolw6zL4LujezzoL7dGZPA8UyIp2txjWhhjmuK/AwQUCKIA3GgA4Yb
        -----END PRIVATE KEY-----

        """.utf8)
}
