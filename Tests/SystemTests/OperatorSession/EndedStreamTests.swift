import ControlAPI
import Foundation
import Testing

@Suite("A stream that its server told to stop", .timeLimit(.minutes(2)))
struct EndedStreamTests {
    private static let noContent = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    private static let stream =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\ndata: {\"message\": {\"tweet\": {\"id_str\": \"1\"}}}\n\n"

    @Test("stays, with its reason, in all views; resume with its name tries again")
    func ended() async throws {
        let scene = try Scene()
        let server = try AnsweringSocket(answers: [Self.noContent, Self.noContent, Self.noContent, Self.stream])
        let daemon = try await scene.daemon(scene.configure(port: server.port))
        func ptrctl(_ arguments: String...) async throws -> Outcome {
            try await Program("ptrctl", ["--socket", scene.socket] + arguments).outcome
        }
        while try await scene.control.status().streams.contains(where: { $0.state != .failed }) {}
        // It becomes an event at the next tick.
        while try await ptrctl("events", "--kind", "stream").out.matches(of: /has ended for good: .*204/).count < 2 {}

        let status = try await ptrctl("status")
        #expect(status.status == 1)
        #expect(status.out.contains("degraded") && status.out.contains("204"))
        #expect(status.out.contains("try again with `ptrctl resume tweets-1`"))
        let check = try await ptrctl("check")
        #expect(
            check.status == 1 && check.out.hasPrefix("DEGRADED - ") && check.out.contains("failed: tweets-1 tweets-2"))
        let tree = try await ptrctl("tree")
        #expect(tree.out.contains(/stream\.tweets-1 .*failed.*204/), "\(tree.out)")
        #expect(try await ptrctl("streams").out.contains(/tweets-2 +failed/))
        // All of them: those have not been paused, so nothing is read again.
        let all = try await ptrctl("resume")
        #expect(all.status == 0 && all.out.contains("`ptrctl resume tweets-1` tries again"))
        // What is not there yet may come: this is about what the daemon can do itself.
        #expect(try await ptrctl("wait", "ready", "--timeout", "30s").status == 0)

        let again = try await ptrctl("resume", "tweets-1")
        #expect(again.status == 0 && again.out.hasPrefix("resumed: tweets-1"))
        // The third 204; then the server has changed its mind.
        while try await scene.control.answer(to: StreamsRequest()).streams[0].state != .failed {}
        #expect(try await ptrctl("resume", "tweets-1").status == 0)
        while try await scene.control.status().messages.processed < 1 {}
        #expect(try await scene.control.answer(to: StreamsRequest()).streams.map(\.state) == [.open, .failed])
        #expect(try await ptrctl("resume", "tweets-2").status == 0)
        while try await scene.control.status().state != .running {}
        #expect(try await ptrctl("status").status == 0)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        server.close()
    }
}
