import ControlAPI
import Foundation
import Testing

@testable import ptrctl

@Suite("ptrctl report", .timeLimit(.minutes(2)))
struct ReportTests {
    /// A folder of its own, which goes with the test.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString.prefix(8))")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }
        var archive: String { url.appending(path: "report.tar.gz").path }
    }

    private func tar(_ arguments: String...) async throws -> String {
        let outcome = try #require(await SystemCommand(words: ["tar"] + arguments).run())
        #expect(outcome.status == 0)
        return String(decoding: outcome.output, as: UTF8.self)
    }

    @Test("is an archive for its owner alone, with every document of the daemon as the daemon gives it")
    func archive() async throws {
        let folder = try Folder()
        let path = folder.archive
        try await withDaemon { socket in
            let outcome = await ptrctl(["report", "--output", path, "--socket", socket])
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(outcome.out.hasPrefix("\(path): ") && outcome.out.contains("look at it before you pass it on"))
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let names = try await tar("-tzf", path).split(separator: "\n").compactMap { $0.split(separator: "/").last }
            for name in [
                "status.json", "tree.json", "events.json", "crashes.json", "decisions.json", "configuration.json",
                "log-level.json", "unit.txt", "versions.txt", "kernel.txt", "os.txt",
            ] { #expect(names.contains { $0 == name }, "\(name)") }
            let status = await ptrctl(["status", "--json", "--socket", socket])
            #expect(try await tar("-xzOf", path, "--wildcards", "*/status.json") == status.out + "\n")
            // It never writes over anything.
            let again = await ptrctl(["report", "--output", path, "--socket", socket])
            #expect(again.status == 1 && again.err.contains("is there already"))
        }
    }

    @Test("is written also while ptrd is down, and names what is missing in itself and to who asks")
    func withoutDaemon() async throws {
        let folder = try Folder()
        let outcome = await ptrctl(["report", "-o", folder.archive, "--socket", "/nonexistent/ptrd.sock"])
        #expect(outcome.status == 0)
        #expect(outcome.err.contains("left out: status.json: ptrd is not running"))
        let missing = try await tar("-xzOf", folder.archive, "--wildcards", "*/missing.txt")
        #expect(missing.contains("status.json: ptrd is not running"))
        #expect(
            try await tar("-xzOf", folder.archive, "--wildcards", "*/versions.txt") == "ptrctl \(Version.current)\n")
    }

    @Test("that cannot be written says where and why, and leaves nothing")
    func unwritable() async throws {
        let outcome = await ptrctl(["report", "-o", "/nonexistent/report.tar.gz", "--socket", "/nonexistent/ptrd.sock"])
        #expect(outcome.status == 1)
        #expect(outcome.err.contains("/nonexistent/report.tar.gz: No such file or directory"))
    }

    @Test("is written to a file whose name has a colon, too, which is no other host")
    func colon() async throws {
        // Only in a relative path would it be one.
        let path = "ptr-\(UUID().uuidString.prefix(8)):report.tar.gz"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(await ReportArchive(bundle: SupportBundle(), name: "report").write(to: path) == nil)
        #expect(try await tar("-tzf", "./" + path) == "report/\n")
    }

    @Test("hides what a unit hands over by value, continued and commented-out lines included, and nothing else")
    func redaction() {
        let unit = """
            # /etc/systemd/system/ptrd.service.d/override.conf
            [Service]
            Environment=TOKEN=abc
            Environment = "A=b" \\
                "SECRET=def" \\
                "C=d"
            SetCredential=token:ghi
            LoadCredential=token:/etc/credstore/token
            Environment=
            Environment="A=b" \\
            # "OLD=jkl" is not in use any more
              ; "OLDER=mno" \\
                "SECRET=pqr"
            #Environment=TOKEN=stu
            # ; Environment="A=b" \\
            #     "SECRET=vwx"
            ; SetCredential=token:yz
            # Environment files are none of it
            ExecStart=/usr/bin/ptrd --config /etc/ptrd/ptrd.toml
            """
        #expect(
            SupportBundle.redacted(unit) == """
                # /etc/systemd/system/ptrd.service.d/override.conf
                [Service]
                Environment=(not shown)
                Environment =(not shown)
                SetCredential=(not shown)
                LoadCredential=token:/etc/credstore/token
                Environment=
                Environment=(not shown)
                #Environment=(not shown)
                # ; Environment=(not shown)
                ; SetCredential=(not shown)
                # Environment files are none of it
                ExecStart=/usr/bin/ptrd --config /etc/ptrd/ptrd.toml
                """)
        #expect(
            SupportBundle.redacted("Environment=A=b \\\r\n  C=d\r\nUser=ptrd\r\n")
                == "Environment=(not shown)\nUser=ptrd\r\n")
    }

    @Test("a command that does not end is ended, and one that is not there has a status of its own")
    func commands() async throws {
        let endless = try #require(
            await SystemCommand(words: ["sh", "-c", "echo said; exec sleep 600"], timeout: 1).run())
        #expect(endless.status == 124 && endless.output == Array("said\n".utf8))
        #expect(try #require(await SystemCommand(words: ["no-such-program"]).run()).status == 127)
    }
}
