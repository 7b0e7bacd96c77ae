import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Secrets and bodies from files")
struct CredentialTests {
    /// A folder of small files, which is gone after the test.
    private final class Files {
        let path = FileManager.default.temporaryDirectory.path + "/EventSource-\(UUID().uuidString)"

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        @discardableResult
        func write(_ text: String, to name: String) throws -> String {
            try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
            return "\(path)/\(name)"
        }
    }

    /// Has a connection made, answered and ended.
    private func exchange(
        _ stream: inout EventSource.AsyncIterator, _ server: FeedServer
    ) async throws -> Exchange {
        guard case .connecting = await stream.next() else { throw CancellationError() }
        let answered = server.answer {
            try await $0.stream("data\n\n")
            try await $0.end()
        }
        try await stream.open()
        _ = try await stream.waiting()
        return try await answered.value
    }

    @Test("each is sent as what it is, read anew for each connection, and shown nowhere")
    func uses() async throws {
        let files = try Files()
        try await withFeed { server, client in
            var configuration = untimed(server.url + "?a=b")
            configuration.headers = [("X-Key", "configured")]
            configuration.credentials = [
                EventSourceCredential(.basic, file: try files.write("me:pass word\n", to: "basic")),
                EventSourceCredential(.header("x-key"), file: try files.write("KEY 1\r\n", to: "key")),
                EventSourceCredential(.parameter("au th"), file: try files.write("a/b&c=d ü", to: "query")),
                EventSourceCredential(.header("Last-Event-ID"), file: try files.write("7", to: "id")),
            ]
            #expect(configuration.displayURL == "\(server.url)?a=…&au%20th=…")
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            let first = try await exchange(&stream, server).request
            #expect(first.headers["Authorization"] == ["Basic bWU6cGFzcyB3b3Jk"])
            #expect(first.headers["X-Key"] == ["KEY 1"])
            #expect(first.headers["Last-Event-ID"].isEmpty)
            #expect(first.uri == "/events?a=b&au%20th=a%2Fb%26c%3Dd%20%C3%BC")
            try files.write("KEY 2", to: "key")
            try files.write("e", to: "query")
            let second = try await exchange(&stream, server).request
            #expect(second.headers["X-Key"] == ["KEY 2"])
            #expect(second.uri == "/events?a=b&au%20th=e")
            #expect(second.headers["Authorization"] == first.headers["Authorization"])
        }
    }

    @Test("what cannot be sent is waited for, by its name and place")
    func unusable() async throws {
        let files = try Files()
        let cases: [(EventSourceCredential.Use, text: String?, words: String)] = [
            (.basic, "me\n", "cannot use the user and password in PATH: it is not USER:PASSWORD"),
            (.header("X-Key"), "a\nb", "cannot use the header X-Key in PATH: it has characters that cannot be sent"),
            (.header("X-Key"), "\n", "cannot use the header X-Key in PATH: it is empty"),
            (
                .parameter("auth"), nil,
                "cannot use the query's parameter auth in PATH: no such file or directory (errno 2)"
            ),
            (.bearerToken, "ä", "cannot use the bearer token in PATH: it has characters that cannot be in a token"),
        ]
        try await withFeed { server, client in
            for (use, text, words) in cases {
                let path = "\(files.path)/secret"
                try? FileManager.default.removeItem(atPath: path)
                if let text { try files.write(text, to: "secret") }
                var configuration = untimed(server.url)
                configuration.credentials = [EventSourceCredential(use, file: path)]
                var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
                try await stream.connecting()
                let (_, error) = try await stream.waiting()
                #expect(error.code == .credential && error.isTemporary)
                #expect(error.reason == words.replacing("PATH", with: path))
                // What was mended is used.
                try files.write("user:good", to: "secret")
                #expect(try await exchange(&stream, server).request.method == .GET)
            }
        }
    }

    @Test("a redirect within the origin takes the headers along, and says itself what its query is")
    func redirect() async throws {
        let files = try Files()
        let other = try await FeedServer.start()
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.userAgent = "reader/1.0"
            configuration.credentials = [
                EventSourceCredential(.header("Authorization"), file: try files.write("KEY", to: "key")),
                EventSourceCredential(.parameter("auth"), file: try files.write("0123456789", to: "query")),
            ]
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            let followed = Task {
                let first = try await server.next()
                try await first.respond(.temporaryRedirect, headers: ["Location": "/b"])
                let second = try await server.next()
                try await second.respond(.temporaryRedirect, headers: ["Location": other.url])
                return [first.request, second.request, try await other.nextStream("data: a\n\n").request]
            }
            try await stream.open()
            let requests = try await followed.value
            #expect(requests.map(\.uri) == ["/events?auth=0123456789", "/b", "/events"])
            #expect(requests.map { $0.headers["Authorization"] } == [["KEY"], ["KEY"], []])
            #expect(requests.allSatisfy { $0.headers["User-Agent"] == ["reader/1.0"] })
        }
        try await other.stop()
    }

    @Test("a body from a file is read anew for each connection, and waited for while it is empty or too long")
    func bodyFile() async throws {
        let files = try Files()
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.method = "POST"
            configuration.bodyFile = try files.write("first\n", to: "body")
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            #expect(try await exchange(&stream, server).body() == "first\n")
            for (text, words) in [
                ("", "it is empty"), (String(repeating: "x", count: (1 << 20) + 1), "it is larger than 1048576 bytes"),
            ] {
                try files.write(text, to: "body")
                guard case .connecting = await stream.next() else { throw CancellationError() }
                let (_, error) = try await stream.waiting()
                #expect(error.code == .bodyFile)
                #expect(error.reason == "cannot use the body in \(files.path)/body: \(words)")
            }
            try files.write("second", to: "body")
            let second = try await exchange(&stream, server)
            #expect(second.request.method == .POST)
            #expect(try await second.body() == "second")
        }
    }

    @Test("the bearer token's file is one of the credentials")
    func bearerTokenFile() {
        var configuration = EventSourceConfiguration(url: "http://h/")
        configuration.bearerTokenFile = "/a"
        configuration.bearerTokenFile = "/b"
        #expect(configuration.credentials == [EventSourceCredential(.bearerToken, file: "/b")])
        #expect(configuration.bearerTokenFile == "/b")
        configuration.bearerTokenFile = nil
        #expect(configuration.credentials.isEmpty)
    }
}
