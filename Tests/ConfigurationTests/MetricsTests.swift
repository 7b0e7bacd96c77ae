import Testing

@testable import PtrConfiguration

@Suite("Where metrics are served")
struct MetricsTests {
    private func parse(_ metrics: String) throws(ConfigurationError) -> Section<Configuration, MetricsOptions> {
        try Configuration.parse("[stream.a]\nurl = \"http://h/\"\n[metrics]\n\(metrics)\n", file: "f").metrics
    }

    @Test("nowhere unless it is said")
    func nowhere() {
        #expect(Configuration().metrics.listen == nil)
    }

    @Test(
        "an IP address and a port", arguments: [("127.0.0.1:9464", "127.0.0.1", 9464), ("[::1]:0", "::1", 0)])
    func addresses(text: String, host: String, port: Int) throws {
        #expect(try parse("listen = \"\(text)\"").listen == ListenAddress(host: host, port: port))
        #expect(ListenAddress(host: host, port: port).description == text)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "9464", "127.0.0.1", "127.0.0.1:", ":9464", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+80",
            "127.0.0:80", "256.0.0.1:80", "localhost:80", "::1:80", "[::1]80", "[x]:80", "[]:80", "127.0.0.1:80:80",
        ])
    func wrong(text: String) {
        #expect(throws: ConfigurationError.self) { try parse("listen = \"\(text)\"") }
    }

    @Test("an address that others can reach has to be meant")
    func remote() throws {
        let error = #expect(throws: ConfigurationError.self) { try parse("listen = \"0.0.0.0:9464\"") }
        #expect(error.map { "\($0)".contains("allow_remote = true") } == true)
        #expect(try parse("listen = \"0.0.0.0:9464\"\nallow_remote = true").listen?.host == "0.0.0.0")
    }
}
