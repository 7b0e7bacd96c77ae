import NIOHTTP1
import Testing

@testable import ptrfeed

@Suite("The flood")
struct FloodTests {
    @Test("sends --count events with ids that are all different, and the kill messages among them")
    func unique() async throws {
        try await withServer {
            $0.rate = nil
            $0.count = 4000
            $0.closesAtEnd = true
        } _: { client, _ in
            var ids: Set<TweetID> = []
            var kills = 0
            for path in ["/tweets/1", "/tweets/2"] {
                let events = try await client.request(path) { response in
                    #expect(!response.head.headers.contains(name: "transfer-encoding"))
                    #expect(!response.head.headers.contains(name: "content-length"))
                    #expect(response.head.headers["connection"] == ["close"])
                    return try await response.events(.max)
                }
                kills += events.count { $0.isKill }
                ids.formUnion(events.compactMap(\.tweetID))
            }
            #expect(kills == 80)
            #expect(ids.count == 3920)
        }
    }

    @Test("resumes by id")
    func resume() async throws {
        try await withServer {
            $0.rate = nil
            $0.hasIDs = true
        } _: { client, _ in
            let first = try await client.request("/tweets/1") { try await $0.events(700) }
            #expect(first.map(\.id) == Array(1...700))
            let second = try await client.request("/tweets/1", headers: ["last-event-id": "655"]) {
                try await $0.events(100)
            }
            #expect(second.map(\.id) == Array(656...755))
            #expect(second[0].tweetID == TweetID(stream: 1, position: 656))
        }
    }

    @Test("goes on for one client while another does not read")
    func stalledClient() async throws {
        try await withServer {
            $0.rate = nil
        } _: { client, _ in
            try await client.request("/tweets/1") { stalled in
                #expect(stalled.head.status == .ok)
                let events = try await client.request("/tweets/1") { try await $0.events(2000) }
                #expect(Set(events.map(\.raw)).count == 2000 - events.count { $0.isKill } + 1)
            }
        }
    }
}
