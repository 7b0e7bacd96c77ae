import ControlAPI
import Foundation
import Testing

@Suite("Streams that answer a request of one's own", .timeLimit(.minutes(2)))
struct QuestionTests {
    private let scene: Scene
    private var credentials: URL { scene.folder.appending(path: "credentials") }

    init() throws {
        scene = try Scene()
        try FileManager.default.createDirectory(
            at: scene.folder.appending(path: "credentials"), withIntermediateDirectories: true)
    }

    private func configure(_ stream: String) throws -> String {
        let path = scene.folder.appending(path: "ptrd.toml").path
        try """
        \(stream)
        reconnect = { initial = "1ms", max = "100ms" }
        [state]
        directory = "\(scene.folder.appending(path: "state").path)"
        [control]
        socket = "\(scene.socket)"
        """.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func daemon(_ path: String) async throws -> Program {
        try await scene.daemon(path, environment: ["CREDENTIALS_DIRECTORY": credentials.path])
    }

    private static let stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    @Test(
        "a question of a language model is asked again as it was, with the key that is there then, until it is refused")
    func question() async throws {
        let key = credentials.appending(path: "openai-key")
        try "sk-1\n".write(to: key, atomically: true, encoding: .utf8)
        let server = try QuestionedServer { request in
            switch request.number {
            case 0:
                // It is exchanged before the answer ends.
                try? "sk-2\n".write(to: key, atomically: true, encoding: .utf8)
                return .all(Self.stream + "data: {\"delta\": \"Hel\"}\n\ndata: [DONE]\n\n")
            case 1: return .all(Self.stream + "data: {\"delta\": \"lo\"}\n\ndata: [DONE]\n\n")
            default:
                return .all("HTTP/1.1 400 Bad Request\r\nContent-Length: 12\r\n\r\nunknown mode")
            }
        }
        let question = #"{"model": "some", "stream": true, "messages": [{"role": "user", "content": "Say hello"}]}"#
        let daemon = try await daemon(
            configure(
                """
                [stream.answers]
                url = "http://127.0.0.1:\(server.port)/v1/chat/completions"
                method = "POST"
                bearer_credential = "openai-key"
                user_agent = "example/1.0 (ops@example.com)"
                body = '\(question)'
                """))
        // A refusal of a POST is final.
        #expect(
            await daemon.errors.first(containing: "has ended for good")?.contains("400 Bad Request: \"unknown mode\"")
                == true)
        #expect(try await scene.control.status().streams.first?.state == .failed)
        await daemon.output.count(4)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(
            await daemon.output.toTheEnd == [#"{"delta": "Hel"}"#, "[DONE]", #"{"delta": "lo"}"#, "[DONE]"])
        let requests = server.requests
        server.close()
        #expect(requests.map { $0[header: "Authorization"] } == ["Bearer sk-1", "Bearer sk-2", "Bearer sk-2"])
        for request in requests {
            #expect(request.method == "POST" && request.path == "/v1/chat/completions")
            #expect(request.body == question)
            #expect(request[header: "Content-Type"] == "application/json")
            #expect(request[header: "Accept"] == "text/event-stream")
            #expect(request[header: "User-Agent"] == "example/1.0 (ops@example.com)")
        }
    }

    @Test("a key without a scheme is sent as it is, and another one from the next connection on")
    func key() async throws {
        let key = credentials.appending(path: "sdk-key")
        try "sdk-1".write(to: key, atomically: true, encoding: .utf8)
        let server = try QuestionedServer { request in
            guard request.number > 0 else {
                try? "sdk-2".write(to: key, atomically: true, encoding: .utf8)
                return .all(Self.stream + "event: put\ndata: {\"path\": \"/\"}\n\n")
            }
            guard request.number > 1 else { return .all("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n") }
            return .beginning(Self.stream + "event: patch\ndata: {\"path\": \"/flags/a\"}\n\n")
        }
        let daemon = try await daemon(
            configure(
                """
                [stream.flags]
                url = "http://127.0.0.1:\(server.port)/all"
                header_credentials = { Authorization = "sdk-key" }
                """))
        await daemon.output.count(2)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(await daemon.output.toTheEnd == [#"{"path": "/"}"#, #"{"path": "/flags/a"}"#])
        #expect(server.requests.map { $0[header: "Authorization"] } == ["sdk-1", "sdk-2", "sdk-2"])
        server.close()
    }
}
