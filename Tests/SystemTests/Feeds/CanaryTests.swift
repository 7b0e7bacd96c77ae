import ControlAPI
import Foundation
import Testing

@Suite("Secrets of a request", .timeLimit(.minutes(3)))
struct CanaryTests {
    /// What every secret has in it.
    private static let mark = "canary-7f3a9c2e"
    private static func canary(_ name: String) -> String { "\(mark)-\(name)-0123456789abcdef" }

    private static let login = "someone:\(canary("password"))"
    private static let basic = Data(login.utf8).base64EncodedString()
    /// Each with the file that holds it.
    private static let credentials = [
        "bearer": canary("bearer"), "query": canary("query") + "/+&", "basic": login, "key": canary("key"),
        "cookie": "session=\(canary("cookie"))",
    ]
    private static let body = #"{"prompt": "tell me /\"\#(canary("body"))\"/ \\ please"}"#

    /// What a server does with what it was sent, one after the other; then it brings a stream.
    private static func answer(_ request: QuestionedServer.Request) -> QuestionedServer.Answer {
        func refuse(_ status: String, _ headers: [String] = [], body: String) -> QuestionedServer.Answer {
            let head =
                ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)", "Content-Type: text/plain"] + headers
            return .all((head + ["", body]).joined(separator: "\r\n"))
        }
        let sent = Set(request.text.matches(of: /canary-[-0-9a-z]+/).map { String($0.0) }).sorted()
        let all = sent.joined(separator: "/")
        guard !request.path.contains("/at/") else { return refuse("404 Not Found", body: "no \(request.text)") }
        switch request.number {
        case 0: return refuse("401 Unauthorized", body: request.text)
        case 1:
            let escaped = String(decoding: (try? JSONEncoder().encode([request.text])) ?? Data(), as: UTF8.self)
            return refuse("403 Forbidden", body: #"{"error": \#(escaped)}"#)
        case 2: return refuse("302 Found", ["Location: \(request.path)/at/\(all)?to=\(all)"], body: "")
        case 3: return refuse("302 Found", ["Location: http://127.0.0.1:1/\(all)?\(all)#\(all)"], body: "")
        case 4: return refuse("400 \(all)", body: request.text + request.text.uppercased())
        case 5:
            return .all("HTTP/1.1 200 OK\r\nContent-Type: text/\(all)\r\nContent-Length: 4\r\n\r\nno \n")
        case 6:
            return .all(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: \(all)\r\n\r\n\(request.text)")
        case 7:
            let cookie = canary("set")
            return refuse("503 Busy", ["Set-Cookie: set=\(cookie); Path=/"], body: "busy \(cookie) \(request.text)")
        case 8:
            let known = request.path == "/basic" ? "\(login) \(basic) " : ""
            return refuse("404 Not Found", body: "sent: \(known)\(request.text.uppercased())")
        default:
            return .beginning(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\ndata: fine\n\n")
        }
    }

    @Test("none is in anything that is written, however often servers repeat it")
    func canaries() async throws {
        let scene = try Scene()
        let folder = scene.folder.appending(path: "credentials")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, secret) in Self.credentials {
            try "\(secret)\n".write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        let bodyFile = scene.folder.appending(path: "question").path
        try Self.body.write(toFile: bodyFile, atomically: true, encoding: .utf8)
        let server = try QuestionedServer(answer: Self.answer)
        let socket = scene.folder.appending(path: "feed.sock").path
        let local = try QuestionedServer(path: socket, answer: Self.answer)
        let path = scene.folder.appending(path: "ptrd.toml").path
        func text(body: String, more: String = "") -> String {
            """
            [stream.bearer]
            url = "http://127.0.0.1:\(server.port)/bearer?plain=\(Self.canary("url"))"
            reconnect = { initial = "1ms", max = "100ms" }
            bearer_credential = "bearer"
            query_credentials = { auth = "query" }
            headers = { X-Plain = "\(Self.canary("header"))" }
            cookies = true
            [stream.basic]
            url = "http://127.0.0.1:\(server.port)/basic"
            reconnect = { initial = "1ms", max = "100ms" }
            basic_credential = "basic"
            [stream.key]
            url = "http://127.0.0.1:\(server.port)/key"
            reconnect = { initial = "1ms", max = "100ms" }
            on_refusal = "retry"
            method = "POST"
            body = '\(body)'
            header_credentials = { Authorization = "key", Cookie = "cookie" }
            \(more)
            [stream.socket]
            url = "http+unix://\(socket.replacing("/", with: "%2F"))/socket"
            reconnect = { initial = "1ms", max = "100ms" }
            on_refusal = "retry"
            method = "POST"
            body_file = "\(bodyFile)"
            header_credentials = { X-Api-Key = "key" }
            [handler.print]
            format = "{@stream} {message.missing}"
            [state]
            directory = "\(scene.folder.appending(path: "state").path)"
            [control]
            socket = "\(scene.socket)"
            [log]
            level = "trace"
            """
        }
        try text(body: Self.body).write(toFile: path, atomically: true, encoding: .utf8)
        var written: [String: String] = [:]
        func run(_ name: String, _ program: String, _ arguments: [String]) async throws {
            written[name] = try await Program(program, arguments).outcome.everything
        }
        try await run("check", "ptrd", ["--config", path, "--check-config"])
        let daemon = try await scene.daemon(path, environment: ["CREDENTIALS_DIRECTORY": folder.path])
        await daemon.output.count(4)
        // All four are open; while they were not, status and log said why.
        for verb in ["status", "tree", "streams", "workers", "events", "explain scale", "dlq list"] {
            let words = verb.split(separator: " ").map(String.init)
            try await run(verb, "ptrctl", ["--socket", scene.socket] + words)
            try await run("\(verb) --json", "ptrctl", ["--socket", scene.socket, "--json"] + words)
        }
        let status = try await scene.control.status()
        #expect(status.streams.map(\.state) == [.open, .open, .open, .open])
        #expect(status.streams.first?.url.hasSuffix("/bearer?plain=…&auth=…") == true)
        #expect(status.streams.last?.url == "http+unix://\(socket.replacing("/", with: "%2F"))/socket")
        let metrics = ["--silent", "--show-error", "--unix-socket", scene.socket, "http://ptrd/v1/metrics"]
        written["metrics"] = try await Program(executable: URL(filePath: "/usr/bin/curl"), metrics).outcome.everything
        // What a reload says of what has changed, and what it refuses.
        for (name, body, more) in [
            ("reload", #"{"prompt": "\#(Self.canary("other"))"}"#, ""),
            ("refused", #"{"prompt": "\#(Self.canary("wrong"))"}"#, "body_file = \"\(bodyFile)\""),
            ("not JSON", #"{"prompt": "\#(Self.canary("wrong"))""#, ""),
        ] {
            try text(body: body, more: more).write(toFile: path, atomically: true, encoding: .utf8)
            try await run(name, "ptrctl", ["--socket", scene.socket, "reload"])
            try await run("check \(name)", "ptrd", ["--config", path, "--check-config"])
        }
        let report = scene.folder.appending(path: "report.tar.gz").path
        try await run("report", "ptrctl", ["--socket", scene.socket, "report", "--output", report])
        written["in the report"] = try await Program(
            executable: URL(filePath: "/bin/tar"), ["--extract", "--gzip", "--to-stdout", "--file", report]
        ).outcome.everything
        for name in ["cmdline", "environ"] {
            written[name] = String(
                decoding: try Data(contentsOf: URL(filePath: "/proc/\(daemon.pid)/\(name)")), as: UTF8.self)
        }
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        written["standard output"] = await daemon.output.toTheEnd.joined(separator: "\n")
        written["standard error"] = await daemon.errors.toTheEnd.joined(separator: "\n")
        let state = scene.folder.appending(path: "state")
        for file in try FileManager.default.subpathsOfDirectory(atPath: state.path) {
            guard let data = try? Data(contentsOf: state.appending(path: file)) else { continue }
            written["state/\(file)"] = String(decoding: data, as: UTF8.self)
        }
        server.close()
        local.close()

        // Else there would have been nothing to keep.
        let asked = (server.requests + local.requests).map(\.text).joined()
        for name in ["bearer", "query", "key", "cookie", "body", "url", "header", "set", "other"] {
            #expect(asked.contains(Self.canary(name)), "\(name)")
        }
        #expect(asked.contains(Self.basic))
        let log = written["standard error", default: ""]
        for words in ["401 ", "403 ", "404 ", "503 ", "…", "text/…"] {
            #expect(log.contains(words), "\(words)")
        }
        #expect(written["state/ptrd.sqlite"] != nil && written["in the report", default: ""].contains("bearer"))
        for (place, text) in written {
            #expect(!text.isEmpty || place.hasPrefix("state/"), "\(place)")
            let lower = text.lowercased()
            for secret in [Self.mark, Self.basic.lowercased()] {
                guard let found = lower.range(of: secret) else { continue }
                Issue.record(
                    "\(place): \(lower[found.lowerBound...].prefix(40)) after \(lower[..<found.lowerBound].suffix(200))"
                )
            }
        }
    }
}

extension Outcome {
    fileprivate var everything: String { out + "\n" + err }
}
