import Foundation
import PtrConfiguration
import Testing

@Suite("The configuration that is installed")
struct InstalledFileTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "packaging/ptrd.toml")

    private func text() throws -> String { try String(contentsOf: Self.file, encoding: .utf8) }

    @Test("lacks nothing but a stream")
    func asInstalled() throws {
        let text = try text()
        let error = #expect(throws: ConfigurationError.self) { try Configuration.parse(text, file: "ptrd.toml") }
        #expect(error?.problems.map(\.message) == ["no stream is configured"])
        let configuration = try Configuration.parse(text + "\n[stream.a]\nurl = \"http://h/\"\n", file: "ptrd.toml")
        var expected = Configuration(streams: [StreamConfiguration(name: "a", url: "http://h/")])
        expected.handler.print.to = .journal
        #expect(configuration == expected.withoutToys)
    }

    @Test("has nothing on by which a feed or an operator could end parts; what has no file has it as in 0.1.0")
    func toys() throws {
        let configuration = try Configuration.parse(
            try text() + "\n[stream.a]\nurl = \"http://h/\"\n", file: "ptrd.toml")
        #expect(configuration.workers.killMessage == nil)
        #expect(!configuration.control.faultInjection)
        #expect(Configuration().workers.killMessage == #"{"message": panic}"#)
        #expect(Configuration().control.faultInjection)
    }

    @Test("what is commented out is right, and the defaults that it shows are the defaults")
    func examples() throws {
        let uncommented = try text().replacing(/(?m)^#(?=\S)/, with: "")
        let configuration = try Configuration.parse(uncommented, file: "ptrd.toml")
        var stream = StreamConfiguration(name: "example", url: "https://example.com/events")
        stream.headers = ["Accept-Language": "en"]
        stream.bearerCredential = "example-token"
        stream.events = ["update", "delete"]
        (stream.end.data, stream.end.event) = ("[DONE]", "message_stop")
        stream.condition = configuration.streams.first?.condition
        var expected = Configuration(streams: [stream])
        expected.handler.print.to = .journal
        expected.handler.print.format = configuration.handler.print.format
        expected.handler.exec.command = ["/usr/bin/python3", "/srv/score.py"]
        expected.handler.exec.environment = ["MODEL": "a"]
        #expect(configuration == expected.withoutToys)
        #expect(configuration.handler.print.format != nil && stream.condition != nil)
    }
}

extension Configuration {
    /// What the installed file turns off, though it is on by default.
    fileprivate var withoutToys: Configuration {
        var result = self
        result.workers.killMessage = nil
        result.control.faultInjection = false
        return result
    }
}
