import ControlAPI
import ControlClient
import ControlServer
import Glibc
import TestKit
import Testing

@Suite("Limits", .timeLimit(.minutes(2)))
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

    /// Where a client stops, and the limit that it runs into then.
    enum Slowness: CaseIterable {
        case nothing, halfHead, halfBody, noSecondRequest

        var request: String {
            switch self {
            case .nothing: ""
            case .halfHead: "GET /v1/status HTTP/1.1\r\nHost: p"
            case .halfBody: "POST /v1/scale HTTP/1.1\r\nHost: ptrd\r\nContent-Length: 10\r\n\r\n{"
            case .noSecondRequest: "GET /v1/status HTTP/1.1\r\nHost: ptrd\r\n\r\n"
            }
        }

        var limits: ControlServerLimits {
            var limits = ControlServerLimits(idle: .seconds(3600))
            limits.firstRequest = .seconds(3600)
            limits.wholeRequest = .seconds(3600)
            switch self {
            case .nothing, .halfHead: limits.firstRequest = .milliseconds(20)
            case .halfBody: limits.wholeRequest = .milliseconds(20)
            case .noSecondRequest: limits.idle = .milliseconds(20)
            }
            return limits
        }
    }

    @Test("a connection is closed when its client is too slow", arguments: Slowness.allCases)
    func slowClients(slowness: Slowness) async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket), limits: slowness.limits) {
            // The exchange returns when the server closes: without a limit it never would.
            let answer = await RawSocket.exchange(slowness.request, over: folder.socket)
            #expect(answer.contains("200 OK") == (slowness == .noSecondRequest))
        }
    }

    @Test("a client that ends in the midst of a request is not waited for", arguments: ["", "GET / HT", "{}", "\u{1}"])
    func halfClosed(request: String) async throws {
        let folder = try TemporaryFolder()
        var limits = ControlServerLimits(idle: .seconds(3600))
        limits.firstRequest = .seconds(3600)
        try await withServer(.path(folder.socket), limits: limits) {
            let descriptor = try #require(RawSocket.connected(to: folder.socket))
            defer { close(descriptor) }
            _ = await RawSocket.send(Array(request.utf8), to: descriptor)
            shutdown(descriptor, CInt(SHUT_WR))
            // Returns when the server closes.
            #expect(!(await RawSocket.onThread { RawSocket.readAll(descriptor) }).contains("200 OK"))
        }
    }

    @Test("a client that has closed its end is answered all the same, however early")
    func requestInOneGo() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            for _ in 0..<50 {
                let descriptor = try #require(RawSocket.connected(to: folder.socket))
                defer { close(descriptor) }
                _ = await RawSocket.send(Array("GET /v1/streams HTTP/1.1\r\nHost: ptrd\r\n\r\n".utf8), to: descriptor)
                shutdown(descriptor, CInt(SHUT_WR))
                #expect(await RawSocket.onThread { RawSocket.readAll(descriptor) }.hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
        }
    }

    @Test("what is no HTTP ends its connection, whether the client closes its end or not")
    func malformed() async throws {
        let folder = try TemporaryFolder()
        var limits = ControlServerLimits(idle: .seconds(3600), grace: .milliseconds(20))
        limits.firstRequest = .seconds(3600)
        try await withServer(.path(folder.socket), limits: limits) {
            let descriptor = try #require(RawSocket.connected(to: folder.socket))
            defer { close(descriptor) }
            _ = await RawSocket.send(Array("\u{1}\r\n\r\n".utf8), to: descriptor)
            #expect(await RawSocket.onThread { RawSocket.readAll(descriptor) }.hasPrefix("HTTP/1.1 400 "))
            // It has ended its side; that it has closed the other one, too, shows in that nothing can be sent.
            while await RawSocket.send([0], to: descriptor) == 1 { try await nextTurn() }
        }
    }

    @Test("what the daemon takes for its answer is no fault of the client's")
    func slowDaemon() async throws {
        let folder = try TemporaryFolder()
        let gate = Gate()
        var limits = ControlServerLimits(idle: .milliseconds(5))
        limits.wholeRequest = .milliseconds(5)
        try await withServer(.path(folder.socket), plane: FakePlane(slow: gate), limits: limits) {
            async let status = ControlClient(socket: folder.socket, timeout: .seconds(60)).status()
            await gate.arrivals(1)
            // Another connection runs into the limit that this one must not.
            _ = await RawSocket.exchange("GET /v1/tree HTTP/1.1\r\nHost: ptrd\r\n\r\n", over: folder.socket)
            await gate.open()
            let answer = try await status
            #expect(answer == FakePlane.status)
        }
    }

    @Test("a reader that leaves its answers unread is cut off")
    func stalledReader() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        var limits = ControlServerLimits()
        limits.stall = .milliseconds(20)
        try await withServer(.path(folder.socket), plane: plane, limits: limits) {
            let reader = try #require(RawSocket.connected(to: folder.socket))
            defer { close(reader) }
            _ = await RawSocket.send(Array("GET /v1/tap HTTP/1.1\r\nHost: ptrd\r\n\r\n".utf8), to: reader)
            await plane.tapStream.readers(1)
            let data = String(repeating: "x", count: 100_000)
            let record = TapRecord(
                time: "", stage: .received, sequence: 1, stream: "s", eventID: "", type: "message", data: data,
                bytes: data.utf8.count)
            while plane.tapStream.count > 0 {
                plane.tapStream.send(.record(record))
                try await nextTurn()
            }
        }
    }

    @Test("when all connections are taken, the one that has been idle for longest makes way")
    func idleMakesWay() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket), limits: ControlServerLimits(connections: 2)) {
            var idle: [CInt] = []
            defer { for descriptor in idle { close(descriptor) } }
            for _ in 0..<2 {
                let descriptor = try #require(RawSocket.connected(to: folder.socket))
                idle.append(descriptor)
                // Answered, so that they are entered in this order: the event loops differ.
                let question = "GET /v1/log-level HTTP/1.1\r\nHost: ptrd\r\n\r\n"
                _ = await RawSocket.send(Array(question.utf8), to: descriptor)
                _ = await RawSocket.read(descriptor, until: "}\n")
            }
            let status = try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status()
            #expect(status == FakePlane.status)
            let oldest = idle[0]
            let rest = await RawSocket.onThread { RawSocket.readAll(oldest) }
            #expect(rest == "")
        }
    }

    @Test("when all connections are at work, root and the daemon's user have some left, and then no one has")
    func noRoom() async throws {
        let folder = try TemporaryFolder()
        let gate = Gate()
        var limits = ControlServerLimits(connections: 2)
        limits.reservedConnections = 1
        try await withServer(.path(folder.socket), plane: FakePlane(slow: gate), limits: limits) { [limits] in
            try await withThrowingTaskGroup { group in
                for number in 1...limits.connections + limits.reservedConnections {
                    group.addTask { _ = try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status() }
                    // One after another: a connection without a request yet would make way for the next.
                    await gate.arrivals(number)
                }
                let answer = await RawSocket.exchange("", over: folder.socket)
                #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
                #expect(answer.contains("\"code\" : \"unavailable\""))
                await gate.open()
                try await group.waitForAll()
            }
        }
    }

    @Test("more requests than can be worked on at once are refused with 503")
    func requestsAtOnce() async throws {
        let folder = try TemporaryFolder()
        let gate = Gate()
        var limits = ControlServerLimits()
        limits.requests = 1
        try await withServer(.path(folder.socket), plane: FakePlane(slow: gate), limits: limits) {
            let client = ControlClient(socket: folder.socket, timeout: .seconds(60))
            async let status = client.status()
            await gate.arrivals(1)
            let error = await #expect(throws: ControlClientError.self) { try await client.answer(to: TreeRequest()) }
            guard case .refused(let failure) = error else { throw try #require(error) }
            #expect(failure.code == .unavailable)
            await gate.open()
            let answer = try await status
            #expect(answer == FakePlane.status)
            _ = try await client.answer(to: TreeRequest())
        }
    }

    @Test("more requests of one user than agreed are refused with 429, and when to come again")
    func requestRate() async throws {
        let folder = try TemporaryFolder()
        var limits = ControlServerLimits()
        limits.requestBurst = 2
        limits.requestsPerSecond = 0.001
        try await withServer(.path(folder.socket), limits: limits) {
            let question = "GET /v1/streams HTTP/1.1\r\nHost: ptrd\r\n"
            let answer = await RawSocket.exchange(
                question + "\r\n" + question + "\r\n" + question + "Connection: close\r\n\r\n", over: folder.socket)
            #expect(answer.components(of: "HTTP/1.1 200 OK\r\n") == 2)
            #expect(answer.components(of: "HTTP/1.1 429 Too Many Requests\r\n") == 1)
            #expect(answer.contains("\"code\" : \"rate_limited\""))
            #expect(answer.lowercased().contains("retry-after: 1\r\n"))
        }
    }

    @Test("a body that announces itself as too long is refused before it comes")
    func announcedBody() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket), limits: ControlServerLimits(grace: .zero)) {
            let answer = await RawSocket.exchange(
                "POST /v1/scale HTTP/1.1\r\nHost: ptrd\r\nContent-Length: 104857600\r\n\r\n", over: folder.socket)
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
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
