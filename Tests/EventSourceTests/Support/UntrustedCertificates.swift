/// Certificates that are not to be trusted, each for one reason, and the authority of all that have one. Their common key is of use for nothing but these
/// tests.
enum UntrustedCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBWDCB/6ADAgECAhRP4jCHSTamEM7dPywsrcNB1Iv7STAKBggqhkjOPQQDAjAZ
        MRcwFQYDVQQDDA5UZXN0IGF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowGTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAAStnSrZt6po14zn4Vb9gDYiXfSwfq2DqYT3VGjtdrM/
        Qw7qQE9tJ6dVbOb18I1nrgWTXRXd6F90pgW6UBHFhYMToyMwITAPBgNVHRMBAf8E
        BTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBFAiBTMbRvBrII
        mmotetmXNF3I4gFzF58z6gs1U5Oj5l10sgIhAPZT6tYzuM+hra8auNmq9Xuzgu9l
        VGow1FHnnx9p+fT5
        -----END CERTIFICATE-----
        """

    static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBcTCCARagAwIBAgIUXICE0bWsS5axdeDrW+nwCqAP88MwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwHhcNMjQwMTAxMDAwMDAwWhcNMjUw
        MzAxMTIzMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggq
        hkjOPQMBBwNCAAQSZf/5e8kvco5REM9DVhh0hV+FUMiotL9HwdDATxp8NqY8Bc5G
        ish7SRDI09M0GxVZFoOcdvQ3bvsV22xlRlC1o0EwPzAMBgNVHRMBAf8EAjAAMBoG
        A1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATATBgNVHSUEDDAKBggrBgEFBQcDATAK
        BggqhkjOPQQDAgNJADBGAiEAuCZhnc8Ie5alwKLeQ121gcRwtxaUKd1Ey3Y2Jwnv
        47oCIQC0CZxf6+mkBx7qbugnlo7xOU4bgL49RYULsPmH2fVsBg==
        -----END CERTIFICATE-----
        """

    static let notYetValid = """
        -----BEGIN CERTIFICATE-----
        MIIBdTCCARqgAwIBAgIUHxLJURYfnw1oCn9R7HYTpxEwWzAwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIhgPMjEwMDAxMDIwMDAwMDBaGA8y
        MTIwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0C
        AQYIKoZIzj0DAQcDQgAEEmX/+XvJL3KOURDPQ1YYdIVfhVDIqLS/R8HQwE8afDam
        PAXORorIe0kQyNPTNBsVWRaDnHb0N277FdtsZUZQtaNBMD8wDAYDVR0TAQH/BAIw
        ADAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwEwYDVR0lBAwwCgYIKwYBBQUH
        AwEwCgYIKoZIzj0EAwIDSQAwRgIhAJ3Kkyq393JGl0gMpN5Mh+SFhy+t1AHIBYqi
        ssOcjJk3AiEA8lRKZ7XCipJojxUP0mYK0EpJ9hWK0zjVnR+xoXdx5dM=
        -----END CERTIFICATE-----
        """

    static let otherName = """
        -----BEGIN CERTIFICATE-----
        MIIBfjCCASWgAwIBAgIUYIssc2rlYNbIN1YIJ3/UgHmVi50wCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
        MDAxMDEwMDAwMDBaMBYxFDASBgNVBAMMC2V4YW1wbGUub3JnMFkwEwYHKoZIzj0C
        AQYIKoZIzj0DAQcDQgAEEmX/+XvJL3KOURDPQ1YYdIVfhVDIqLS/R8HQwE8afDam
        PAXORorIe0kQyNPTNBsVWRaDnHb0N277FdtsZUZQtaNMMEowDAYDVR0TAQH/BAIw
        ADAlBgNVHREEHjAcggtleGFtcGxlLm9yZ4INKi5leGFtcGxlLm5ldDATBgNVHSUE
        DDAKBggrBgEFBQcDATAKBggqhkjOPQQDAgNHADBEAiAoTU4UcB5q/N0NcLS1hxZa
        FT3dDnphBPXsi5l6relOVgIgK+PRwW+I5nh76LmtDY+/PtdrR3f/ntgXSTyILQV4
        4xQ=
        -----END CERTIFICATE-----
        """

    static let selfSigned = """
        -----BEGIN CERTIFICATE-----
        MIIBbTCCAROgAwIBAgIURso/RAQMm4FYzPWmrgukzBH2Mz8wCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAx
        MDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQSZf/5e8kvco5REM9DVhh0hV+FUMiotL9HwdDATxp8NqY8Bc5Gish7
        SRDI09M0GxVZFoOcdvQ3bvsV22xlRlC1o0EwPzAMBgNVHRMBAf8EAjAAMBoGA1Ud
        EQQTMBGCCWxvY2FsaG9zdIcEfwAAATATBgNVHSUEDDAKBggrBgEFBQcDATAKBggq
        hkjOPQQDAgNIADBFAiArK/3EIGVHCjq+SDSMotUs5Piu3q/K1MQb6c5LpDghBwIh
        ANMwVItPIfpDvJHOdY6QKfnDb40liONyO4FfD5zNkkzG
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbG1LHRPu+JzbdK18
        FAo/OZZPKe/RlXrRUisojozeUHqhRANCAAQSZf/5e8kvco5REM9DVhh0hV+FUMio
        tL9HwdDATxp8NqY8Bc5Gish7SRDI09M0GxVZFoOcdvQ3bvsV22xlRlC1
        -----END PRIVATE KEY-----
        """
}
