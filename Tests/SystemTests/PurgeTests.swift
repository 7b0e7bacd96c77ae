import Foundation
import Testing

@Suite("Purging the package")
struct PurgeTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    private func make(_ paths: String...) throws {
        for path in paths {
            let file = scene.folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("LoadCredential=token:/etc/credstore/example-token\n".utf8).write(to: file)
        }
    }

    private func purge(_ action: String = "purge") async throws -> Outcome {
        let script = Program.project.appending(path: "packaging/debian/postrm").path
        return try await Program(
            executable: URL(filePath: "/bin/sh"), [script, action], environment: ["DPKG_ROOT": scene.folder.path]
        ).outcome
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: scene.folder.appending(path: path).path)
    }

    @Test("takes state and logs away, and names what an administrator has made: it stays")
    func left() async throws {
        let made = [
            "etc/ptrd/ptrd.d/feed.toml", "etc/systemd/system/ptrd.service.d/override.conf",
            "etc/systemd/system/ptrd.socket.d/group.conf", "etc/credstore/example-token", "etc/logrotate.d/ptrd",
            "etc/systemd/journald@ptrd.conf", "var/log/journal/0123.ptrd/system.journal",
        ]
        for path in made + ["etc/credstore/another", "var/log/journal/0123/system.journal"] { try make(path) }
        try make("var/lib/ptrd/ptrd.sqlite", "var/log/ptrd/feed")
        let outcome = try await purge()
        #expect(outcome.status == 0 && outcome.err == "")
        #expect(outcome.lines.first == "ptrd: these are yours, and stay; remove them if they are of no more use:")
        let named = Set(outcome.lines.dropFirst().map { $0.trimmingCharacters(in: .whitespaces) })
        let root = scene.folder.path
        #expect(
            named == Set(made.map { "\(root)/\($0.replacing("/system.journal", with: ""))" }))
        #expect(made.allSatisfy(exists))
        #expect(!exists("var/lib/ptrd") && !exists("var/log/ptrd"))
    }

    @Test("says nothing where nothing is left, and removal alone touches nothing")
    func nothing() async throws {
        try make("var/lib/ptrd/ptrd.sqlite")
        var outcome = try await purge("remove")
        #expect(outcome.status == 0 && outcome.out == "" && exists("var/lib/ptrd/ptrd.sqlite"))
        outcome = try await purge()
        #expect(outcome.status == 0 && outcome.out == "" && outcome.err == "" && !exists("var/lib/ptrd"))
    }
}
