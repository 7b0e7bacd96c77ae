import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Feeds

@Suite("The likeness of a feed")
struct LikenessTests {
    private static let json = #"{"model": "m", "stream": true}"#
    private static let state = FeedState(count: 30, secret: "demo")

    private static func request(
        _ target: String, _ headers: HTTPHeaders = [:], method: HTTPMethod = .GET, body: String = "",
        otherPort: Int? = nil
    ) -> FeedRequest {
        FeedRequest(
            HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers),
            body: ByteBuffer(string: body), otherPort: otherPort)
    }

    /// The status of an answer; 200 for a stream.
    private static func status(_ name: FeedName, _ request: FeedRequest) -> UInt {
        guard case .text(let status, _, _) = name.likeness(seed: 1).answer(request, state) else { return 200 }
        return status.code
    }

    private static let requests: [(FeedName, String, HTTPHeaders, UInt)] = [
        (.wikimedia, "/v2/stream/recentchange", ["user-agent": "curl/8"], 403),
        (.wikimedia, "/v2/stream/recentchange", ["user-agent": "a/1 (a@b.c)"], 200),
        (.wikimedia, "/v2/stream/recentchange", ["user-agent": "a/1 (https://a)", "last-event-id": "7"], 400),
        (.wikimedia, "/v2/stream/none", ["user-agent": "a/1 (a@b.c)"], 404),
        (.mastodon, "/api/v1/streaming/user", [:], 401),
        (.mastodon, "/api/v1/streaming/user", ["authorization": "Bearer old"], 401),
        (.mastodon, "/api/v1/streaming/public", ["authorization": "Bearer demo"], 200),
        (.mercure, "/.well-known/mercure?topic=*", [:], 401),
        (.mercure, "/.well-known/mercure", ["authorization": "Bearer demo"], 400),
        (.mercure, "/.well-known/mercure?topic=*", ["authorization": "Bearer demo"], 200),
        (.mercure, "/.well-known/mercure?topic=*", ["cookie": "a=b; mercureAuthorization=demo"], 200),
        (.mercure, "/.well-known/mercure?topic=*", ["cookie": "mercureAuthorization=old"], 401),
        (.launchdarkly, "/all", ["authorization": "Bearer demo"], 401),
        (.launchdarkly, "/all", ["authorization": "demo"], 200),
        (.firebase, "/orders.json?auth=old", ["accept": "text/event-stream"], 401),
        (.firebase, "/orders.json?auth=d%65mo", ["accept": "text/event-stream"], 200),
    ]

    @Test("answers a request as that feed does", arguments: requests)
    func answers(name: FeedName, target: String, headers: HTTPHeaders, status: UInt) {
        #expect(Self.status(name, Self.request(target, headers)) == status)
    }

    private static let posts: [(HTTPMethod, String, HTTPHeaders, String, UInt)] = [
        (.GET, "/v1/chat/completions", [:], "", 405),
        (.POST, "/v1/chat/completions", [:], json, 401),
        (.POST, "/v1/chat/completions", ["authorization": "Bearer demo"], json, 415),
        (
            .POST, "/v1/chat/completions", ["authorization": "Bearer demo", "content-type": "application/json"],
            #"{"model":"m"}"#, 400
        ),
        (
            .POST, "/v1/chat/completions",
            ["authorization": "Bearer demo", "content-type": "application/json; charset=utf-8"], json, 200
        ),
        (.POST, "/v1/messages", ["x-api-key": "demo", "content-type": "application/json"], json, 400),
        (
            .POST, "/v1/messages",
            ["x-api-key": "demo", "content-type": "application/json", "anthropic-version": "2023-06-01"], json, 200
        ),
    ]

    @Test("of a language model takes a POST of what it asks for, and says what else it was", arguments: posts)
    func languageModel(method: HTTPMethod, target: String, headers: HTTPHeaders, body: String, status: UInt) {
        #expect(Self.status(.llm, Self.request(target, headers, method: method, body: body)) == status)
    }

    @Test("says the same for the same seed, as events whose data is JSON", arguments: FeedName.allCases)
    func content(name: FeedName) throws {
        let (likeness, other) = (name.likeness(seed: 1), name.likeness(seed: 2))
        let request = Self.request(likeness.paths[0])
        let text = likeness.events(0..<30, for: request)
        #expect(text == name.likeness(seed: 1).events(0..<30, for: request))
        #expect(name == .llm || text != other.events(0..<30, for: request))
        for line in text.split(separator: "\n") where line.hasPrefix("data: ") {
            #expect(throws: Never.self, "\(line)") {
                try JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8), options: .fragmentsAllowed)
            }
        }
    }

    /// Where the answer to a request begins, and with what.
    private static func start(_ name: FeedName, _ request: FeedRequest) -> (from: Int, opening: String, HTTPHeaders)? {
        guard case .events(let from, let opening, let headers) = name.likeness(seed: 1).answer(request, state) else {
            return nil
        }
        return (from, opening, headers)
    }

    private static func id(_ event: String?) -> String {
        event?.split(separator: "\n").first { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) } ?? ""
    }

    @Test("goes on after an id where the feed has ids, else with what is new")
    func resuming() throws {
        let agent = HTTPHeaders([("user-agent", "a (a@b.c)")])
        let wikimedia = FeedName.wikimedia.likeness(seed: 1)
        let change = Self.request(wikimedia.paths[0], agent)
        #expect(Self.start(.wikimedia, change)?.from == 30)
        var headers = agent
        headers.add(name: "Last-Event-ID", value: Self.id(wikimedia.event(7, for: change)))
        #expect(Self.start(.wikimedia, Self.request(wikimedia.paths[0], headers))?.from == 8)

        let mercure = FeedName.mercure.likeness(seed: 1)
        let bearer = HTTPHeaders([("authorization", "Bearer demo")])
        let books = Self.request(mercure.paths[0], bearer)
        #expect(Self.start(.mercure, books)?.from == 30)
        headers = bearer
        headers.add(name: "last-event-id", value: Self.id(mercure.event(7, for: books)))
        let known = try #require(Self.start(.mercure, Self.request(mercure.paths[0], headers)))
        #expect(known.from == 8 && known.2.first(name: "last-event-id") == headers.first(name: "last-event-id"))
        headers.replaceOrAdd(name: "last-event-id", value: "urn:uuid:0")
        let unknown = try #require(Self.start(.mercure, Self.request(mercure.paths[0], headers)))
        #expect(unknown.from == 0 && unknown.2.first(name: "last-event-id") == "earliest")
        // Of the third book nobody has asked.
        #expect(mercure.event(2, for: books) == nil && mercure.event(3, for: books) != nil)

        headers = bearer
        headers.add(name: "last-event-id", value: "7")
        #expect(Self.start(.mastodon, Self.request("/api/v1/streaming/user", headers))?.from == 30)
    }

    /// The JSON of the only event of a text.
    private static func data(_ text: String) throws -> [String: Any] {
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("data: ") })
        return try #require(JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8)) as? [String: Any])
    }

    @Test(
        "begins with how things stand, where the feed does: a tree that has each change before it, megabytes of flags")
    func standing() throws {
        let flags = LaunchDarkly(content: FeedContent(), flags: 10)
        let request = Self.request("/all", ["authorization": "demo"])
        var standing: [String: Int] = [:]
        for count in 0...45 {
            guard case .events(_, let opening, _) = flags.answer(request, FeedState(count: count, secret: "demo"))
            else {
                Issue.record("no stream")
                return
            }
            let data = try #require(try Self.data(opening)["data"] as? [String: Any])
            let found = try #require(data["flags"] as? [String: [String: Any]]).mapValues { $0["version"] as? Int ?? 0 }
            if count == 0 { standing = found }
            #expect(found == standing, "after \(count) events")
            // What follows changes it.
            let event = try #require(flags.event(count, for: request))
            let change = try Self.data(event)
            let key = try #require((change["path"] as? String)?.split(separator: "/").last.map(String.init))
            standing[key] = (change["data"] as? [String: Any])?["version"] as? Int
        }
        #expect(try #require(Self.start(.launchdarkly, request)).opening.utf8.count > 2 << 20)

        let orders = Self.request("/orders.json?auth=demo", ["accept": "text/event-stream"])
        let whole = try #require(Self.start(.firebase, orders)).opening
        let tree = try #require(try Self.data(whole)["data"] as? [String: Any])
        #expect(tree.count == 10)
        #expect((tree["o9"] as? [String: Any])?["status"] as? String == "sent")
        let redirected = FeedName.firebase.likeness(seed: 1).answer(
            Self.request("/orders.json?auth=demo", ["host": "127.0.0.1:1"], otherPort: 2), Self.state)
        guard case .text(.temporaryRedirect, _, let headers) = redirected else {
            Issue.record("no redirect")
            return
        }
        #expect(headers.first(name: "location") == "http://localhost:2/orders.json?auth=demo")
    }
}
