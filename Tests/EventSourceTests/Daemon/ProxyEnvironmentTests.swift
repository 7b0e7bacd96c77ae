import Testing

@testable import EventSource

@Suite("Proxies by the environment")
struct ProxyEnvironmentTests {
    private func proxy(_ variables: [String: String], _ url: String) throws -> String? {
        let request = try EventStreamRequest(EventSourceConfiguration(url: url), lastEventID: "")
        return try EventStreamProxy.environment(variables).server(for: request)
            .map { "\($0.language) \($0.name)\($0.authorization == nil ? "" : " authorized")" }
    }

    @Test(
        "by the scheme of the stream, that in lower case first, then the one for all",
        arguments: [
            ([:], "https://h/", nil),
            (["HTTPS_PROXY": "http://p:1"], "https://h/", "http p:1"),
            (["HTTPS_PROXY": "http://p:1"], "http://h/", nil),
            (["HTTP_PROXY": "http://p:1"], "https://h/", nil),
            (["HTTP_PROXY": "http://p:1"], "http://h/", "http p:1"),
            (["https_proxy": "http://low:1", "HTTPS_PROXY": "http://up:1"], "https://h/", "http low:1"),
            (["https_proxy": "", "HTTPS_PROXY": "http://up:1"], "https://h/", "http up:1"),
            (["ALL_PROXY": "socks5://p"], "https://h/", "socks5 p:1080"),
            (["all_proxy": "socks5h://p:9"], "http://h/", "socks5 p:9"),
            (["ALL_PROXY": "http://p:1", "http_proxy": "q:2"], "http://h/", "http q:2"),
            (["http_proxy": "http://q"], "http://h/", "http q:80"),
            (["http_proxy": "http://u:s@[::1]:3/"], "http://h/", "http [::1]:3 authorized"),
            (["HTTPS_PROXY": "http://p:1", "NO_PROXY": "h"], "https://h/", nil),
            (["HTTPS_PROXY": "http://p:1", "no_proxy": "x", "NO_PROXY": "h"], "https://h/", "http p:1"),
            (["HTTPS_PROXY": "http://p:1", "NO_PROXY": "h:443"], "https://h/", nil),
            (["HTTPS_PROXY": "http://p:1"], "http+unix://%2Frun%2Fs/", nil),
        ] as [([String: String], String, String?)])
    func choice(variables: [String: String], url: String, expected: String?) throws {
        #expect(try proxy(variables, url) == expected)
    }

    @Test("a value that is no proxy is told by the variable's name, and not repeated")
    func invalid() {
        for value in ["https://u:s3cr3t@p:1", "http://u:s3cr3t@p:1/x", "socks4://s3cr3t", "http://s3cr3t:0"] {
            #expect {
                try proxy(["HTTPS_PROXY": value], "https://h/")
            } throws: {
                "\($0)"
                    == "cannot use the proxy that the variable HTTPS_PROXY names; "
                    + "write http://HOST:PORT or socks5://HOST:PORT"
            }
        }
    }

    @Test(
        "exceptions: hosts and what is below them, ports, addresses, networks, all",
        arguments: [
            ("", "example.com", 443, false), ("*", "example.com", 443, true), (" , ,", "example.com", 443, false),
            ("example.com", "example.com", 443, true), ("example.com", "EXAMPLE.com.", 443, true),
            ("Example.COM.", "example.com", 443, true), ("example.com", "a.example.com", 443, true),
            ("example.com", "notexample.com", 443, false), ("example.com", "example.com.evil.org", 443, false),
            (".example.com", "a.b.example.com", 443, true), (".example.com", "example.com", 443, true),
            ("*.example.com", "a.example.com", 443, true), ("*.example.com", "other.com", 443, false),
            ("a.org, example.com", "example.com", 443, true), ("a.org example.com", "example.com", 443, true),
            ("example.com:8443", "example.com", 443, false), ("example.com:8443", "a.example.com", 8443, true),
            ("example.com:no", "example.com", 443, false), (".", "example.com", 443, false),
            ("10.1.2.3", "10.1.2.3", 443, true), ("10.1.2.3", "10.1.2.30", 443, false),
            ("10.1.2.3:80", "10.1.2.3", 443, false), ("10.1.2.3:80", "10.1.2.3", 80, true),
            ("2.3", "10.1.2.3", 443, false), ("0.0.0.0/0", "10.1.2.3", 443, true),
            ("10.0.0.0/8", "10.1.2.3", 443, true), ("10.0.0.0/8", "11.1.2.3", 443, false),
            ("10.1.2.0/23", "10.1.3.9", 443, true), ("10.1.2.0/23", "10.1.4.9", 443, false),
            ("10.0.0.0/33", "10.0.0.0", 443, false), ("10.0.0.0/x", "10.0.0.0", 443, false),
            ("10.0.0.0/-1", "10.0.0.0", 443, false), ("10.0.0.0/8", "ten.example.com", 443, false),
            ("::1", "::1", 443, true), ("[::1]", "::1", 443, true), ("[::1]:80", "::1", 443, false),
            ("[::1]:80", "::1", 80, true), ("fd00::/8", "fd12::1", 443, true), ("fd00::/8", "fe80::1", 443, false),
            ("0:0:0:0:0:0:0:1", "::1", 443, true), ("10.1.2.3", "::ffff:10.1.2.3", 443, true),
            ("10.0.0.0/8", "::1", 443, false), ("[fd00::]/8", "fd12::1", 443, true),
        ] as [(String, String, Int, Bool)])
    func exceptions(list: String, host: String, port: Int, isExcepted: Bool) {
        #expect(ProxyEnvironment.excepts(list, host: host, port: port) == isExcepted)
    }
}
