import Foundation
import Testing

@testable import Feeds

@Suite(
    "The configuration on the page of a feed, through reconnects, restarts and new secrets, to the byte",
    .timeLimit(.minutes(5)))
struct PublicFeedTests {
    private let old = "canary-OLD-5e4f"
    private let new = "canary-NEW-81c2"
    private static let content = FeedContent()

    @Test("is the one that is installed, and its secrets are those of the drop-in beside it")
    func installed() throws {
        let examples = Program.project.appending(path: "packaging/systemd/examples")
        let files = try FileManager.default.contentsOfDirectory(at: examples, includingPropertiesForKeys: nil)
            .filter { $0.lastPathComponent.hasPrefix("feed-") && $0.pathExtension == "toml" }
        var configurations = Set(try FeedPage.all.map(\.configuration))
        #expect(configurations.count == files.count && files.count >= 8)
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            let configuration = try #require(text.range(of: "\n\n")).upperBound
            #expect(configurations.remove(String(text[configuration...])) != nil, "\(file.lastPathComponent)")
            let named = Set(
                text.matches(of: /(?m)^[^#\n]*(?:_credential|credentials) = (.*)$/).flatMap {
                    $0.1.matches(of: /"([^"]*)"/).map { String($0.1) }
                })
            let dropIn = try? String(
                contentsOf: file.deletingPathExtension().appendingPathExtension("conf"), encoding: .utf8)
            let handed = (dropIn ?? "").matches(of: /(?m)^LoadCredential=([^:]*):\/etc\/credstore\/(.*)$/)
            #expect(
                Set(handed.map { String($0.1) }) == named && handed.allSatisfy { $0.1 == $0.2 },
                "\(file.lastPathComponent)")
        }
    }

    @Test("of Wikimedia says who it is, leaves canaries out, and goes on by ids that are JSON")
    func wikimedia() async throws {
        let server = LikenessServer(Wikimedia(content: Self.content))
        let run = try await FeedRun(server, page: "Wikimedia")
        func lines(_ numbers: Range<Int>) -> [String] {
            server.events(numbers).map(\.data).filter { !$0.contains(#""domain":"canary""#) }.map {
                "\(value("wiki", in: $0)) edit \(value("title", in: $0)) by \(value("user", in: $0)) "
                    + "(/mediawiki/recentchange/1.0.0)"
            }
        }
        server.grow(by: 3)
        try await run.start()
        await run.grow(by: 10, printing: lines(3..<13))
        // What happens meanwhile comes after.
        await server.stop()
        server.grow(by: 5)
        try await server.start()
        await run.expect(lines(13..<18))
        for ending in [LikenessServer.Ending.clean, .torn, .reset] { await run.reconnect(ending) }
        await run.grow(by: 7, printing: lines(18..<25))
        try await run.stop()
        server.grow(by: 6)
        try await run.start(printing: lines(25..<31))
        await run.grow(by: 4, printing: lines(31..<35))
        try await run.status { $0.streams[0].lastEventID.contains("eqiad.mediawiki.recentchange") }
        try await run.end()
        #expect(!server.record.refused.contains(403))
        #expect(server.record.lastRequests.last?.lastEventID != nil)
    }

    @Test("of Mastodon prints what was written, changed and deleted, by name; what came while it was away is missed")
    func mastodon() async throws {
        let server = LikenessServer(Mastodon(content: Self.content), secret: old)
        let run = try await FeedRun(server, page: "Mastodon", credentials: ["mastodon-token": old])
        func lines(_ numbers: Range<Int>) -> [String] {
            server.events(numbers).filter { $0.name != "notification" }.map { "\($0.name) \($0.data)" }
        }
        try await run.start()
        server.beat()
        await run.grow(by: 10, printing: lines(0..<10))
        await run.reconnect(.torn)
        await run.grow(by: 3, printing: lines(10..<13))
        await server.stop()
        server.grow(by: 2)
        let before = server.record.opened
        try await server.start()
        await server.wait { $0.opened > before }
        await run.grow(by: 5, printing: lines(15..<20))
        try await run.rotate(to: new, handing: "mastodon-token")
        await run.grow(by: 5, printing: lines(20..<25))
        try await run.stop()
        server.grow(by: 5)
        try await run.start()
        await run.grow(by: 5, printing: lines(30..<35))
        try await run.end()
    }

    @Test("of Mercure reads several topics, and goes on by id", arguments: [false, true])
    func mercure(byCookie: Bool) async throws {
        let server = LikenessServer(Mercure(content: Self.content), secret: old)
        let name = byCookie ? "mercure-cookie" : "mercure-token"
        func text(_ secret: String) -> String { byCookie ? "mercureAuthorization=\(secret)" : secret }
        let run = try await FeedRun(server, page: "Mercure", credentials: [name: text(old)]) { page, _ in
            // As the comment on the page says.
            byCookie
                ? page.replacing("#header_credentials", with: "header_credentials")
                    .replacing(/bearer_credential.*\n/, with: "") : page
        }
        try await through(run, server, Self.books) { try await run.rotate(to: new, handing: name, text(new)) }
    }

    @Test("of Mercure goes by way of a socket of this machine")
    func mercureAtSocket() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "hub-\(UUID().uuidString.prefix(8))").path
        let server = LikenessServer(Mercure(content: Self.content), at: .unix(path: path), secret: old)
        let run = try await FeedRun(
            server, page: "Mercure", url: "http+unix://\(path.replacing("/", with: "%2F"))",
            credentials: ["mercure-token": old])
        try await through(run, server, Self.books) { try await run.rotate(to: new, handing: "mercure-token") }
        try? FileManager.default.removeItem(atPath: path)
    }

    private static func books(_ server: LikenessServer, _ numbers: Range<Int>) -> [String] {
        server.events(numbers).map(\.data).map {
            "\(value("@id", in: $0)) \(value("availability", in: $0)) \(value("offers/price", in: $0))"
        }
    }

    /// What a stream with ids goes through: nothing is missed, and nothing comes twice.
    private func through(
        _ run: FeedRun, _ server: LikenessServer, _ lines: (LikenessServer, Range<Int>) -> [String],
        rotate: () async throws -> Void
    ) async throws {
        server.grow(by: 4)
        try await run.start()
        await run.grow(by: 6, printing: lines(server, 4..<10))
        await run.reconnect(.torn)
        await run.grow(by: 3, printing: lines(server, 10..<13))
        await server.stop()
        server.grow(by: 5)
        try await server.start()
        await run.expect(lines(server, 13..<18))
        try await rotate()
        await run.grow(by: 2, printing: lines(server, 18..<20))
        try await run.stop()
        server.grow(by: 6)
        try await run.start(printing: lines(server, 20..<26))
        await run.grow(by: 4, printing: lines(server, 26..<30))
        try await run.end()
    }

    @Test("of LaunchDarkly reads megabytes of flags with each connection, then those that change")
    func launchDarkly() async throws {
        let server = LikenessServer(LaunchDarkly(content: Self.content), secret: old)
        let run = try await FeedRun(server, page: "LaunchDarkly", credentials: ["launchdarkly-key": old])
        func lines(_ numbers: Range<Int>) -> [String] {
            server.events(numbers).map {
                "\($0.name) \(value("path", in: $0.data)) \($0.name == "patch" ? value("on", in: $0.data) : "-")"
            }
        }
        let put = ["put / -"]
        try await run.start(printing: put)
        await run.grow(by: 9, printing: lines(0..<9))
        await run.reconnect(.reset, printing: put)
        try await run.restartServer(printing: put)
        await run.grow(by: 5, printing: lines(9..<14))
        try await run.rotate(to: new, handing: "launchdarkly-key", printing: put)
        try await run.stop()
        server.grow(by: 5)
        try await run.start(printing: put)
        await run.grow(by: 3, printing: lines(19..<22))
        try await run.end()
    }

    @Test("of Firebase follows to the other host, tells events apart by name, and comes back with the new token")
    func firebase() async throws {
        let server = LikenessServer(Firebase(content: Self.content), secret: old)
        let run = try await FeedRun(server, page: "Firebase", credentials: ["firebase-token": old])
        func lines(_ numbers: Range<Int>) -> [String] { server.events(numbers).map { "\($0.name) \($0.data)" } }
        func put() -> [String] { ["put " + Firebase(content: Self.content).standing(server.count)] }
        try await run.start(printing: put())
        server.beat()
        await run.grow(by: 7, printing: lines(0..<7))
        await run.reconnect(.torn, printing: put())
        try await run.restartServer(printing: put())
        server.say(Firebase.cancelled)
        await run.expect(["cancel null"])
        server.say(Firebase.revoked)
        await run.expect([#"auth_revoked "credential is no longer valid""#])
        try await run.rotate(to: new, handing: "firebase-token", printing: put())
        await run.grow(by: 2, printing: lines(7..<9))
        try await run.stop()
        server.grow(by: 2)
        try await run.start(printing: put())
        await run.grow(by: 1, printing: lines(11..<12))
        try await run.end()
        #expect(server.record.refused.contains(307))
    }

    @Test(
        "of a language model asks once, prints the pieces, and ends; asks again after a break and a restart",
        arguments: [("OpenAI", "openai-key", 2), ("Anthropic", "anthropic-key", 0)])
    func languageModel(page: String, credential: String, others: Int) async throws {
        let model = LanguageModel(content: Self.content, pieces: 6)
        let server = LikenessServer(model, secret: old, isPaced: true)
        let run = try await FeedRun(server, page: page, credentials: [credential: old])
        let pieces = (0..<6).map { ($0 == 0 ? "" : " ") + Self.content.word($0) }
        // The first chunk has a role and no text, the last a reason.
        let isNamed = page == "Anthropic"
        let whole = isNamed ? pieces : [""] + pieces + [""]
        try await run.start()
        // Up to the third piece.
        await run.grow(by: isNamed ? 6 : 4, printing: Array(whole.prefix(isNamed ? 3 : 4)))
        await run.reconnect(.reset)
        await run.grow(by: 20, printing: whole)
        await server.wait { $0.completed == 1 }
        try await run.status { $0.streams[0].state.rawValue == "finished" }
        #expect(server.record.requests == 2)
        try await run.stop()
        try await run.start()
        await run.grow(by: 20, printing: whole)
        try await run.status { $0.streams[0].state.rawValue == "finished" }
        #expect(server.record.requests == 3)
        try await run.stop()
        // Who has the old key is refused once, and does not ask again.
        server.rotate(to: new)
        try await run.start(opens: false)
        try await run.status { $0.streams[0].state.rawValue == "failed" }
        #expect(server.record.requests == 4 && server.record.refused == [401])
        try await run.stop()
        try run.hand(new, as: credential)
        try await run.start()
        await run.grow(by: 20, printing: whole)
        try await run.end()
        #expect(server.record.requests == 5)
        let request = try #require(server.record.lastRequests.last)
        #expect(request.method == "POST" && request.body.contains(#""content": "Name a river.""#))
        #expect(request.headers["content-type"] == ["application/json"])
    }
}
