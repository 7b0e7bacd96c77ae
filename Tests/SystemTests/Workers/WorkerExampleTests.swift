import Foundation
import GRDB
import Testing

private func isThere(_ program: String) -> Bool { FileManager.default.isExecutableFile(atPath: program) }

private let hasPython = isThere("/usr/bin/python3")

@Suite("An example of a worker, on a feed that kills it again and again", .serialized, .timeLimit(.minutes(5)))
struct WorkerExampleTests {
    private func expectAllDone(_ example: WorkerExample) {
        #expect(example.messages.processed == UInt64(WorkerExample.tweets) && example.messages.deadLettered == 0)
    }

    @Test("scores each tweet once by the feed's list of words (Python)", .enabled(if: hasPython, "needs python3"))
    func sentiment() async throws {
        let example = try await WorkerExample("sentiment")
        expectAllDone(example)
        let feelings = try await feelings()
        let expected = example.tweets.map { tweet in
            let words = tweet.text.lowercased().matches(of: /[a-z]+/).map { String($0.output) }
            let score = words.reduce(0) { $0 + (feelings[$1] ?? 0) }
            return "\(tweet.idStr) \(score < 0 ? "" : "+")\(score) \(tweet.text)"
        }
        #expect(example.logged.sorted() == expected.sorted())
        #expect(Set(expected.compactMap { $0.split(separator: " ").dropFirst().first }).count > 10)
    }

    /// The feed's list.
    private func feelings() async throws -> [String: Int] {
        let scene = try Scene()
        let feed = try await scene.feed()
        let lines = try await Program(
            executable: URL(filePath: "/usr/bin/curl"), ["-s", "http://127.0.0.1:\(feed.port)/emotion_values"]
        ).output.toTheEnd
        await feed.program.end()
        return Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let parts = line.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: "\t")
                return (String(parts[0]), Int(parts[1]) ?? 0)
            })
    }

    @Test(
        "writes down how much each tweet engages, and the tweet that it shares (Python)",
        .enabled(if: hasPython, "needs python3"))
    func engagement() async throws {
        let example = try await WorkerExample("engagement")
        expectAllDone(example)
        let expected = example.tweets.flatMap { [$0, $0.retweetedStatus].compactMap(\.self) }.map { tweet in
            let followers = tweet.user.followersCount
            let ratio = Double(tweet.favoriteCount + tweet.retweetCount) / Double(followers)
            return "\(tweet.idStr),\(tweet.user.screenName),"
                + (followers == 0 ? "" : String(format: "%.4f", ratio))
        }
        #expect(expected.count > example.tweets.count)
        #expect(try example.lines(of: "engagement.csv").sorted() == expected.sorted())
    }

    @Test("logs the tweets in one language (jq)", .enabled(if: isThere("/usr/bin/jq"), "needs jq"))
    func filter() async throws {
        let example = try await WorkerExample("jq")
        expectAllDone(example)
        let expected = example.tweets.filter { $0.lang == "und" }
            .map { "\($0.idStr) \($0.user.screenName): \($0.text)" }
        #expect((10..<example.tweets.count).contains(expected.count))
        #expect(example.logged.sorted() == expected.sorted())
    }

    @Test("keeps each event as it came (sh)")
    func shell() async throws {
        let example = try await WorkerExample("shell")
        expectAllDone(example)
        let files = try FileManager.default.contentsOfDirectory(atPath: example.folder.path)
            .filter { $0.hasSuffix(".jsonl") }
        let ids = try files.flatMap { try example.lines(of: $0) }.map { line in
            let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let message = (event["data"] as? [String: Any])?["message"] as? [String: Any]
            return (message?["tweet"] as? [String: Any])?["id_str"] as? String ?? line
        }
        #expect(ids.sorted() == example.tweets.map(\.idStr).sorted())
    }

    @Test(
        "writes down hashtags, with many tweets in hand (node)",
        .enabled(if: isThere("/usr/bin/node"), "needs node in /usr/bin"))
    func node() async throws {
        let example = try await WorkerExample("node")
        expectAllDone(example)
        let expected = example.tweets.flatMap { tweet in tweet.entities.hashtags.map { "\(tweet.idStr) \($0.text)" } }
        #expect(try example.lines(of: "hashtags.txt").sorted() == expected.sorted() && expected.count > 100)
    }

    @Test(
        "prints what matches, and answers elsewhere (perl)", .enabled(if: isThere("/usr/bin/perl"), "needs perl"))
    func perl() async throws {
        let example = try await WorkerExample("perl")
        expectAllDone(example)
        let expected = example.tweets.filter { $0.text.lowercased().contains(/\b(train|neighbour)\b/) }
            .map { "\($0.idStr) \($0.text)" }
        #expect((10..<example.tweets.count).contains(expected.count))
        #expect(example.logged.sorted() == expected.sorted())
    }

    @Test("makes a row of each event in SQLite (Python)", .enabled(if: hasPython, "needs python3"))
    func sqlite() async throws {
        let example = try await WorkerExample("sqlite")
        expectAllDone(example)
        let rows = try await DatabaseQueue(path: example.folder.appending(path: "tweets.sqlite").path).read {
            database in
            try Row.fetchAll(database, sql: "SELECT * FROM tweets").map {
                "\($0["author"] as String) \($0["language"] as String) \($0["text"] as String)"
            }
        }
        #expect(rows.sorted() == example.tweets.map { "\($0.user.screenName) \($0.lang) \($0.text)" }.sorted())
    }

    @Test(
        "makes a row of each event in Postgres (Python)", .enabled(if: getuid() == 0, "needs root, to be another user"),
        .enabled(if: PostgresServer.isAvailable, "needs postgresql and python3-psycopg"))
    func postgres() async throws {
        let server = try await PostgresServer()
        let example = try await WorkerExample(
            "postgres",
            changing: ["host=/run/postgresql dbname=ptrd": "host=\(server.folder.path) user=ptrd dbname=ptrd"])
        expectAllDone(example)
        let rows = try await server.query("SELECT author || ' ' || language || ' ' || text FROM tweets")
        #expect(rows.sorted() == example.tweets.map { "\($0.user.screenName) \($0.lang) \($0.text)" }.sorted())
        await server.stop()
    }

    @Test("refuses what is too long, which is a dead letter at once (Swift)")
    func swift() async throws {
        let example = try await WorkerExample("swift")
        let long = example.tweets.filter { $0.text.count > 140 }.count
        #expect((5..<example.tweets.count).contains(long))
        #expect(example.messages.deadLettered == UInt64(long))
        #expect(example.messages.processed == UInt64(WorkerExample.tweets - long))
        #expect(
            example.lines.count { $0.contains(/dead letter: .* given up after 1 attempts: \d+ characters/) } == long)
    }

    @Test(
        "has a README of ten lines and a configuration, which agree on where it lies",
        arguments: try WorkerExample.names)
    func documents(_ name: String) throws {
        let readme = try WorkerExample.text(name, "README.md")
        #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 11)
        let configuration = try WorkerExample.text(name, "ptrd.toml")
        let installed = try WorkerExample.commands(name).compactMap { command in
            command.firstMatch(of: /^install -D -m (?:644|755) -t (\/srv\/\S+) (\S+)$/).map { "\($0.1)/\($0.2)" }
        }
        #expect(installed.count == 1 && configuration.contains("\"\(installed.first ?? "-")\""), "\(installed)")
        // What it names of the package is there.
        for dropIn in readme.matches(of: /workers-\w+\.conf/).map({ String($0.output) }) {
            let file = Program.project.appending(path: "packaging/systemd/examples/\(dropIn)")
            #expect(FileManager.default.fileExists(atPath: file.path), "\(dropIn)")
        }
        #expect(try Document("docs/handlers.md").text.contains("Examples/exec/\(name)"))
    }
}
