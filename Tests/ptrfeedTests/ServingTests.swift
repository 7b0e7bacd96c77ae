import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import ptrfeed

@Suite("The server")
struct ServingTests {
    @Test("sends exactly --count events, kill messages included, and closes with --end")
    func countAndEnd() async throws {
        try await withServer {
            $0.count = 1001
            $0.closesAtEnd = true
        } _: { client, _ in
            var kills = 0
            for (stream, limit) in [(1, 501), (2, 500)] {
                try await client.request("/tweets/\(stream)") { response in
                    #expect(response.head.status == .ok)
                    #expect(response.head.headers["content-type"] == ["text/event-stream"])
                    return try await response.events(.max)
                }.forEach { event in
                    if event.isKill { kills += 1 }
                }
                let again = try await client.body("/tweets/\(stream)")
                #expect(again.isEmpty, "after its \(limit) events stream \(stream) closes at once")
            }
            #expect(kills == 20)
        }
    }

    @Test("without --end holds the connection open, also one that comes after the end")
    func heldOpen() async throws {
        try await withServer {
            $0.count = 40
        } _: { client, log in
            try await client.request("/tweets/1") { response in
                let events = try await response.events(20)
                #expect(events.count == 20)
                #expect(await log.first(containing: "held open") != nil)
                try await client.request("/tweets/1") { late in
                    #expect(late.head.status == .ok)
                    #expect(await log.first(containing: "held open") != nil)
                    #expect(late.rest.readableBytes == 0)
                }
                #expect(response.rest.readableBytes == 0)
            }
        }
    }

    @Test("a client that comes back misses nothing that had not left the server")
    func reconnect() async throws {
        try await withServer {
            $0.count = 6000
            $0.killEvery = 0
            $0.closesAtEnd = true
        } _: { client, log in
            let first = try await client.request("/tweets/1") { try await $0.events(10) }
            #expect(first.compactMap { $0.tweetID?.position } == Array(1...10))
            let closed = try #require(await log.first(containing: "closed"))
            // "connection 1 closed: N events of …"
            let sent = try #require(Int(closed.split(separator: " ")[3]))
            let rest = try await client.request("/tweets/1") { try await $0.events(.max) }
            let positions = rest.compactMap { $0.tweetID?.position }
            #expect(positions.first == sent + 1)
            #expect(positions.last == 3000)
            #expect(positions.count == 3000 - sent)
        }
    }

    @Test("with ids a connection starts from the first event, or resumes after Last-Event-ID")
    func resume() async throws {
        try await withServer {
            $0.count = 200
            $0.hasIDs = true
            $0.closesAtEnd = true
        } _: { client, _ in
            let first = try await client.request("/tweets/2") { try await $0.events(30) }
            #expect(first.map(\.id) == Array(1...30))
            let rest = try await client.request("/tweets/2", headers: ["Last-Event-ID": "30"]) {
                try await $0.events(.max)
            }
            #expect(rest.map(\.id) == Array(31...100))
            let all = try await client.request("/tweets/2") { try await $0.events(.max) }
            #expect(all.map(\.id) == Array(1...100))
            for event in all where !event.isKill {
                #expect(event.tweetID == TweetID(stream: 2, position: try #require(event.id)))
            }
        }
    }

    @Test("a Last-Event-ID that is no position starts from the first event; one beyond the last waits at the end")
    func oddLastEventID() async throws {
        try await withServer {
            $0.count = 10
            $0.hasIDs = true
            $0.closesAtEnd = true
        } _: { client, log in
            for odd in ["abc", "-1", "1x", "٣"] {
                let events = try await client.request("/tweets/1", headers: ["Last-Event-ID": odd]) {
                    try await $0.events(.max)
                }
                #expect(events.map(\.id) == Array(1...5))
                #expect(await log.first(containing: "not a position") != nil)
            }
            for large in ["6", "99999999999999999999999"] {
                let body = try await client.body("/tweets/1", headers: ["Last-Event-ID": large])
                #expect(body.isEmpty)
                #expect(await log.first(containing: "beyond the last event") != nil)
            }
        }
    }

    @Test("a feed that is told to end sends nothing new, says how much there was, and still sends that again")
    func endedByHand() async throws {
        try await withServer {
            $0.hasIDs = true
            $0.closesAtEnd = true
        } _: { client, _, server in
            let last = try await client.request("/tweets/1") { response in
                _ = try await response.events(10)
                let counts = try await server.end()
                #expect(counts.count == 2 && counts[0] >= 10 && counts[1] == 0)
                #expect(try await response.events(.max).last?.id == counts[0])
                return counts[0]
            }
            let again = try await client.request("/tweets/1", headers: ["Last-Event-ID": "5"]) {
                try await $0.events(.max)
            }
            #expect(again.map(\.id) == Array(6...last))
            let none = try await client.body("/tweets/2")
            #expect(none.isEmpty)
        }
    }

    @Test("HTTP/1.1 gets chunks, HTTP/1.0 the bare stream, and both the same events")
    func framing() async throws {
        try await withServer {
            $0.count = 40
            $0.hasIDs = true
            $0.closesAtEnd = true
        } _: { client, _ in
            let chunked = try await client.request("/tweets/1") { response in
                #expect(response.head.headers["transfer-encoding"] == ["chunked"])
                return try await response.events(.max)
            }
            let bare = try await client.request("/tweets/1", version: .http1_0) { response in
                #expect(!response.head.headers.contains(name: "transfer-encoding"))
                return try await response.events(.max)
            }
            #expect(chunked.map(\.tweetID) == bare.map(\.tweetID))
            #expect(chunked.count == 20)
        }
    }

    @Test("a capture goes out byte for byte, once through, on both streams")
    func capture() async throws {
        let text =
            String(decoding: (0..<500).flatMap { "id: \($0)\r\ndata: é \($0)\r\n\r\n".utf8 }, as: UTF8.self) + ": end"
        try await withServer {
            $0.capture = Capture(.init(string: text))
            $0.closesAtEnd = true
        } _: { client, _ in
            for path in ["/tweets/1", "/tweets/2"] {
                let body = try await client.body(path)
                #expect(body == text)
            }
        }
    }

    @Test("a capture starts over where --count asks for more")
    func captureRepeats() async throws {
        try await withServer {
            $0.capture = Capture(.init(string: "data: a\n\ndata: b\n\n"))
            $0.count = 5
            $0.closesAtEnd = true
        } _: { client, _ in
            let body1 = try await client.body("/tweets/1")
            #expect(body1 == "data: a\n\ndata: b\n\ndata: a\n\n")
            let body2 = try await client.body("/tweets/2")
            #expect(body2 == "data: a\n\ndata: b\n\n")
        }
    }

    @Test("fifty clients at once get every event between them")
    func manyClients() async throws {
        try await withServer {
            $0.count = 4000
            $0.killEvery = 0
            $0.closesAtEnd = true
        } _: { client, _ in
            let ids = try await withThrowingTaskGroup(of: [TweetID].self) { group in
                for index in 0..<50 {
                    group.addTask {
                        try await client.request("/tweets/\(1 + index % 2)") { try await $0.events(.max) }.compactMap(
                            \.tweetID)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(ids.count == 4000)
            #expect(Set(ids).count == 4000)
        }
    }

    @Test("lists words with the strength of their feeling")
    func emotionValues() async throws {
        try await withServer { client, _ in
            let body = try await client.request("/emotion_values") { response in
                #expect(response.head.headers["content-type"].first?.hasPrefix("text/plain") == true)
                return try await response.all()
            }
            let lines = body.components(separatedBy: "\r\n")
            #expect(lines.last == "")
            for line in lines.dropLast() {
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
                #expect(fields.count == 2 && !fields[0].isEmpty)
                #expect(Int(fields[1]).map { (-5...5).contains($0) } == true)
            }
            #expect(lines.count > 100)
        }
    }

    @Test("helps in JSON, on / and for what it does not serve")
    func help() async throws {
        try await withServer { client, _ in
            let help = try await client.body("/")
            let object = try #require(try JSONSerialization.jsonObject(with: Data(help.utf8)) as? [String: Any])
            #expect((object["paths"] as? [String: String])?["/tweets/1"] != nil)
            try await client.request("/tweets/3") { response in
                #expect(response.head.status == .notFound)
                let text = try await response.all()
                #expect(text.contains("/tweets/1"))
            }
            try await client.request("/tweets/1", method: .POST) { response in
                #expect(response.head.status == .methodNotAllowed)
                #expect(response.head.headers["allow"] == ["GET, HEAD"])
                _ = try await response.all()
            }
        }
    }

    @Test("logs a connection's opening and how many events it got")
    func logs() async throws {
        try await withServer {
            $0.count = 10
            $0.closesAtEnd = true
        } _: { client, log in
            _ = try await client.body("/tweets/2")
            #expect(await log.first(containing: "opened")?.contains("GET /tweets/2 from 127.0.0.1:") == true)
            #expect(await log.first(containing: "closed") == "connection 1 closed: 5 events of /tweets/2 sent")
        }
    }

    @Test("a port in use is an error that names the mend")
    func portInUse() async throws {
        try await withServer { client, _ in
            var second = FeedConfiguration()
            second.port = client.port
            let error = await #expect(throws: FeedServerError.self) {
                _ = try await FeedServer.start(second, log: LogLines().log)
            }
            #expect(error?.description.contains("127.0.0.1:\(client.port)") == true)
            #expect(error?.description.contains("--listen") == true)
        }
    }
}
