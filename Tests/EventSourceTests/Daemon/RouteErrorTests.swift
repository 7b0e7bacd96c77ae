import Foundation
import RouteKit
import Testing

@testable import EventSource

/// A file of a route that cannot be used, and what must be said of it: `…` stands for the folder.
struct UnusableFile: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let file: String
    let text: String?
    let says: String

    init(_ description: String, _ file: String, _ text: String?, says: String) {
        (testDescription, self.file, self.text, self.says) = (description, file, text, says)
    }
}

@Suite("Files of a route that cannot be used are named, with a mend, and tried again")
struct RouteErrorTests {
    static let files = [
        UnusableFile(
            "no authority", "ca.pem", nil,
            says: "cannot use the certificates to trust in …/ca.pem: no such file or directory (errno 2); "
                + "make the file readable for this process"),
        UnusableFile(
            "an empty authority", "ca.pem", "",
            says: "cannot use the certificates to trust in …/ca.pem: it is empty; fill the file"),
        UnusableFile(
            "an authority that is none", "ca.pem", "canary",
            says: "cannot use the certificates to trust in …/ca.pem: it holds no certificates in PEM form; "
                + "put them there as \"-----BEGIN CERTIFICATE-----\""),
        UnusableFile(
            "no certificate", "certificate", nil,
            says: "cannot use the client certificate in …/certificate: no such file or directory (errno 2); "
                + "make the file readable for this process"),
        UnusableFile(
            "a certificate that is a key", "certificate", RouteCertificates.clientKey,
            says: "cannot use the client certificate in …/certificate: it holds no certificates in PEM form; "
                + "put them there as \"-----BEGIN CERTIFICATE-----\""),
        UnusableFile(
            "an empty key", "key", "", says: "cannot use the client key in …/key: it is empty; fill the file"),
        UnusableFile(
            "a key that is a certificate", "key", RouteCertificates.client,
            says: "cannot use the client key in …/key: it holds no private key in PEM form; "
                + "put one there, as \"-----BEGIN PRIVATE KEY-----\""),
        UnusableFile(
            "an encrypted key", "key", RouteCertificates.encryptedClientKey,
            says: "cannot use the client key in …/key: it is encrypted with a password; "
                + "decrypt it (openssl pkey); systemd can keep it encrypted on the disk"),
        UnusableFile(
            "the key of another certificate", "key", RouteCertificates.nextClientKey,
            says: "cannot use the client key in …/key: it does not fit the certificate in …/certificate; "
                + "put the key of the first certificate there, or the certificate of the key first"),
        UnusableFile(
            "a proxy's credential without a user", "proxy", "canary",
            says: "cannot use the user and password of the proxy in …/proxy: it is not one line of USER:PASSWORD; "
                + "put such a line there"),
        UnusableFile(
            "a proxy's credential of two lines", "proxy", "reader:canary\nmore",
            says: "cannot use the user and password of the proxy in …/proxy: it is not one line of USER:PASSWORD; "
                + "put such a line there"),
    ]

    @Test("at the start and at a connection alike; mended, the stream opens", arguments: files)
    func unusable(_ file: UnusableFile) async throws {
        let folder = try RouteFolder()
        let server = try await TLSFeed.start(clientsOf: RouteCertificates.authorityOne)
        let proxy = try await TestProxy.start { _ in .connect }
        var route = try folder.route()
        route.proxy = .url("http://127.0.0.1:\(proxy.port)")
        route.proxyCredentialFile = try folder.write("reader:word\n", to: "proxy")
        let right = try String(contentsOfFile: "\(folder.path)/\(file.file)", encoding: .utf8)
        if let text = file.text {
            try folder.write(text, to: file.file)
        } else {
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(file.file)")
        }
        let url = "https://localhost:\(server.port)/"
        let words = file.says.replacing("…", with: folder.path)
        #expect(route.problems(to: url).map(\.description) == [words])
        var stream = stream(url, by: route)
        try await stream.connecting()
        let (_, error) = try await stream.waiting()
        #expect(error.reason == words)
        #expect(error.isTemporary && (error.code == .tls) == (file.file == "ca.pem"))
        try folder.write(right, to: file.file)
        #expect(route.problems(to: url).isEmpty)
        try await stream.connecting(2)
        try await stream.open()
        try await server.stop()
        try await proxy.stop()
    }

    @Test("a client's certificate that has expired is told with its day; it is no mistake of the configuration")
    func expired() async throws {
        let folder = try RouteFolder()
        let server = try await TLSFeed.start(clientsOf: RouteCertificates.authorityOne)
        let route = try folder.route(RouteCertificates.expiredClient)
        let url = "https://localhost:\(server.port)/"
        #expect(route.problems(to: url).isEmpty)
        var stream = stream(url, by: route)
        try await stream.connecting()
        let (_, error) = try await stream.waiting()
        #expect(
            error.reason
                == "the client certificate in \(folder.path)/certificate expired on 2021-01-02; put a valid one there")
        #expect(error.code == .credential)
        try folder.write(RouteCertificates.client, to: "certificate")
        try await stream.connecting(2)
        try await stream.open()
        try await server.stop()
    }

    @Test("one of certificate and key without the other is told")
    func halfAPair() throws {
        let folder = try RouteFolder()
        #expect(
            try folder.route(RouteCertificates.client, nil).problems(to: "https://h/").map(\.message)
                == ["the client certificate in \(folder.path)/certificate has no key beside it"])
        #expect(
            try folder.route(nil).problems(to: "https://h/").map(\.message)
                == ["the client key in \(folder.path)/key has no certificate beside it"])
    }
}
