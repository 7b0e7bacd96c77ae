import AsyncHTTPClient
import Glibc
import NIOCore
import Testing

@testable import ControlServer

@Suite("Metrics over TCP", .timeLimit(.minutes(1)))
struct MetricsListenerTests {
    /// Runs a listener on a free port while something is done with it.
    private func serve(_ body: @escaping @Sendable (_ port: Int) async throws -> Void) async throws {
        let (ports, found) = AsyncStream<Int>.makeStream()
        let listener = MetricsListener(host: "127.0.0.1", port: 0) { "x 1\n" }
        let serving = Task { try await listener.run { found.yield($0) } }
        for await port in ports {
            try await body(port)
            break
        }
        serving.cancel()
        _ = await serving.result
    }

    private func get(_ path: String, port: Int, method: HTTPMethod = .GET) async throws -> (Int, String, String?) {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .init(rawValue: method.rawValue)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let body = String(buffer: try await response.body.collect(upTo: 1 << 20))
        return (Int(response.status.code), body, response.headers.first(name: "content-type"))
    }

    private enum HTTPMethod: String { case GET, POST }

    @Test("GET /metrics answers with the text, and nothing else is there")
    func get() async throws {
        try await serve { port in
            let (status, body, type) = try await get("/metrics", port: port)
            #expect(status == 200 && body == "x 1\n" && type == "text/plain; version=0.0.4; charset=utf-8")
            #expect(try await get("/v1/status", port: port).0 == 404)
            #expect(try await get("/metrics", port: port, method: .POST).0 >= 400)
        }
    }

    @Test("a port that somebody has is an error that names it")
    func busy() async throws {
        try await serve { port in
            let second = MetricsListener(host: "127.0.0.1", port: port) { "" }
            let error = await #expect(throws: MetricsListenerError.self) { try await second.run() }
            #expect(error.map { "\($0)".contains("port \(port) of 127.0.0.1 is taken by another program") } == true)
        }
    }

    @Test("a port that is forbidden is below 1024, or the system's policy is named", arguments: [EACCES, EPERM])
    func forbidden(errno: CInt) {
        func words(_ port: Int) -> String { "\(MetricsListenerError(host: "127.0.0.1", port: port, errno: errno))" }
        #expect(words(80).contains("port 80 is not for everybody, being below 1024"))
        #expect(words(1023).contains("below 1024"))
        #expect(!words(1024).contains("below"))
        #expect(words(9464).contains("SELinux or SocketBindDeny= of the unit"))
    }
}
