import Testing

@testable import PtrConfiguration

@Suite("How a stream reaches its server, as the files say it")
struct ConnectionOptionsTests {
    static let inputs: [BadInput] = [
        BadInput(
            "stream.a.tls.ca = \"/ca.pem\"", "2: stream.a.tls.ca", says: "the stream's url has no TLS",
            "write https:// there, or remove tls"),
        BadInput(
            "stream.b = { url = \"https://h/\", tls = { client_key_credential = \"k\" } }",
            "2: stream.b.tls.client_key_credential", says: "belong together", "add client_certificate_credential"),
        BadInput(
            "stream.b = { url = \"https://h/\", tls = { client_certificate_credential = \"c\" } }",
            "2: stream.b.tls.client_certificate_credential", says: "belong together", "add client_key_credential"),
        BadInput(
            "stream.b = { url = \"https://h/\", tls = { server_name = \"https://h\" } }", "2: stream.b.tls.server_name",
            says: "is not the name of a host", "without scheme and port"),
        BadInput(
            "stream.b = { url = \"https://h/\", tls = { server_name = \"10.0.0.1\" } }", "2: stream.b.tls.server_name",
            says: "is an address"),
        BadInput(
            "stream.b = { url = \"https://h/\", tls = { ca = \"ca.pem\" } }", "2: stream.b.tls.ca",
            says: "is not an absolute path"),
        BadInput(
            "stream.a.tls.client_key = \"x\"", "2: stream.a.tls.client_key", says: "unknown key",
            "client_key_credential"),
        BadInput(
            "stream.a.proxy = \"http://u:s3cr3t@p:1\"", "2: stream.a.proxy", says: "user information",
            "proxy_credential"),
        BadInput("stream.a.proxy = \"enviroment\"", "2: stream.a.proxy", says: "mean \"environment\""),
        BadInput("stream.a.proxy = \"p:3128\"", "2: stream.a.proxy", says: "no URL of a proxy", "http://HOST:PORT"),
        BadInput("stream.a.proxy = \"https://p:1\"", "2: stream.a.proxy", says: "scheme \"https\""),
        BadInput("stream.a.proxy = \"http://p\"", "2: stream.a.proxy", says: "no port"),
        BadInput("stream.a.proxy = \"http://p:1/x\"", "2: stream.a.proxy", says: "no URL of a proxy"),
        BadInput("stream.a.proxy_credential = \"c\"", "2: stream.a.proxy_credential", says: "there is no proxy"),
        BadInput(
            "stream.a.proxy = \"socks5://p:1\"\nstream.a.proxy_credential = \"c\"", "3: stream.a.proxy_credential",
            says: "a SOCKS proxy is asked without user and password"),
    ]

    @Test("what is wrong is refused, with its place and a mend, and no secret is repeated", arguments: inputs)
    func refused(_ input: BadInput) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration.parse(BadInputTests.stream + input.text, file: "ptrd.toml")
        }
        let problems = try #require(error?.problems)
        #expect(problems.map { "\($0.line ?? 0): \($0.key ?? "")" } == input.places)
        for words in input.says {
            #expect("\(problems[0])".contains(words), "\(problems[0])")
        }
        #expect(!"\(problems)".contains("s3cr3t"))
    }

    @Test("by default a stream goes by no proxy; all of it can stand in a table, or in the section's own")
    func values() throws {
        let configuration = try Configuration.parse(
            """
            [stream.a]
            url = "https://h/"
            tls = { ca = "/ca.pem", server_name = "feed.internal" }
            proxy = "socks5://[::1]:1080"
            [stream.b]
            url = "https://h/"
            [stream.b.tls]
            client_certificate_credential = "c"
            client_key_credential = "k"
            [stream.c]
            url = "http://h/"
            proxy = "environment"
            proxy_credential = "p"
            """, file: "ptrd.toml")
        let (a, b, c) = (configuration.streams[0], configuration.streams[1], configuration.streams[2])
        #expect(a.tls.ca == "/ca.pem" && a.tls.serverName == "feed.internal")
        #expect(a.proxy == .server("socks5://[::1]:1080"))
        #expect(b.proxy == .none && b.tls.ca == nil && b.tls.clientKeyCredential == "k")
        #expect(c.proxy == .environment && c.proxyCredential == "p")
    }
}
