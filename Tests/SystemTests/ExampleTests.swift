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

    @Test("is a package of its own, which uses what this one has to offer")
    func package() async throws {
        let products = try await Self.dump(Program.project).products.map(\.name)
        let target = try #require(try await Self.dump(Self.folder).targets.first)
        let used = target.dependencies.compactMap(\.product).filter { $0[1] == "ptr" }.compactMap(\.self[0])
        #expect(used.count >= 4 && Set(used).isSubset(of: products))
        // What this package builds of it is the same.
        let main = try String(contentsOf: Self.folder.appending(path: "main.swift"), encoding: .utf8)
        let imports = main.matches(of: /(?m)^import (\w+)$/).map { String($0.output.1) }.filter { $0 != "Foundation" }
        #expect(Set(imports) == Set(target.dependencies.compactMap { $0.product?[0] }))
    }

    /// What `swift package dump-package` says.
    private struct Dump: Decodable {
        struct Product: Decodable { var name: String }
        struct Target: Decodable { var dependencies: [Dependency] }
        struct Dependency: Decodable {
            /// Its name, and the package that it is of.
            var product: [String?]?

            init(from decoder: any Decoder) throws {
                enum Keys: String, CodingKey { case product }
                let container = try decoder.container(keyedBy: Keys.self)
                guard container.contains(.product) else { return }
                var list = try container.nestedUnkeyedContainer(forKey: .product)
                product = [try list.decode(String?.self), try list.decode(String?.self)]
            }
        }
        var products: [Product]
        var targets: [Target]
    }

    private static func dump(_ package: URL) async throws -> Dump {
        let swift = URL(filePath: "/usr/bin/env")
        let outcome = try await Program(
            executable: swift, ["swift", "package", "--package-path", package.path, "dump-package"]
        ).outcome
        #expect(outcome.status == 0, "\(outcome)")
        return try JSONDecoder().decode(Dump.self, from: Data(outcome.out.utf8))
    }
}
