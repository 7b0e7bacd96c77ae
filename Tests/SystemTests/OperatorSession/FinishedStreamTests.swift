import ControlAPI
import Foundation
import TestKit
import Testing

@Suite("Streams that end, and streams that come compressed", .timeLimit(.minutes(2)))
struct FinishedStreamTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

    private static func answer(_ words: String...) -> String {
        head + "\r\n" + words.map { "data: {\"delta\": \"\($0)\"}\n\n" }.joined() + "data: [DONE]\n\ndata: behind\n\n"
    }

    private func configure(_ scene: Scene, _ streams: String) throws -> String {
        let path = scene.folder.appending(path: "ptrd.toml").path
        let text = """
            \(streams)
            [handler.print]
            format = "{delta}"
            [state]
            directory = "\(scene.folder.appending(path: "state").path)"
            [control]
            socket = "\(scene.socket)"
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func stream(_ scene: Scene, _ name: String, where isSo: (Status.Stream) -> Bool) async throws {
        while true {
            let stream = try await scene.control.answer(to: StreamsRequest()).streams.first { $0.name == name }
            if let stream, isSo(stream) { return }
        }
    }

    @Test("[DONE] finishes a stream: it is no message and no trouble, and only who wants to asks again")
    func stop() async throws {
        let scene = try Scene()
        let server = try AnsweringSocket(answers: [
            Self.answer("Hello", "world"), Self.answer("again"), Self.answer("late"),
        ])
        defer { server.close() }
        let path = try configure(
            scene,
            """
            [stream.llm]
            url = "http://127.0.0.1:\(server.port)/v1/chat"
            end = { data = "[DONE]", event = "message_stop" }
            """)
        func ptrctl(_ arguments: String...) async throws -> Outcome {
            try await Program("ptrctl", ["--socket", scene.socket] + arguments).outcome
        }
        let daemon = try await scene.daemon(path)
        try await stream(scene, "llm") { $0.state == .finished }
        let status = try await ptrctl("status")
        #expect(status.status == 0 && status.out.contains("finished"), "\(status)")
        #expect(status.out.contains("ask again with `ptrctl resume llm`") && !status.out.contains("down"), "\(status)")
        #expect(try await ptrctl("check").status == 0)
        let messages = try await scene.control.status().messages
        #expect(messages.received == 2)

        // None of these is a wish to ask again.
        #expect(try await ptrctl("reload").status == 0)
        #expect(try await ptrctl("crash", "receiver", "llm").status == 0)
        #expect(try await ptrctl("pause").status == 0)
        let all = try await ptrctl("resume")
        #expect(all.status == 0 && all.out.contains("`ptrctl resume llm` tries again"), "\(all)")
        while try await !ptrctl("events", "--kind", "stream").out.contains("stream llm is finished") {}
        #expect(try await scene.control.answer(to: StreamsRequest()).streams.map(\.state) == [.finished])
        #expect(server.requests.withLock(\.count) == 1)

        #expect(try await ptrctl("resume", "llm").status == 0)
        try await stream(scene, "llm") { $0.state == .finished && $0.events == 3 }
        #expect(server.requests.withLock(\.count) == 2)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(await daemon.output.toTheEnd.sorted() == ["Hello", "again", "world"])
        #expect(await daemon.errors.toTheEnd.contains { $0.contains("stream llm is finished") })

        // It does not outlast a restart.
        let next = try await scene.daemon(path)
        try await stream(scene, "llm") { $0.state == .finished }
        next.signal(SIGTERM)
        #expect(await next.status == 0)
        #expect(await next.output.toTheEnd == ["late"])
    }

    @Test("with then = \"reconnect\" the end is one in good order: it is asked for again, after the last id")
    func reconnect() async throws {
        let scene = try Scene()
        let first =
            "id: 1\ndata: {\"delta\": \"a\"}\n\nid: 2\nevent: message_stop\ndata: {\"delta\": \"no\"}\n\ndata: x\n\n"
        let second = "id: 2\nevent: message_stop\ndata: {\"delta\": \"no\"}\n\nid: 3\ndata: {\"delta\": \"b\"}\n\n"
        let server = try AnsweringSocket(answers: [Self.head + "\r\n" + first, Self.head + "\r\n" + second])
        defer { server.close() }
        let path = try configure(
            scene,
            """
            [stream.turns]
            url = "http://127.0.0.1:\(server.port)/"
            reconnect = { initial = "10ms", max = "20ms" }
            [stream.turns.end]
            event = "message_stop"
            then = "reconnect"
            """)
        let daemon = try await scene.daemon(path)
        try await stream(scene, "turns") { $0.state == .open && $0.events == 2 }
        #expect(try await scene.control.status().state == .running)
        #expect(server.requests.withLock { $0.count == 2 && $0[1].contains("Last-Event-ID: 1\r\n") })
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(await daemon.output.toTheEnd.sorted() == ["a", "b"])
    }

    @Test("a compressed stream is printed as any other; what is damaged is lost, and comes again after the last id")
    func compressed() async throws {
        let scene = try Scene()
        let head = Array((Self.head + "Content-Encoding: gzip\r\n\r\n").utf8)
        func events(_ numbers: ClosedRange<Int>) -> String {
            numbers.map { "id: \($0)\ndata: {\"delta\": \"\($0)\"}\n\n" }.joined()
        }
        let (first, second) = (Deflater(), Deflater())
        let damaged = first.add(events(1...200), flush: true) + [0xFF, 0xFF, 0xFF]
        let server = try AnsweringSocket(bytes: [
            head + damaged + first.add(events(900...950), flush: true),
            // The run of the last id is sent again, and recognised.
            head + second.add(events(200...300), flush: true),
        ])
        defer { server.close() }
        let path = try configure(
            scene,
            """
            [stream.gz]
            url = "http://127.0.0.1:\(server.port)/"
            compression = true
            reconnect = { initial = "10ms", max = "20ms" }
            """)
        let daemon = try await scene.daemon(path)
        try await stream(scene, "gz") { $0.state == .open && $0.lastEventID == "300" }
        let found = try await scene.control.answer(to: StreamsRequest()).streams[0]
        let sent = try #require(found.compressedBytes)
        #expect(sent > 0 && sent * 4 < found.bytes)
        #expect(found.bytes == UInt64((events(1...200) + events(200...300)).utf8.count))
        #expect(
            server.requests.withLock { requests in
                requests.allSatisfy { $0.contains("Accept-Encoding: gzip, deflate\r\n") }
                    && requests.last?.contains("Last-Event-ID: 199\r\n") == true
            })
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(await daemon.output.toTheEnd.compactMap(Int.init).sorted() == Array(1...300))
        #expect(
            await daemon.errors.toTheEnd.contains {
                $0.contains("the compressed stream is corrupted: invalid block type")
            })
    }
}
