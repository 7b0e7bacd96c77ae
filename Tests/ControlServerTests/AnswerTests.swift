import ControlAPI
import ControlClient
import ControlServer
import Glibc
import Testing

@Suite("Answers")
struct AnswerTests {
    @Test("reach the client over a real socket, as values and as the document they were read from")
    func status() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            let answer = try await ControlClient(socket: folder.socket, timeout: .seconds(60)).send(StatusRequest())
            #expect(answer.value == FakePlane.status)
            #expect(answer.document == String(decoding: try ControlJSON.encode(FakePlane.status), as: UTF8.self))
        }
    }

    @Test("tell what a command brought about")
    func commands() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        try await withServer(.path(folder.socket), plane: plane) {
            let client = ControlClient(socket: folder.socket, timeout: .seconds(60))
            #expect(try await client.scale(.target(5)).target == 5)
            #expect(try await client.scale(.auto).mode == .auto)
            let crash = try await client.crash(CrashRequest(target: .worker, id: "worker.1.2"))
            #expect(crash.id == "worker.1.2")
            #expect(crash.sequence == 17)
        }
        #expect(await plane.asked == ["scale to 5", "scale automatically", "crash worker \"worker.1.2\""])
    }

    @Test("show, set and forget a stream's position; each change is written down with what and who")
    func positions() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        try await withServer(.path(folder.socket), plane: plane) {
            let client = ControlClient(socket: folder.socket, timeout: .seconds(60))
            #expect(try await client.answer(to: StreamPositionRequest(stream: "tweets-1")).position == "e16")
            let set = try await client.answer(
                to: SetStreamPositionRequest(stream: "tweets-1", position: #"[{"offset": 7}]"#))
            #expect(set.position == #"[{"offset": 7}]"# && set.previous == "e16")
            let forgotten = try await client.answer(to: ForgetStreamPositionRequest(stream: "tweets-1"))
            #expect(forgotten.position == nil && forgotten.previous == "e16")
            _ = try await client.answer(
                to: SetStreamPositionRequest(stream: "tweets-1", position: String(repeating: "9", count: 30_000)))
        }
        let notes = await plane.notes
        #expect(notes.allSatisfy { $0.caller?.uid == getuid() && $0.refusal == nil })
        #expect(
            notes.map(\.request) == [
                #"set the position of stream "tweets-1" to "[{\"offset\": 7}]""#,
                #"forget the position of stream "tweets-1""#,
                #"set the position of stream "tweets-1" to "\#(String(repeating: "9", count: 128))"…"#,
            ])
    }

    @Test("come over one connection for as long as the client keeps it")
    func keptConnection() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        // With room for a single connection, a second one would wait for the first one's end.
        try await withServer(.path(folder.socket), plane: plane, limits: ControlServerLimits(connections: 1)) {
            let client = ControlClient(socket: folder.socket, timeout: .seconds(60))
            try await client.withConnection { (connection) async throws(ControlClientError) in
                for _ in 1...20 { _ = try await connection.send(CrashRequest(target: .worker)) }
                // A refusal ends nothing.
                do throws(ControlClientError) {
                    _ = try await connection.send(CrashRequest(target: .worker, id: "worker.9.9"))
                    Issue.record("it was carried out")
                } catch {
                    #expect(error.exitStatus == .precondition)
                }
                _ = try await connection.send(StatusRequest())
            }
        }
        #expect(await plane.asked.count == 22)
    }

    @Test("carry the plane's refusals with code, message and hint")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            let client = ControlClient(socket: folder.socket, timeout: .seconds(60))
            await #expect(
                throws: ControlClientError.refused(
                    ControlFailure(
                        .precondition, "9 direct supervisors are not within min 1 and max 8",
                        hint: "set max in [scaling]"))
            ) {
                try await client.scale(.target(9))
            }
            let missing = await #expect(throws: ControlClientError.self) {
                try await client.crash(CrashRequest(target: .worker, id: "worker.9.9"))
            }
            #expect(missing?.exitStatus == .precondition)
        }
    }

    @Test("to plain HTTP are JSON documents with a length, and one connection may ask twice")
    func rawHTTP() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            let question = "GET /v1/status HTTP/1.1\r\nHost: ptrd\r\n"
            let answer = await RawSocket.exchange(
                question + "\r\n" + question + "Connection: close\r\n\r\n", over: folder.socket)
            let document = String(decoding: try ControlJSON.encode(FakePlane.status), as: UTF8.self)
            #expect(answer.components(of: "HTTP/1.1 200 OK\r\n") == 2)
            #expect(answer.components(of: document) == 2)
            #expect(answer.lowercased().contains("content-type: application/json\r\n"))
            #expect(answer.lowercased().contains("content-length: \(document.utf8.count)\r\n"))
        }
    }

    @Test(
        "to what the API does not have say so",
        arguments: [
            ("GET /v1/nothing", "404 Not Found", "unknown_route"), ("GET /", "404 Not Found", "unknown_route"),
            ("POST /v1/status", "405 Method Not Allowed", "method_not_allowed"),
            ("DELETE /v1/scale", "405 Method Not Allowed", "method_not_allowed"),
            ("GET /v1/dead-letters/purge", "405 Method Not Allowed", "method_not_allowed"),
            ("POST /v1/crashes/3", "405 Method Not Allowed", "method_not_allowed"),
            ("GET /v1/status/", "404 Not Found", "unknown_route"),
            ("GET /v1//status", "404 Not Found", "unknown_route"),
            ("GET /v1/crashes/99", "404 Not Found", "not_found"), ("GET /v1/crashes/x", "404 Not Found", "not_found"),
            ("GET /v1/crashes/+3", "404 Not Found", "not_found"), ("GET /v1/crashes/0", "404 Not Found", "not_found"),
        ])
    func unknownRoutes(line: String, status: String, code: String) async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            let answer = await RawSocket.exchange(
                "\(line) HTTP/1.1\r\nHost: ptrd\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", over: folder.socket)
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
            #expect(answer.contains("\"code\" : \"\(code)\""))
            #expect(answer.lowercased().contains("allow: ") == (code == "method_not_allowed"))
        }
    }

    @Test(
        "to a query name what is wrong with it",
        arguments: [
            ("/v1/status?x=1", #"there is no parameter \"x\"; there are none here"#),
            ("/v1/events?limit=0", "a whole number from 1 to 1000"), ("/v1/events?limit=%2B5", "a whole number"),
            ("/v1/events?limit=1&limit=2", "is given 2 times"), ("/v1/events?kind=", "has to be one of crash, scale"),
            ("/v1/events?kind=crash,weather", #"\"weather\"; it has to be one of"#),
            ("/v1/tap?where=", "has to be of 1 to 256 bytes"), ("/v1/tap?where=%ff", "is not UTF-8"),
            ("/v1/tap?where=%4", "two hexadecimal digits"), ("/v1/dead-letters?after=-1", "a whole number from 0"),
            ("/v1/streams/position", "the parameter stream has to be given"),
            ("/v1/streams/position?stream=", "has to be of 1 to 1024 bytes"),
            ("/v1/metrics?x", #"there is no parameter \"x\""#),
        ])
    func badQueries(target: String, message: String) async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        try await withServer(.path(folder.socket), plane: plane) {
            let answer = await RawSocket.exchange(
                "GET \(target) HTTP/1.1\r\nHost: ptrd\r\nConnection: close\r\n\r\n", over: folder.socket)
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(answer.contains(message))
        }
        #expect(await plane.asked.isEmpty)
    }

    @Test(
        "to a command without a body are those to one that says nothing, where nothing has to be said",
        arguments: [("pause", "pause"), ("resume", "resume"), ("drain", "drain"), ("reload", "reload")])
    func emptyBodies(verb: String, asked: String) async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        try await withServer(.path(folder.socket), plane: plane) {
            let answer = await RawSocket.exchange(post("/v1/\(verb)", ""), over: folder.socket)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
        #expect(await plane.asked == [asked])
        #expect(await plane.notes.map(\.request) == [asked])
    }

    @Test(
        "to bad JSON name what is wrong with it",
        arguments: [
            ("/v1/scale", #"{"target": "five"}"#, "the request's JSON is wrong: target: expected a whole number"),
            ("/v1/scale", "{", "the request's JSON is wrong: "), ("/v1/crash", "", "the request has no body"),
            (
                "/v1/crash", #"{"target": "worker", "idd": "worker.1.1"}"#,
                #"unknown key \"idd\"; the keys are target, id"#
            ),
        ])
    func badJSON(path: String, body: String, message: String) async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        try await withServer(.path(folder.socket), plane: plane) {
            let answer = await RawSocket.exchange(post(path, body), over: folder.socket)
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(answer.contains(message))
        }
        #expect(await plane.asked.isEmpty)
    }

    @Test("to something that is not HTTP are 400, and the end of the connection")
    func noHTTP() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            let answer = await RawSocket.exchange("how do you do?\r\n\r\n", over: folder.socket)
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        }
    }

    private func post(_ path: String, _ body: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: ptrd\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
    }
}

extension String {
    /// How often a part occurs.
    func components(of part: String) -> Int {
        ranges(of: part).count
    }
}
