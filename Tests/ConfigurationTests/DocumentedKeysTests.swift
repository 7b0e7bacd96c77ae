import Foundation
import Testing

@testable import PtrConfiguration

@Suite("What the documents say of the configuration")
struct DocumentedKeysTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let documents = [
        "README.md", "CONTRIBUTING.md", "docs/feeds.md", "docs/handlers.md", "docs/operations.md",
        "docs/architecture.md",
        "docs/control-api.md",
        "docs/performance.md", "docs/simulation.md", "docs/library.md", "packaging/man/ptrctl.1",
        "packaging/man/ptrd.8",
        "packaging/man/ptrd.toml.5", "packaging/systemd/ptrd.catalog",
    ]

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: project.appending(path: path), encoding: .utf8)
    }

    /// Blocks of TOML: fenced ones, what a shell is told to write, and the manual's example.
    private static func examples(_ text: String) -> [String] {
        let fenced = text.matches(of: /(?s)```toml\n(.*?)```/).map { String($0.output.1) }
        let written = text.matches(of: /(?s)<<'TOML'\n(.*?)\n *TOML\n/).map { String($0.output.1) }
        let manual = text.matches(of: /(?s)\.EX\n(\[.*?)\.EE/).map {
            String($0.output.1).replacing("\\-", with: "-")
        }
        return fenced + written + manual
    }

    @Test("their examples are right, as they stand")
    func examples() throws {
        var count = 0
        for path in Self.documents {
            for example in Self.examples(try Self.text(path)) {
                let stream = example.contains("[stream.") ? "" : "\n[stream.example]\nurl = \"https://example.com/\"\n"
                #expect(throws: Never.self, "\(path): \(example)") {
                    try Configuration.parse(example + stream, file: path)
                }
                count += 1
            }
        }
        #expect(count >= 4)
    }

    @Test("each key that they name is one")
    func keys() throws {
        let known = Set(Options.all.map(\.key.description))
        // Also the tables that hold some, and each without its section: `reconnect.max` of a stream.
        let tables = known.flatMap { key in
            let parts = key.split(separator: ".")
            return (1...parts.count).map { parts.prefix($0).joined(separator: ".") }
        }
        let sections = Set(known.compactMap { $0.split(separator: ".").first.map(String.init) })
        var found = 0
        for path in Self.documents {
            let text = try Self.text(path).replacing("\\-", with: "-").replacing("\\fB", with: "`").replacing(
                "\\fR", with: "`")
            let dotted = text.matches(of: /[`\s](([a-z_]+)(?:\.[a-z_][a-z_0-9-]*)+)\b(?![\/.(-])/).map { $0.output }
                .filter { sections.contains(String($0.2)) }.map { String($0.1) }
            let bracketed = text.matches(of: /\[([a-z_]+)\] ([a-z]+_[a-z_]+)/).map { "\($0.output.1).\($0.output.2)" }
            for key in dotted + bracketed where !Self.others.contains(key) {
                let parts = key.split(separator: ".")
                let general =
                    ["stream", "source"].contains(parts[0]) && parts.count > 2
                    ? ([parts[0], "*"] + parts.dropFirst(2)).joined(separator: ".") : key
                #expect(tables.contains(general), "\(path): \(key)")
                found += 1
            }
        }
        #expect(found > 30)
    }

    /// What looks like a key and is none: an example of a wrong one, a part of the tree, a name of a file.
    private static let others: Set<String> = [
        "flow.max_in_flihgt", "stream.orders.idle_timout", "stream.tweets-1", "stream.tweets-2", "stream.example",
        "stream.name",
    ]
}
