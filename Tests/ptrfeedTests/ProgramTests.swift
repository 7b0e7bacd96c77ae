import Feeds
import Foundation
import Testing

/// The built program, as a process.
@Suite("The program", .enabled(if: FileManager.default.isExecutableFile(atPath: Program.path)))
struct ProgramTests {
    @Test("says what it serves and where, and ends cleanly at a signal", arguments: [SIGTERM, SIGINT])
    func signal(number: CInt) async throws {
        let program = try Program("serve", "--listen", "127.0.0.1:0", "--rate", "500..600", "--seed", "4")
        let line = try #require(await program.firstLine())
        #expect(line.hasPrefix("ptrfeed: serving http://127.0.0.1:"))
        #expect(
            line.contains("500..600 events/s") && line.contains("30s") && line.contains("every 50")
                && line.contains("seed 4"))
        program.send(SIGUSR1)
        #expect(await program.firstLine() == "ptrfeed: no more events: /tweets/1 had 0, /tweets/2 had 0")
        program.send(number)
        #expect(await program.exitStatus() == 0)
    }

    @Test("is like a public feed, and says what that asks for", arguments: FeedName.allCases)
    func like(name: FeedName) async throws {
        let program = try Program("serve", "--like", name.rawValue, "--listen", "127.0.0.1:0")
        let line = try #require(await program.firstLine())
        #expect(line.hasPrefix("ptrfeed: serving http://127.0.0.1:"))
        #expect(line.contains(" like \(name.rawValue): 10 events/s, seed 1. It asks for "))
        program.send(SIGTERM)
        #expect(await program.exitStatus() == 0)
    }

    @Test("lets things happen at its rate when it is like a feed, as many as it is told to")
    func likeCount() async throws {
        let program = try Program(
            "serve", "--like", "wikimedia", "--listen", "127.0.0.1:0", "--rate", "100000", "--count", "50", "--seed",
            "2")
        let line = try #require(await program.firstLine())
        let port = try #require(line.firstMatch(of: /127\.0\.0\.1:(\d+)/).flatMap { Int($0.1) })
        // That of the first event.
        let id =
            #"[{"topic":"codfw.mediawiki.recentchange","partition":0,"offset":-1},"#
            + #"{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":1795824000001}]"#
        let last = try await FeedClient(port: port).request(
            "/v2/stream/recentchange", headers: ["user-agent": "a (a@b.c)", "last-event-id": id]
        ) { response in try await response.events(49).last?.data }
        #expect(last?.contains(#""offset":5000000049"#) == true)
        program.send(SIGTERM)
        #expect(await program.exitStatus() == 0)
    }

    @Test("ends with 64 on a usage error, with 1 on a port in use")
    func failures() async throws {
        let usage = try Program("serve", "--rate", "0")
        #expect(await usage.exitStatus() == 64)
        let first = try Program("serve", "--listen", "127.0.0.1:0")
        let line = try #require(await first.firstLine())
        let port = try #require(line.firstMatch(of: /127\.0\.0\.1:(\d+)/)).1
        let second = try Program("serve", "--listen", "127.0.0.1:\(port)")
        #expect(await second.firstLine()?.contains("another program has the port") == true)
        #expect(await second.exitStatus() == 1)
        first.send(SIGTERM)
        #expect(await first.exitStatus() == 0)
    }
}

/// A run of the program whose standard error can be read.
private final class Program {
    private let process = Process()
    private let pieces: AsyncStream<String>
    private let ends: AsyncStream<CInt>

    /// Beside the program that runs the tests.
    static let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "ptrfeed").path()

    init(_ arguments: String...) throws {
        let errors = Pipe()
        process.executableURL = URL(filePath: Self.path)
        process.arguments = arguments
        process.standardError = errors
        let (pieces, pieceContinuation) = AsyncStream.makeStream(of: String.self)
        let (ends, endContinuation) = AsyncStream.makeStream(of: CInt.self)
        self.pieces = pieces
        self.ends = ends
        errors.fileHandleForReading.readabilityHandler = { file in
            let data = file.availableData
            if data.isEmpty {
                file.readabilityHandler = nil
                pieceContinuation.finish()
            } else {
                pieceContinuation.yield(String(decoding: data, as: UTF8.self))
            }
        }
        process.terminationHandler = { endContinuation.yield($0.terminationStatus) }
        try process.run()
    }

    /// The first line of standard error, however many writes it took; nil when it ends without one.
    func firstLine() async -> String? {
        var text = ""
        for await piece in pieces {
            text += piece
            if let end = text.firstIndex(of: "\n") { return String(text[..<end]) }
        }
        return nil
    }

    func send(_ signal: CInt) {
        kill(process.processIdentifier, signal)
    }

    func exitStatus() async -> CInt? {
        for await status in ends { return status }
        return nil
    }
}
