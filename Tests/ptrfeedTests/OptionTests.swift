import ArgumentParser
import Foundation
import Testing

@testable import ptrfeed

@Suite("The options of serve")
struct OptionTests {
    private func configuration(_ arguments: String...) throws -> FeedConfiguration {
        try Serve.parse(arguments).feedConfiguration()
    }

    @Test("by default serve the course feed")
    func defaults() throws {
        let configuration = try configuration()
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 4000)
        #expect(configuration.rate == RateRange(minimum: 100, maximum: 1000))
        #expect(configuration.period == 30)
        #expect(configuration.killEvery == 50)
        #expect(configuration.count == nil)
        #expect(!configuration.hasIDs && !configuration.closesAtEnd)
    }

    @Test("are read")
    func read() throws {
        let configuration = try configuration(
            "--listen", "[::1]:0", "--rate", "0.5..20", "--period", "500ms", "--kill-every", "0", "--count", "7",
            "--seed", "9", "--ids", "--end")
        #expect(configuration.host == "::1")
        #expect(configuration.port == 0)
        #expect(configuration.rate == RateRange(minimum: 0.5, maximum: 20))
        #expect(configuration.period == 0.5)
        #expect(configuration.killEvery == 0)
        #expect((configuration.limit(ofStream: 1), configuration.limit(ofStream: 2)) == (4, 3))
        #expect(configuration.seed == 9)
        #expect(configuration.hasIDs && configuration.closesAtEnd)
        #expect(try self.configuration("--flood").rate == nil)
        #expect(try self.configuration("--rate", "1000").rate == RateRange(minimum: 1000, maximum: 1000))
    }

    @Test("durations carry a unit", arguments: [("500ms", 0.5), ("30s", 30), ("5m", 300), ("2h", 7200)])
    func durations(text: String, seconds: Double) throws {
        #expect(try DurationOption.parse(text) == seconds)
        #expect(DurationOption.format(0.5) == "500ms")
        #expect(DurationOption.format(90) == "90s")
        #expect(DurationOption.format(300) == "5m")
    }

    @Test(
        "a wrong one is a usage error that names the option and the mend",
        arguments: [
            (["--rate", "0"], "--rate", "above 0"),
            (["--rate", "9..3"], "--rate", "write 3..9"),
            (["--rate", "fast"], "--rate", "MIN..MAX"),
            (["--rate", "1..2..3"], "--rate", "MIN..MAX"),
            (["--rate", "nan"], "--rate", "MIN..MAX"),
            (["--rate", "2000000"], "--rate", "--flood"),
            (["--period", "30"], "--period", "30s"),
            (["--period", "1ms"], "--period", "100ms"),
            (["--listen", "4000"], "--listen", "HOST:PORT"),
            (["--listen", "::1:4000"], "--listen", "brackets"),
            (["--listen", "localhost:99999"], "--listen", "HOST:PORT"),
            (["--count", "0"], "--count", "at least 1"),
            (["--kill-every=-1"], "--kill-every", "0 for no"),
            (["--flood", "--rate", "5"], "--flood", "leave out"),
            (["--file", "x", "--ids"], "--file", "leave out --ids"),
            (["--file", "x", "--kill-every", "50"], "--file", "leave out --kill-every"),
            (["--like", "gopher"], "--like", "mastodon"),
            (["--like", "mastodon", "--ids"], "--like", "leave out --ids"),
            (["--like", "llm", "--kill-every", "5"], "--like", "leave out --kill-every"),
            (["--lifetime", "5s"], "--lifetime", "--like"),
            (["--file", "/nonexistent/capture"], "--file", "No such file"),
            (["--file", "/"], "--file", "directory"),
            (["--file", "/dev/null"], "--file", "empty"),
        ])
    func wrong(arguments: [String], option: String, mend: String) throws {
        let error = try #require(throws: (any Error).self) { try Serve.parse(arguments).feedConfiguration() }
        let text = Serve.fullMessage(for: error)
        #expect(text.contains(option) && text.contains(mend), "\(text)")
        #expect(Serve.exitCode(for: error).rawValue == 64)
    }

    @Test("a file is read as a capture")
    func file() throws {
        let path = NSTemporaryDirectory() + "capture-\(UUID().uuidString)"
        try Data("data: a\n\ndata: b\n\n".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let configuration = try configuration("--file", path)
        #expect(configuration.capture?.count == 2)
        #expect(configuration.limit(ofStream: 2) == 2)
    }
}
