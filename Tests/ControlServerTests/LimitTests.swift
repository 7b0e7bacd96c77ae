import ControlAPI
import ControlServer
import Glibc
import Testing

@Suite("Limits")
struct LimitTests {
    @Test("a body over the limit is refused with 413 and is not read to its end")
    func longBody() async throws {
        let folder = try TemporaryFolder()
        let limits = ControlServerLimits(body: 1000, grace: .zero)
        try await withServer(.path(folder.socket), limits: limits) {
            // The body never ends: only a server that gives up on it closes the connection.
            let answer = await RawSocket.exchange(
                "POST /v1/scale HTTP/1.1\r\nHost: ptrd\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n"
                    + String(repeating: " ", count: 2000) + "\r\n",
                over: folder.socket)
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("\"code\" : \"too_large\""))
        }
    }

    @Test("a body of exactly the limit is read")
    func longestBody() async throws {
        let folder = try TemporaryFolder()
        let body = #"{"mode": "auto"}"#
        try await withServer(.path(folder.socket), limits: ControlServerLimits(body: body.utf8.count)) {
            let answer = await RawSocket.exchange(
                "POST /v1/scale HTTP/1.1\r\nHost: ptrd\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                    + body,
                over: folder.socket)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test("headers over the limit are refused with 400")
    func longHeaders() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket), limits: ControlServerLimits(head: 1000)) {
            let answer = await RawSocket.exchange(
                "GET /v1/status HTTP/1.1\r\nHost: ptrd\r\nX-Long: \(String(repeating: "x", count: 2000))\r\n\r\n",
                over: folder.socket)
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("a connection on which nothing happens is closed, before a request and in the midst of one")
    func idle() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket), limits: ControlServerLimits(idle: .milliseconds(20))) {
            // The exchange returns when the server closes: without a limit it never would.
            #expect(await RawSocket.exchange("", over: folder.socket) == "")
            let half = "POST /v1/scale HTTP/1.1\r\nHost: ptrd\r\nContent-Length: 10\r\n\r\n{"
            #expect(!(await RawSocket.exchange(half, over: folder.socket)).contains("200 OK"))
        }
    }

    @Test("no more connections are served at once than allowed; the next one waits for its turn")
    func connections() async throws {
        let folder = try TemporaryFolder()
        let gate = Gate()
        let plane = FakePlane(slow: gate)
        try await withServer(.path(folder.socket), plane: plane, limits: ControlServerLimits(connections: 2)) {
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask { _ = try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status() }
                }
                await gate.arrivals(2)
                #expect(await plane.asked.count == 2)
                await gate.open()
                try await group.waitForAll()
            }
            #expect(await plane.asked.count == 4)
        }
    }

    @Test("a daemon that does not answer in time is reported as late")
    func timeout() async throws {
        let folder = try TemporaryFolder()
        let gate = Gate()
        try await withServer(
            .path(folder.socket), plane: FakePlane(slow: gate), limits: ControlServerLimits(grace: .zero)
        ) {
            let client = ControlClient(socket: folder.socket, timeout: .milliseconds(20))
            await #expect(throws: ControlClientError.timedOut(socket: folder.socket, after: .milliseconds(20))) {
                try await client.status()
            }
            await gate.open()
        }
    }
}
