/// An authority of a home of its own, the certificate that it gave `home.example`, and two clients' certificates, which have
/// signed themselves; all valid for a hundred years. The keys are of use for nothing but tests.
enum HomeCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBiDCCAS+gAwIBAgIUOlVL2YPTQRS+34uWWehfGr7tBn0wCgYIKoZIzj0EAwIw
        ETEPMA0GA1UEAwwGQSBob21lMCAXDTI2MTEyODAzNDAzNloYDzIxMjYxMTA0MDM0
        MDM2WjARMQ8wDQYDVQQDDAZBIGhvbWUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AATg1bzC9RPhDjE652m9kcZx0VYQi44R9XpHEltiwTfRrM7wfqUGQWc9xZmjpFP1
        tyTqvinekTc9tf1YhFqkRtPDo2MwYTAdBgNVHQ4EFgQUzMCH1d7/d2SNh8oRdbI8
        VOhSmQowHwYDVR0jBBgwFoAUzMCH1d7/d2SNh8oRdbI8VOhSmQowDwYDVR0TAQH/
        BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDRwAwRAIgWCLvpz5w
        mzp6kAB/3vXuMLSSwdHFBxAAn0MgkQB5x/QCICz5XeU4pH5uODU2utiyzleTOeql
        G0LgFCHdlUZ4sEO7
        -----END CERTIFICATE-----

        """

    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBqDCCAU2gAwIBAgIUfUYyeCg/J7LiM7SZyjX0CTm9aHwwCgYIKoZIzj0EAwIw
        ETEPMA0GA1UEAwwGQSBob21lMCAXDTI2MTEyODAzNDAzNloYDzIxMjYxMTA0MDM0
        MDM2WjAXMRUwEwYDVQQDDAxob21lLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAATSdgy4n7iq6wBNSIfUS7Dt6MnVkRVIf5cbDgTglfxMNBZCZjsmii/I
        CcMlXPUFC4UhUjD2OVMBIa2aWluTYNTBo3sweTAXBgNVHREEEDAOggxob21lLmV4
        YW1wbGUwCQYDVR0TBAIwADATBgNVHSUEDDAKBggrBgEFBQcDATAdBgNVHQ4EFgQU
        m5KW93UAJS8SJtZcNzoPhM6gB+QwHwYDVR0jBBgwFoAUzMCH1d7/d2SNh8oRdbI8
        VOhSmQowCgYIKoZIzj0EAwIDSQAwRgIhAKt/IZTKtvNCKlJR06UXjZHurgJkhjhN
        ak+jIMjV7uxvAiEA/NvAYSs1pCzKLzqRENspE/eRNZ/YFku0ocs8J6F7Nv8=
        -----END CERTIFICATE-----

        """

    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzfGPoKB5mTyYg3S9
        X3JZpGT+y4v994+3hp4UKTns/j2hRANCAATSdgy4n7iq6wBNSIfUS7Dt6MnVkRVI
        f5cbDgTglfxMNBZCZjsmii/ICcMlXPUFC4UhUjD2OVMBIa2aWluTYNTB
        -----END PRIVATE KEY-----

        """

    static let oldClient = """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATqgAwIBAgIURXFvf0JPgcPxuAv7PLlJ3HxCXWUwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJcHRyZCwgb2xkMCAXDTI2MTEyODAzNDAzNloYDzIxMjYxMTA0
        MDM0MDM2WjAUMRIwEAYDVQQDDAlwdHJkLCBvbGQwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAReCWK/D69aLCBzafCiD3KO5czQXoW4pxDQO/hcne/snzsDkDp0W4Xo
        oIUmQKEh1RA4F76+S2uj/b04MKSgjXRZo2gwZjAdBgNVHQ4EFgQU+3ikOEwwf4C2
        M+REdsNOZa6Eq6QwHwYDVR0jBBgwFoAU+3ikOEwwf4C2M+REdsNOZa6Eq6QwDwYD
        VR0TAQH/BAUwAwEB/zATBgNVHSUEDDAKBggrBgEFBQcDAjAKBggqhkjOPQQDAgNJ
        ADBGAiEAo0mQBI8eUY/8L0572dj7/jf5UeKuxEnlCfumq6JuGvQCIQDQNw0Ahmwv
        BIrSV7wwSYqeEGdO5WaG0f8qHkmr3GNfkQ==
        -----END CERTIFICATE-----

        """

    static let oldClientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYQrhGwdWOX/o+Y7O
        hvzhRGA7YBd5yLnO7W2vwsD8QmyhRANCAAReCWK/D69aLCBzafCiD3KO5czQXoW4
        pxDQO/hcne/snzsDkDp0W4XooIUmQKEh1RA4F76+S2uj/b04MKSgjXRZ
        -----END PRIVATE KEY-----

        """

    static let newClient = """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATqgAwIBAgIUQ0SFzHdNp4a+ZHuvjGKN0LJ+HCAwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJcHRyZCwgbmV3MCAXDTI2MTEyODAzNDAzNloYDzIxMjYxMTA0
        MDM0MDM2WjAUMRIwEAYDVQQDDAlwdHJkLCBuZXcwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQDSQHM8Erk+yeTzzMGSGrbaw3q80iXqXK9FmfSaxnF97ONO8LpJUME
        E7InS+7UTUsmVu8E7xq7yKcMF9fu+ueio2gwZjAdBgNVHQ4EFgQUZwySysXsOQ00
        ZAC3CdSteyLoOYMwHwYDVR0jBBgwFoAUZwySysXsOQ00ZAC3CdSteyLoOYMwDwYD
        VR0TAQH/BAUwAwEB/zATBgNVHSUEDDAKBggrBgEFBQcDAjAKBggqhkjOPQQDAgNJ
        ADBGAiEAkyg/amrsyL9PnFYAJZFpMuXXRzFIEkt13AzrHNSfjXoCIQC1sAcaBbw0
        k3EfQkQcI8wtI5IsTPZye4XiuVLC+9LnhA==
        -----END CERTIFICATE-----

        """

    static let newClientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGs5kTMgSvl577kVW
        /TjhZe9O0hOUahZvwbBNJmk/aR6hRANCAAQDSQHM8Erk+yeTzzMGSGrbaw3q80iX
        qXK9FmfSaxnF97ONO8LpJUMEE7InS+7UTUsmVu8E7xq7yKcMF9fu+uei
        -----END PRIVATE KEY-----

        """
}
