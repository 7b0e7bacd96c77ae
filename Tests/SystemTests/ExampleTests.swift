import Foundation
import Glibc
import Testing

@Suite("The example for programs of one's own", .timeLimit(.minutes(3)))
struct ExampleTests {
    private static let folder = Program.project.appending(path: "Examples/HandlerDaemon")

    @Test("runs: each message of a feed is done once, its workers are replaced, and a signal ends it in good order")
    func runs() async throws {
        let scene = try Scene()
        // Every tenth is a kill message: 180 are to be done.
        let feed = try await scene.feed("--ids", "--rate", "1000", "--count", "400", "--kill-every", "10")
        let daemon = try Program(
            "HandlerDaemon",
            ["http://127.0.0.1:\(feed.port)/tweets/1", scene.folder.appending(path: "state").path])
        func done(_ lines: [String]) -> Int {
            lines.reduce(0) { sum, line in
                sum + (line.firstMatch(of: /\s(\d+) done, \d+ words/).flatMap { Int($0.1) } ?? 0)
            }
        }
        var lines = daemon.errors.all
        while done(lines) < 180, !daemon.hasEnded {
            await daemon.errors.count(lines.count + 1)
            lines = daemon.errors.all
        }
        #expect(done(lines) == 180, "\(lines)")
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(daemon.errors.all.contains { $0.contains("stops with 0 messages left") })
        await feed.program.end()
    }

    @Test("stands in the guide for Swift users as it is")
    func guide() throws {
        let guide = try Document("docs/library.md").text
        let example = try String(contentsOf: Self.folder.appending(path: "main.swift"), encoding: .utf8)
        #expect(guide.contains("```swift\n\(example)```"))
    }

    @Test("is a package of its own, which uses what this one has to offer, and nothing else of it")
    func package() throws {
        // Not by SwiftPM, which would wait for the one that runs the tests.
        let products = try Self.text("Package.swift").matches(of: /\.library\(name: "(\w+)"/).map {
            String($0.output.1)
        }
        let manifest = try Self.text("Examples/HandlerDaemon/Package.swift")
        let used = manifest.matches(of: /\.product\(name: "(\w+)", package: "ptr"\)/).map { String($0.output.1) }
        #expect(used.count >= 4 && Set(used).isSubset(of: products), "\(used) of \(products)")
        let named = manifest.matches(of: /\.product\(name: "(\w+)"/).map { String($0.output.1) }
        let imports = try Self.text("Examples/HandlerDaemon/main.swift").matches(of: /(?m)^import (\w+)$/)
            .map { String($0.output.1) }.filter { $0 != "Foundation" }
        #expect(Set(imports) == Set(named))
    }

    /// A file of the project.
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Program.project.appending(path: path), encoding: .utf8)
    }
}
