import Foundation
import Testing

@testable import Systemd

@Suite("Message identifiers")
struct MessageIDTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// An entry of the catalog, with the name in the comment above it.
    private struct Entry: Equatable {
        var name: String
        var id: String
        var subject: String?
        var text: [String] = []
    }

    private func catalog() throws -> [Entry] {
        let url = Self.project.appending(path: "packaging/systemd/ptrd.catalog")
        var entries: [Entry] = []
        var name = ""
        var isInHeader = false
        for line in try String(contentsOf: url, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if let comment = line.firstMatch(of: /^# ([a-z-]+)$/) {
                name = String(comment.1)
            } else if let start = line.firstMatch(of: /^-- ([0-9a-f]{32})$/) {
                entries.append(Entry(name: name, id: String(start.1)))
                isInHeader = true
            } else if isInHeader {
                if line.hasPrefix("Subject: ") { entries[entries.count - 1].subject = String(line.dropFirst(9)) }
                if line.isEmpty { isInHeader = false }
            } else if !line.isEmpty, !line.hasPrefix("#") {
                entries[entries.count - 1].text.append(String(line))
            }
        }
        return entries
    }

    @Test("each has a text in the catalog under its name, and each text an identifier in the code")
    func catalogAgrees() throws {
        let entries = try catalog()
        #expect(entries.map { "\($0.name) \($0.id)" } == MessageID.allCases.map { "\($0.name) \($0.id)" })
        for entry in entries {
            #expect(entry.subject?.isEmpty == false, "\(entry.name) has no subject")
            #expect(!entry.text.isEmpty, "\(entry.name) has no text")
        }
    }

    @Test("each has a row in the operator's guide")
    func guideAgrees() throws {
        let guide = try String(contentsOf: Self.project.appending(path: "docs/operations.md"), encoding: .utf8)
        let names = guide.matches(of: /(?m)^\| ([a-z-]+(?:, [a-z-]+)*) \| (?:critical|error|warning|notice|info|debug)/)
            .flatMap { $0.output.1.split(separator: ", ").map(String.init) }
        #expect(names.sorted() == MessageID.allCases.map(\.name).sorted())
    }

    @Test("no two have the same name or identifier")
    func unique() {
        #expect(Set(MessageID.allCases.map(\.name)).count == MessageID.allCases.count)
        #expect(Set(MessageID.allCases.map(\.id)).count == MessageID.allCases.count)
    }

    /// The sources but the one that defines the identifiers.
    private func sources() throws -> [String] {
        let sources = Self.project.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" && $0.lastPathComponent != "MessageID.swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }

    @Test("every name that a log line gives is known")
    func namesInSources() throws {
        let names = Set(try sources().flatMap { $0.matches(of: /"message_id": "([^"]*)"/).map { String($0.1) } })
        #expect(names.contains("stream-down"))
        #expect(names.filter { MessageID(name: $0) == nil }.isEmpty)
    }

    @Test("each is given by some log line: as a name, or by the constant where the module is imported")
    func isUsed() throws {
        let sources = try sources()
        let constants = sources.filter { $0.contains("MessageID.") }.joined()
        for id in MessageID.allCases {
            let words = id.name.split(separator: "-")
            let constant = words[0] + words.dropFirst().map(\.capitalized).joined()
            let isNamed = sources.contains { $0.contains("\"\(id.name)\"") }
            let isUsed = try constants.contains(Regex("\\.\(constant)(?![A-Za-z])"))
            #expect(isNamed || isUsed, "no log line is of \(id.name)")
        }
    }

    @Test("is found by its name")
    func byName() {
        #expect(MessageID(name: "stream-down") == .streamDown)
        #expect(MessageID(name: "stream-sideways") == nil)
        #expect(MessageID.streamDown.metadata(["left": "1"]) == ["message_id": "stream-down", "left": "1"])
    }
}
