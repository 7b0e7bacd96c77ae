import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Feeds

@Suite("A server like a feed", .timeLimit(.minutes(1)))
struct LikenessServerTests {
    private let bearer = HTTPHeaders([("authorization", "Bearer demo")])

    private func ask(
        _ server: LikenessServer, _ headers: HTTPHeaders, at path: String = "/api/v1/streaming/user",
        method: HTTPMethod = .GET, body: String? = nil
    ) async throws -> Reading {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(path)")
        request.method = method
        request.headers = headers
        request.body = body.map { .bytes(ByteBuffer(string: $0)) }
        return Reading(try await HTTPClient.shared.execute(request, deadline: .now() + .seconds(60)))
    }

    @Test("brings what happens, and beats, to all who are connected; ends them cleanly, torn, by reset")
    func growing() async throws {
        let likeness = FeedName.mastodon.likeness(seed: 3)
        let server = LikenessServer(likeness)
        try await server.start()
        server.grow(by: 2)
        let endings: [(LikenessServer.Ending, String?)] = [(.clean, ""), (.torn, nil), (.reset, nil)]
        for (round, (ending, rest)) in endings.enumerated() {
            let reading = try await ask(server, bearer)
            #expect(reading.status == 200)
            await server.wait { $0.opened == round + 1 && $0.open == 1 }
            let before = server.count
            server.grow(by: 4)
            server.beat()
            let request = try #require(server.record.lastRequests.last)
            let expected = ":)\n" + likeness.events(before..<before + 4, for: request) + ":thump\n"
            #expect(try await reading.text(expected.utf8.count) == expected)
            server.drop(ending)
            #expect(await reading.rest() == rest)
            await server.wait { $0.open == 0 }
        }
        #expect(server.record.requests == 3)
        await server.stop()
    }

    @Test("refuses what it is told to, takes another secret, and comes back at its port")
    func trouble() async throws {
        let server = LikenessServer(FeedName.mastodon.likeness(seed: 1))
        try await server.start()
        server.refuse(.init(.serviceUnavailable, "later\n", ["retry-after": "1"]))
        let refused = try await ask(server, bearer)
        #expect(refused.status == 503 && refused.headers.first(name: "retry-after") == "1")
        #expect(await refused.rest() == "later\n")
        server.refuse(nil)
        server.rotate(to: "new")
        #expect(try await ask(server, bearer).status == 401)
        #expect(server.record.refused == [503, 401])
        let open = try await ask(server, ["authorization": "Bearer new"])
        #expect(open.status == 200)
        let port = server.port
        await server.stop()
        #expect(await open.rest() == nil)
        await #expect(throws: (any Error).self) {
            _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
        }
        try await server.start()
        #expect(server.port == port)
        #expect(try await ask(server, ["authorization": "Bearer new"]).status == 200)
        await server.stop()
    }

    @Test(
        "makes each answer of a language model anew, piece by piece if it is told to, and counts those that came to their end"
    )
    func scripts() async throws {
        let server = LikenessServer(LanguageModel(content: FeedContent(), pieces: 3), isPaced: true)
        try await server.start()
        var headers = bearer
        headers.add(name: "content-type", value: "application/json")
        let body = #"{"model":"m","stream":true}"#
        let broken = try await ask(server, headers, at: "/v1/chat/completions", method: .POST, body: body)
        server.grow(by: 2)
        _ = try await broken.text(200)
        server.drop(.reset)
        #expect(await broken.rest() == nil)
        let whole = try await ask(server, headers, at: "/v1/chat/completions", method: .POST, body: body)
        server.grow(by: 20)
        let text = try #require(await whole.rest())
        #expect(text.hasSuffix("data: [DONE]\n\n") && text.matches(of: #/data: /#).count == 6)
        await server.wait { $0.completed == 1 }
        #expect(server.record.requests == 2 && server.record.opened == 2)
        await server.stop()
    }

    @Test("ends each stream after its lifetime, where it has one")
    func lifetime() async throws {
        let server = LikenessServer(FeedName.wikimedia.likeness(seed: 1), lifetime: 0.05)
        try await server.start()
        let reading = try await ask(server, ["user-agent": "a (a@b.c)"], at: "/v2/stream/recentchange")
        #expect(await reading.rest() == ":ok\n\n")
        await server.stop()
    }

    @Test("sends who asks it on to its other host, if it has one")
    func otherHost() async throws {
        let server = LikenessServer(FeedName.firebase.likeness(seed: 1))
        try await server.start()
        server.grow(by: 1)
        let reading = try await ask(server, ["accept": "text/event-stream"], at: "/orders.json?auth=demo")
        #expect(reading.status == 200)
        server.say(Firebase.revoked)
        server.drop(.clean)
        let text = try #require(await reading.rest())
        #expect(text.hasPrefix("event: put\n") && text.hasSuffix(Firebase.revoked))
        #expect(server.record.refused == [307])
        await server.stop()
    }

    @Test("listens at a Unix socket")
    func unix() async throws {
        let path = NSTemporaryDirectory() + "feed-\(UUID().uuidString.prefix(8))"
        let server = LikenessServer(FeedName.mercure.likeness(seed: 1), at: .unix(path: path))
        try await server.start()
        let target = "/.well-known/mercure?topic=*"
        var request = HTTPClientRequest(url: try #require(URL(httpURLWithSocketPath: path, uri: target)).absoluteString)
        request.headers = bearer
        let answer = try await HTTPClient.shared.execute(request, deadline: .now() + .seconds(60))
        #expect(answer.status == .ok)
        #expect(server.record.lastRequests.last?.target == target)
        await server.stop()
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// An answer as it comes.
private final class Reading {
    let status: UInt
    let headers: HTTPHeaders
    private var parts: HTTPClientResponse.Body.AsyncIterator
    private var received = ""

    init(_ answer: HTTPClientResponse) {
        status = answer.status.code
        headers = answer.headers
        parts = answer.body.makeAsyncIterator()
    }

    /// The next so many bytes.
    func text(_ bytes: Int) async throws -> String {
        while received.utf8.count < bytes, let part = try await parts.next() { received += String(buffer: part) }
        let text = String(received.prefix { _ in true }.utf8.prefix(bytes)) ?? ""
        received = String(received.utf8.dropFirst(bytes)) ?? ""
        return text
    }

    /// What is left to a clean end; nil: the end was none.
    func rest() async -> String? {
        do {
            while let part = try await parts.next() { received += String(buffer: part) }
            return received
        } catch {
            return nil
        }
    }
}
