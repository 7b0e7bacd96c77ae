import ControlAPI
import Foundation
import Testing

@Suite("A stream that is down", .timeLimit(.minutes(2)))
struct DownStreamTests {
    private static let stream =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\ndata: {\"message\": {\"tweet\": {\"id_str\": \"1\"}}}\n\n"
    private static let unavailable =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    /// One stream, and the rest of the configuration.
    private func configure(_ scene: Scene, port: Int, _ reconnect: String) throws -> String {
        let path = scene.folder.appending(path: "ptrd.toml").path
        let text = """
            [stream.a]
            url = "http://127.0.0.1:\(port)/"
            reconnect = \(reconnect)
            [handler.print]
            format = "{message.tweet.id_str}"
            to = "stdout"
            [state]
            directory = "\(scene.folder.appending(path: "state").path)"
            [control]
            socket = "\(scene.socket)"
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func metric(_ scene: Scene, _ name: String) async throws -> String? {
        let curl = try Program(
            executable: URL(filePath: "/usr/bin/curl"),
            ["--silent", "--show-error", "--unix-socket", scene.socket, "http://ptrd/v1/metrics"])
        return await curl.output.toTheEnd.first { $0.hasPrefix(name + "{") }
    }

    @Test("says since when, how many tries, why, and when the next one is; and nothing of it once it is open")
    func down() async throws {
        let scene = try Scene()
        let server = try AnsweringSocket(answers: Array(repeating: Self.unavailable, count: 3) + [Self.stream])
        let daemon = try await scene.daemon(
            configure(scene, port: server.port, #"{ initial = "100ms", max = "400ms" }"#))
        func ptrctl(_ arguments: String...) async throws -> Outcome {
            try await Program("ptrctl", ["--socket", scene.socket] + arguments).outcome
        }
        var stream = try await scene.control.answer(to: StreamsRequest()).streams[0]
        let first = stream
        while stream.attempts ?? 0 < 2 || stream.nextAttemptInSeconds == nil {
            stream = try await scene.control.answer(to: StreamsRequest()).streams[0]
            if stream.state == .open { break }
        }
        if stream.state != .open {
            #expect(stream.since == first.since && stream.since != nil)
            #expect(try #require(stream.downForSeconds) > 0 && stream.error?.contains("503") == true)
            #expect(try #require(stream.nextAttemptInSeconds) <= 0.4)
        }
        while try await scene.control.status().messages.processed < 1 {}
        let open = try await scene.control.answer(to: StreamsRequest()).streams[0]
        #expect(open.state == .open && open.downForSeconds == nil && open.attempts == 0)
        #expect(open.nextAttemptInSeconds == nil && open.since != stream.since)
        #expect(try await metric(scene, "ptrd_stream_down_seconds") == #"ptrd_stream_down_seconds{stream="a"} 0"#)
        #expect(try await !ptrctl("status").out.contains("down "))
        let document = try await ptrctl("streams", "--json")
        try expect(document.out, fits: "Streams")
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        server.close()
    }

    @Test("stands so in the status, in the list of streams and in top, and its seconds in the metrics")
    func views() async throws {
        let scene = try Scene()
        // A port that nobody has any more.
        let server = try AnsweringSocket(answers: [])
        server.close()
        let daemon = try await scene.daemon(
            configure(scene, port: server.port, #"{ initial = "50s", max = "50s" }"#))
        func ptrctl(_ arguments: String...) async throws -> Outcome {
            try await Program("ptrctl", ["--socket", scene.socket] + arguments).outcome
        }
        while try await scene.control.answer(to: StreamsRequest()).streams[0].nextAttemptInSeconds == nil {}
        for verb in ["status", "streams"] {
            let out = try await ptrctl(verb).out
            #expect(out.contains(/a: down \d+ s, try 1, next in [0-9ms ]+: .*refused/), "\(out)")
        }
        let top = try await ptrctl("top", "--json")
        try expect(top.out, fits: "Top")
        let line = try #require(try await metric(scene, "ptrd_stream_down_seconds"))
        #expect(try #require(line.split(separator: " ").last.flatMap { Double($0) }) > 0)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }
}
