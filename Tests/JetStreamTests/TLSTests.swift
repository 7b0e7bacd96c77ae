import Foundation
import NATSKit
import Testing

@testable import JetStream

@Suite("TLS to a broker", .timeLimit(.minutes(1)))
struct TLSTests {
    /// Makes an authority, and certificates of it.
    private func certificates(in folder: URL) throws {
        let script = """
            set -e; cd "$0"
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem
            for name in server client; do
                openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$name -keyout $name.key -out $name.csr
                printf 'subjectAltName=DNS:localhost' > $name.ext
                openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -days 2 -extfile $name.ext -out $name.pem
            done
            """
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script, folder.path]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    @Test("who trusts the authority and shows a certificate is let in, and nobody else")
    func mutual() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ptr-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try certificates(in: folder)
        func path(_ name: String) -> String { folder.appending(path: name).path }
        let node = try NATSNode(
            extra: """
                tls { cert_file: "\(path("server.pem"))", key_file: "\(path("server.key"))", ca_file: "\(path("ca.pem"))", verify: true }
                """)
        try node.start()
        let address = "tls://localhost:\(node.port)"
        let whole = NATSSettings.TLS(
            authorities: path("ca.pem"), certificate: path("client.pem"), key: path("client.key"))
        let connection = try await connected([address]) { $0.tls = whole }
        await connection.close()
        for (tls, problem) in [
            (
                NATSSettings.TLS(certificate: path("client.pem"), key: path("client.key")),
                "unable to get local issuer certificate"
            ),
            (NATSSettings.TLS(authorities: path("no.pem")), "no.pem"),
        ] {
            let other = NATSConnection(NATSSettings(servers: [address], tls: tls))
            other.start()
            try await eventually("it is refused") { other.outage?.reason == "it is being made" ? nil : true }
            #expect(other.outage?.reason.contains(problem) == true, "\(other.outage?.reason ?? "")")
            await other.close()
        }
        let nobody = NATSConnection(NATSSettings(servers: [address], tls: .init(authorities: path("ca.pem"))))
        nobody.start()
        #expect(await failure { try await nobody.request("$JS.API.INFO", within: .seconds(3)) } != nil)
        await nobody.close()
    }
}
