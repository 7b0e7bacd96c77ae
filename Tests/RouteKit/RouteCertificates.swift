/// Two authorities that nobody trusts, and what they have signed; valid until 2120, where nothing else is said. The keys are of use for
/// nothing but these tests.
public enum RouteCertificates {
    /// An authority.
    public static let authorityOne = """
        -----BEGIN CERTIFICATE-----
        MIIBdjCCARygAwIBAgIUKfXLZsXjmapkRr2yKMLswGhCezIwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNQXV0aG9yaXR5IG9uZTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowGDEWMBQGA1UEAwwNQXV0aG9yaXR5IG9uZTBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABNxRZSWYhquIfem7NAIkwUMLLxJY8g9rYAD8bCDAkFCj
        yaZPLo3uKe36DLdv5XKX+ai3buM/cS+WcX8FCv0doD+jQjBAMA8GA1UdEwEB/wQF
        MAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQWBBROY8xosGzr2E3wNaNtdm2a
        0+sseTAKBggqhkjOPQQDAgNIADBFAiEA4x/75fEnRTPHqOVexrzmvwO8nUifXvAE
        +1yDlavfDq4CIDit7s91jOOMWRQMM+6f/wNSZmfvh3aBafcX+cDUNxan
        -----END CERTIFICATE-----

        """

    /// Another authority.
    public static let authorityTwo = """
        -----BEGIN CERTIFICATE-----
        MIIBdjCCARygAwIBAgIUYabD+6whoAAwwB53Ay8/NS/0PXgwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNQXV0aG9yaXR5IHR3bzAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowGDEWMBQGA1UEAwwNQXV0aG9yaXR5IHR3bzBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABHuPMQgNoilQXQ7mHKQ96euxGeSU878Ut2tHgA/Lj4J8
        JnvB2flAO2D/InysT7ptuS/dNRZD+eqmUIt1sO4rvvSjQjBAMA8GA1UdEwEB/wQF
        MAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQWBBROtRZHcvEeqPRq2uvfqDpv
        MHTcOzAKBggqhkjOPQQDAgNIADBFAiEAxazzczMySlve9arM1XgyijRshDh9GRC1
        Rugu03mZsy8CIGpwt7gP3ynje0qI2pJ0cFEybDtpFoRqfkj+a8hH6qyZ
        -----END CERTIFICATE-----

        """

    /// For `localhost` and 127.0.0.1, by the first authority.
    public static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBrjCCAVSgAwIBAgIUVRKNOTK7/3bMLXpOt7fgLXqvG3UwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNQXV0aG9yaXR5IG9uZTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYI
        KoZIzj0DAQcDQgAEu+FPGTlxcbjN4F1gMH31VoYGIK4Soudf24s3csIOkghJOeEv
        VVAMhPYAxxyAguhc2RWy744kOPe5HUUEnZ0XhqN+MHwwCQYDVR0TBAIwADATBgNV
        HSUEDDAKBggrBgEFBQcDATAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwHQYD
        VR0OBBYEFDO5PrgpGuWZKGYX8DooTDNvi7z9MB8GA1UdIwQYMBaAFE5jzGiwbOvY
        TfA1o212bZrT6yx5MAoGCCqGSM49BAMCA0gAMEUCIQCqA9O46exD7g/zs0IUNLv2
        FrMugN6MJWHQebd1Wn8h0QIgEoEVegNsw6XuLhTeY/U/APTVNAQ1hEdQrfUJt8cE
        TSA=
        -----END CERTIFICATE-----

        """

    /// The same, by the second.
    public static let serverOfTwo = """
        -----BEGIN CERTIFICATE-----
        MIIBrTCCAVSgAwIBAgIUB6UiVm91CYWxK0dnnkkFMnx/Jf0wCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNQXV0aG9yaXR5IHR3bzAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYI
        KoZIzj0DAQcDQgAEu+FPGTlxcbjN4F1gMH31VoYGIK4Soudf24s3csIOkghJOeEv
        VVAMhPYAxxyAguhc2RWy744kOPe5HUUEnZ0XhqN+MHwwCQYDVR0TBAIwADATBgNV
        HSUEDDAKBggrBgEFBQcDATAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwHQYD
        VR0OBBYEFDO5PrgpGuWZKGYX8DooTDNvi7z9MB8GA1UdIwQYMBaAFE61Fkdy8R6o
        9Gra69+oOm8wdNw7MAoGCCqGSM49BAMCA0cAMEQCIHIQItz7DzlRUwtZqR+iDNhM
        ccnsNM1yet09M/7C2qr7AiBdQwFMtH7AZl5y25MbHN4cprHqwDJTBpoT1Q0Gg1G6
        jg==
        -----END CERTIFICATE-----

        """

    /// For `feed.internal`, by the first authority.
    public static let internalServer = """
        -----BEGIN CERTIFICATE-----
        MIIBrzCCAVagAwIBAgIUfvnd30h0JaDYm1iVqNaADboX6+YwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNQXV0aG9yaXR5IG9uZTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowGDEWMBQGA1UEAwwNZmVlZC5pbnRlcm5hbDBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABLvhTxk5cXG4zeBdYDB99VaGBiCuEqLnX9uLN3LCDpII
        STnhL1VQDIT2AMccgILoXNkVsu+OJDj3uR1FBJ2dF4ajfDB6MAkGA1UdEwQCMAAw
        EwYDVR0lBAwwCgYIKwYBBQUHAwEwGAYDVR0RBBEwD4INZmVlZC5pbnRlcm5hbDAd
        BgNVHQ4EFgQUM7k+uCka5ZkoZhfwOihMM2+LvP0wHwYDVR0jBBgwFoAUTmPMaLBs
        69hN8DWjbXZtmtPrLHkwCgYIKoZIzj0EAwIDRwAwRAIgd0nUvpwOJq1YiSbcX963
        FHmZXEekLIMZHD6JjgNlq74CIAGbapjnVpCxHb6C9QooK3vZ1ONaR9gQ0Os/vFWB
        SNxu
        -----END CERTIFICATE-----

        """

    /// A client's, by the first authority, for ``clientKey``.
    public static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBlDCCATmgAwIBAgIUNclQIHkRMS8uHX2BE4KMDrkFBzgwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNQXV0aG9yaXR5IG9uZTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowFTETMBEGA1UEAwwKcmVhZGVyLW9uZTBZMBMGByqGSM49AgEG
        CCqGSM49AwEHA0IABHmtT6VxVMi9A4KKHt489OGlelCxMv+q2YqeBTcZ1d4PLAAD
        H/vy7VAoopFAkS+TrdvI6jFShpjngfFwN2fdMrajYjBgMAkGA1UdEwQCMAAwEwYD
        VR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0OBBYEFPY3L40hDGYiW8oe3VDw/+5IpS+k
        MB8GA1UdIwQYMBaAFE5jzGiwbOvYTfA1o212bZrT6yx5MAoGCCqGSM49BAMCA0kA
        MEYCIQC1lWL/42y08H4+LsbhTVDHSHI3MqtwuHixxOB88DpRAwIhAN1dQQFPqNLk
        gKf4n5Wm7GDuW/ZKuTUCFxG727s594ob
        -----END CERTIFICATE-----

        """

    /// Another one, by the first authority, for ``nextClientKey``.
    public static let nextClient = """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATqgAwIBAgIUOT8CkYFusinVt8W5A1G/e7gB6tAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNQXV0aG9yaXR5IG9uZTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowFjEUMBIGA1UEAwwLcmVhZGVyLW5leHQwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQorn7sJvUrz6EOyzbVUlga9ANoflviSyPX9W/U6JZ3jfUl
        ULwNtjk5yyKBJa5wwQ31irKu+/Dz8Ee8mb4h7RpEo2IwYDAJBgNVHRMEAjAAMBMG
        A1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQWBBQvbhpQLBR54qbUZ0OZ0wArNQhN
        dDAfBgNVHSMEGDAWgBROY8xosGzr2E3wNaNtdm2a0+sseTAKBggqhkjOPQQDAgNJ
        ADBGAiEAvv39106qdP3UKmjXrU4COtPVqPizzR5kepH9VWCwUVgCIQCJM6670C8t
        VPlUMUtCxVLT/GPLSZz6mDBV9xDhD0g4mw==
        -----END CERTIFICATE-----

        """

    /// By the second authority, for ``clientKey``.
    public static let clientOfTwo = """
        -----BEGIN CERTIFICATE-----
        MIIBkzCCATmgAwIBAgIUQW15BMDEjKI6Q2isvBNjI0ngWVkwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNQXV0aG9yaXR5IHR3bzAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
        MDEwMTAwMDAwMFowFTETMBEGA1UEAwwKcmVhZGVyLXR3bzBZMBMGByqGSM49AgEG
        CCqGSM49AwEHA0IABHmtT6VxVMi9A4KKHt489OGlelCxMv+q2YqeBTcZ1d4PLAAD
        H/vy7VAoopFAkS+TrdvI6jFShpjngfFwN2fdMrajYjBgMAkGA1UdEwQCMAAwEwYD
        VR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0OBBYEFPY3L40hDGYiW8oe3VDw/+5IpS+k
        MB8GA1UdIwQYMBaAFE61Fkdy8R6o9Gra69+oOm8wdNw7MAoGCCqGSM49BAMCA0gA
        MEUCIQDbyYmdtSxEzel9hmQspdyiS37Yiiz9N2d3bkfCmZtrrwIgI6WvlFIWw3cu
        yP9slYDNLw0u2L/A4qW/btsE2ic4J6U=
        -----END CERTIFICATE-----

        """

    /// By the first authority, for ``clientKey``, until 2021-01-02.
    public static let expiredClient = """
        -----BEGIN CERTIFICATE-----
        MIIBkjCCATegAwIBAgIUB6mQYvxElp7mFqF1H72euBVXkEswCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNQXV0aG9yaXR5IG9uZTAeFw0yMDAxMDEwMDAwMDBaFw0yMTAx
        MDIwMDAwMDBaMBUxEzARBgNVBAMMCnJlYWRlci1vbGQwWTATBgcqhkjOPQIBBggq
        hkjOPQMBBwNCAAR5rU+lcVTIvQOCih7ePPThpXpQsTL/qtmKngU3GdXeDywAAx/7
        8u1QKKKRQJEvk63byOoxUoaY54HxcDdn3TK2o2IwYDAJBgNVHRMEAjAAMBMGA1Ud
        JQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQWBBT2Ny+NIQxmIlvKHt1Q8P/uSKUvpDAf
        BgNVHSMEGDAWgBROY8xosGzr2E3wNaNtdm2a0+sseTAKBggqhkjOPQQDAgNJADBG
        AiEAqM/wqAHDjXtmav7dt5eKs7K7MzYGTDPZKtBC+uSNH3YCIQDIf/t8258CmyIG
        QTapjx7v5icLTpp67M2QXU2juOy0aQ==
        -----END CERTIFICATE-----

        """

    /// The servers'.
    public static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFdHNkOn+z6Jlwpmm
        0G+yrWv4z9mBuru+IzBc/C4Ut/WhRANCAAS74U8ZOXFxuM3gXWAwffVWhgYgrhKi
        51/bizdywg6SCEk54S9VUAyE9gDHHICC6FzZFbLvjiQ497kdRQSdnReG
        -----END PRIVATE KEY-----

        """

    /// Its key.
    public static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYcJ4tWBwmdzw6Rc9
        KJhDlxLzSMYRMw9uQMrpSAN007ihRANCAAR5rU+lcVTIvQOCih7ePPThpXpQsTL/
        qtmKngU3GdXeDywAAx/78u1QKKKRQJEvk63byOoxUoaY54HxcDdn3TK2
        -----END PRIVATE KEY-----

        """

    /// Its key.
    public static let nextClientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8xrU5Ms+2nujO8qI
        CusU+JKKw55q0/intoZPmSZryhihRANCAAQorn7sJvUrz6EOyzbVUlga9ANoflvi
        SyPX9W/U6JZ3jfUlULwNtjk5yyKBJa5wwQ31irKu+/Dz8Ee8mb4h7RpE
        -----END PRIVATE KEY-----

        """

    /// ``clientKey``, encrypted.
    public static let encryptedClientKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgzMvLg2srlhQICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEEmTHug6eCNKHgPwjszM+1sEgZCJ
        ALS6aAVb13iO1GPpLOf8W2vdpyUDn0YQe9CRtdquT0SnMOpTU2bIuY2/bXbHYcsj
        QEKSYCPmZ1RRxaTs7Ak58ZMmFZGj5wS0C7aiWCYsJAl+ueOHfCp38W8KgW0uchHy
        xWNecYx7crm3D0HF+C4OZcmKjH9aSGJU1dv8vc4fE8jWo7IGApt9GbhWWU+5XWo=
        -----END ENCRYPTED PRIVATE KEY-----

        """
}
