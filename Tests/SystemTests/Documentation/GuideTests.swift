import Foundation
import Testing

@Suite("The documents", .timeLimit(.minutes(5)))
struct GuideTests {
    @Test("lead somewhere: each link to a file or a heading of the project")
    func links() throws {
        for path in Document.guides {
            let document = try Document(path)
            let folder = (path as NSString).deletingLastPathComponent
            for link in document.text.matches(of: /\]\(([^)\s]+)\)/).map({ String($0.output.1) })
            where !link.contains("://") {
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let target = parts[0].isEmpty ? path : (folder.isEmpty ? parts[0] : "\(folder)/\(parts[0])")
                let file = Program.project.appending(path: target)
                #expect(FileManager.default.fileExists(atPath: file.path), "\(path): \(link)")
                guard parts.count == 2 else { continue }
                let anchors = try Document(target).text.matches(of: /(?m)^#+ (.*)$/).map { Self.anchor($0.output.1) }
                #expect(anchors.contains(parts[1]), "\(path): \(link)")
            }
        }
    }

    /// As GitHub makes it of a heading.
    private static func anchor(_ heading: Substring) -> String {
        heading.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.replacing(" ", with: "-")
    }

    @Test(
        "README.md, typed as it stands: three lines, a status, a worker in Python, a crash, a kill, a feed that is gone",
        .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
    func readme() async throws {
        let blocks = try Document("README.md").blocks.filter { $0.language == "sh" }.map { $0.lines }
            .filter { $0.first?.hasPrefix("apt-get") == false && $0.first?.hasPrefix("cd ") == false }
        // Where a person waits for so many seconds, the test waits for what they are for.
        let waits = [
            "sleep 1": "until_true ptrctl try -n 1 http://127.0.0.1:4000/tweets/1",
            // What ptrd itself says of the stream bears its name, too.
            "sleep 2":
                "until_true sh -c '[ $(journalctl -u ptrd -o cat -n 3 PTRD_STREAM=tweets-1 | grep -c ^[a-z]*_[a-z]*[0-9]*:) = 3 ]'",
            "sleep 4":
                "until_true sh -c '[ $(journalctl -u ptrd -o cat PTRD_WORKER=worker.1.1 | grep -c .) -ge 3 ]'",
            "sleep 3": "until_true sh -c 'ptrctl check | grep -q \"^OK - running, 1 of 1\"'",
            "sleep 12": "until_true sh -c '! ptrctl check'",
        ]
        var script =
            BootedSystem.installation + """
                mkdir -p /etc/ptrd/ptrd.d
                install -m 644 \(Program.project.path)/packaging/ptrd.toml /etc/ptrd/ptrd.toml
                set +e

                """
        var waited = 0
        for (index, block) in blocks.enumerated() {
            script += "echo '== \(index)'\n"
            for line in block {
                if line.hasPrefix("sleep ") { waited += 1 }
                script += (waits[line] ?? line) + "\n"
            }
            script += "echo \"status $?\"\n"
        }
        #expect(waited == waits.count && blocks.count == 6)
        let lines = try await BootedSystem.run(script)
        func section(_ index: Int) -> [String] { BootedSystem.section("\(index)", of: lines) }
        #expect(section(0).count { $0.contains(/^[a-z]+_[a-z]+\d+: \w/) } >= 3, "\(section(0))")
        #expect(section(0).contains { $0.contains("it works: 1 event from tweets-1") }, "\(section(0))")
        #expect(section(0).contains { $0.contains("tweets-1") && $0.contains("open") }, "\(section(0))")
        #expect(section(1).contains { $0.contains("all 3 messages are answered for") }, "\(section(1))")
        #expect(section(1).count { $0.contains(/^[a-z].* \w+/) } >= 3, "\(section(1))")
        #expect(section(1).contains { $0.contains(/^\s*worker\.1\.1\s/) }, "\(section(1))")
        #expect(section(2).last == "status 0")
        #expect(
            section(3).contains { $0.contains(/^worker\.\d+\.\d+: crashed → detected after .* → replaced after\s/) })
        #expect(section(4).contains { $0.hasPrefix("OK - running, 1 of 1 stream open") }, "\(section(4))")
        #expect(section(5).contains { $0.hasPrefix("DEGRADED - ") } && section(5).last == "status 1", "\(section(5))")
    }
}
