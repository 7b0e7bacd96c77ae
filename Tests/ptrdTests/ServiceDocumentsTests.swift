import ControlAPI
import Foundation
import Testing

@testable import ptrd

@Suite("What ptrd says to those who look for services")
struct ServiceDocumentsTests {
    private let documents = ServiceDocuments(node: "edge-1", id: "abc", started: "2026-01-31T09:30:00.123456Z")

    private func status(streams: Int) -> Status {
        Status(
            state: .running, problems: [], pid: 7, uptimeSeconds: 1,
            streams: (0..<streams).map {
                Status.Stream(name: "stream-\($0)", url: "http://x/", state: $0.isMultiple(of: 2) ? .open : .failed)
            },
            messages: Status.Messages(
                received: 5, inFlight: 1, processed: 2, killed: 1, deadLettered: 1, retried: 0,
                ratePerSecond: 1),
            workers: Status.Workers(total: 8, busy: 1, restarts: 0), directSupervisors: 1,
            scaling: Status.Scaling(mode: .auto, target: 1, min: 1, max: 1, reason: ""), latency: Status.Latency())
    }

    private func answer(_ part: Whole.Part, streams: Int, most: Int = 100_000) -> NodeAnswer {
        .own(node: "edge-1", id: "abc", status(streams: streams), workers: [], part: part, most: most)
    }

    @Test("is heard by everybody's, its name's and its own subjects, in the documents of NATS's services")
    func words() throws {
        #expect(documents.subjects.count == 9)
        #expect(Set(documents.subjects).isSuperset(of: ["$SRV.PING", "$SRV.INFO.ptrd", "$SRV.STATS.ptrd.abc"]))
        func object(_ document: ServiceDocuments.Document) throws -> [String: Any] {
            let data = Data(ServiceDocuments.encode(document))
            let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(object["name"] as? String == "ptrd" && object["id"] as? String == "abc")
            #expect((object["metadata"] as? [String: String])?["node"] == "edge-1" && object["version"] is String)
            return object
        }
        #expect(try object(documents.ping())["type"] as? String == "io.nats.micro.v1.ping_response")
        let info = try object(documents.info())
        #expect(info["type"] as? String == "io.nats.micro.v1.info_response" && info["description"] is String)
        let stats = try object(documents.stats(answer(.status, streams: 1), requests: 2, time: 30))
        #expect(stats["type"] as? String == "io.nats.micro.v1.stats_response" && stats["started"] is String)
        let endpoint = try #require((stats["endpoints"] as? [[String: Any]])?.first)
        #expect(endpoint["num_requests"] as? Int == 2 && endpoint["average_processing_time"] as? Int == 15)
        #expect(ServiceDocuments.Verb(subject: "$SRV.STATS.ptrd") == .stats)
        #expect(ServiceDocuments.Verb(subject: "$SRV") == nil && ServiceDocuments.Verb(subject: "x.PING") == nil)
    }

    @Test("is read again by another one; what makes no sense is not")
    func reading() throws {
        let said = answer(.status, streams: 3)
        let bytes = ServiceDocuments.encode(documents.stats(said, requests: 1, time: 1))
        #expect(ServiceDocuments.answer(ofStats: bytes) == said)
        #expect(ServiceDocuments.node(ofPing: ServiceDocuments.encode(documents.ping()))?.node == "edge-1")
        let text = String(decoding: bytes, as: UTF8.self)
        let hostile = [
            "", "null", "[]", "{}", String(repeating: "[", count: 100_000), String(text.dropLast()),
            text.replacing("stats_response", with: "ping_response"), text.replacing("\"ptrd\"", with: "\"other\""),
            text.replacing("\"id\":\"abc\"", with: "\"id\":\"a.b\""), text.replacing("edge-1", with: "edge\\u001b[2J"),
            text.replacing("\"received\":5", with: "\"received\":-5"),
            text.replacing("\"received\":5", with: "\"received\":5e99"),
            text.replacing("\"p99\":0", with: "\"p99\":1e999"),
        ]
        for text in hostile {
            #expect(ServiceDocuments.answer(ofStats: Array(text.utf8)) == nil, "\(text.prefix(300))")
        }
        #expect(ServiceDocuments.node(ofPing: bytes) == nil)
    }

    @Test("has the streams that are not well, all that are wanted, and no more than there is room for")
    func room() {
        #expect(answer(.status, streams: 10).status.streams.count == 5)
        #expect(answer(.streams, streams: 10).status.streams.count == 10)
        let cut = answer(.streams, streams: 1000, most: 20_000)
        #expect(
            cut.isCut && cut.streams == 1000 && cut.openStreams == 500 && (1..<1000).contains(cut.status.streams.count))
        #expect(ServiceDocuments.encode(documents.stats(cut, requests: 1, time: 1)).count < 21_000)
        // Also where there is room for nothing.
        #expect(answer(.streams, streams: 1000, most: 1).status.streams.isEmpty)
    }
}

@Suite("Who is known at the broker")
struct RosterTests {
    private let start = ContinuousClock.now

    @Test("is silent when he answered before, or holds a stream, and does not answer now")
    func silent() {
        var roster = Roster()
        roster.heard("a", id: "1", at: start)
        roster.heard("b", id: "2", at: start)
        let now = start + .seconds(90)
        let silent = roster.silent(beside: ["1": "a"], holders: ["a": ["x"], "b": ["z", "y"], "c": ["w"]], at: now)
        #expect(
            silent == [
                SilentNode(node: "b", lastHeardSeconds: 90, holds: ["y", "z"]), SilentNode(node: "c", holds: ["w"]),
            ])
        // With a new state directory it is the same to people.
        #expect(roster.silent(beside: ["1": "a", "3": "b"], holders: [:], at: now).isEmpty)
    }

    @Test("is forgotten after an hour, and beyond a number")
    func bounds() {
        var roster = Roster()
        for number in 0..<2000 { roster.heard("n\(number)", id: "\(number)", at: start + .milliseconds(number)) }
        #expect(roster.count == Roster.most)
        #expect(roster.silent(beside: [:], holders: [:], at: start + .seconds(10)).count == Roster.most)
        #expect(roster.silent(beside: [:], holders: [:], at: start + Roster.longest + .seconds(2)).isEmpty)
    }
}
