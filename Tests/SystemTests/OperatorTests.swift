import ControlAPI
import Foundation
import TestKit
import Testing

@Suite("What an operator does with the programs", .timeLimit(.minutes(2)))
struct OperatorTests {
    @Test("a wrong configuration is refused with file, line, key and the mend; the exit status is 78")
    func wrongConfiguration() async throws {
        let scene = try Scene()
        let path = try scene.configure(port: 1, "[scaling]\nmin = 5\nmax = 2\n[flwo]\nx = 1")
        for arguments in [["--config", path], ["--config", path, "--check-config"]] {
            let daemon = try Program("ptrd", arguments)
            #expect(await daemon.status == 78)
            let errors = await daemon.errors.toTheEnd.joined(separator: "\n")
            #expect(errors.contains("\(path):"))
            #expect(errors.contains("scaling.min") || errors.contains("scaling.max"))
            #expect(errors.contains("flwo"))
        }
    }

    @Test("a right configuration is said to be right")
    func rightConfiguration() async throws {
        let scene = try Scene()
        let daemon = try Program("ptrd", ["--config", try scene.configure(port: 1), "--check-config"])
        #expect(await daemon.status == 0)
        #expect(await daemon.output.toTheEnd.first?.contains("right") == true)
    }

    @Test("an upstream that is down withholds nothing: the daemon is ready, says so, and stops cleanly")
    func upstreamDown() async throws {
        let scene = try Scene()
        let daemon = try await scene.daemon(scene.configure(port: 1))
        let status = try await scene.control.status()
        #expect(status.streams.map(\.name) == ["tweets-1", "tweets-2"])
        #expect(status.workers.total == 8 && status.directSupervisors == 1)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(!FileManager.default.fileExists(atPath: scene.socket))
    }

    @Test("a daemon whose standard output is closed refuses to print there")
    func closedOutput() async throws {
        let scene = try Scene()
        let shell = try Program(
            executable: URL(filePath: "/bin/bash"),
            [
                "-c", "exec \"$0\" --config \"$1\" <&- >&-", Program.products.appending(path: "ptrd").path,
                try scene.configure(port: 1),
            ])
        #expect(await shell.status == 1)
        #expect(await shell.errors.first(containing: "standard output is closed") != nil)
    }

    @Test("a secret in a URL's query is not shown")
    func secret() async throws {
        let scene = try Scene()
        let path = try scene.configure(port: 1)
        let text = try String(contentsOfFile: path, encoding: .utf8)
            .replacing("/tweets/1\"", with: "/tweets/1?access_token=SECRET\"")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let check = try Program("ptrd", ["--config", path, "--check-config"])
        #expect(await check.output.toTheEnd.contains { $0.contains("tweets/1?access_token=") })
        let daemon = try await scene.daemon(path)
        let url = try await scene.control.status().streams.first?.url
        #expect(url?.hasSuffix("/tweets/1?access_token=…") == true)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        let said = await check.output.toTheEnd + check.errors.toTheEnd + daemon.errors.toTheEnd
        #expect(!said.contains { $0.contains("SECRET") })
    }

    @Test("a second daemon does not take the socket from the first")
    func secondDaemon() async throws {
        let scene = try Scene()
        let configuration = try scene.configure(port: 1)
        let first = try await scene.daemon(configuration)
        let second = try Program(
            "ptrd", ["--config", configuration, "--state-directory", scene.folder.appending(path: "other").path])
        #expect(await second.status == 1)
        #expect(await second.errors.first(containing: "listens on") != nil)
        #expect(try await scene.control.status().state == .running)
        first.signal(SIGTERM)
        #expect(await first.status == 0)
    }

    @Test("ptrctl shows the status, scales and crashes; its exit statuses are those of the contract")
    func ptrctl() async throws {
        let scene = try Scene()
        let absent = try Program("ptrctl", ["--socket", scene.socket, "status"])
        #expect(await absent.status == 3)
        let daemon = try await scene.daemon(scene.configure(port: 1))

        func run(_ arguments: String...) async throws -> (status: Int32, output: String, errors: String) {
            let program = try Program("ptrctl", ["--socket", scene.socket] + arguments)
            return (
                await program.status, await program.output.toTheEnd.joined(separator: "\n"),
                await program.errors.toTheEnd.joined(separator: "\n")
            )
        }
        let status = try await run("status")
        #expect(status.status == 0 && status.output.contains("tweets-1") && status.errors.isEmpty)
        let json = try await run("status", "--json")
        let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(document?["state"] as? String == "running")
        #expect(try await run("scale", "3").status == 0)
        while try await scene.control.status().workers.total != 24 { try await nextTurn() }
        #expect(try await run("scale", "1000").status == 6)
        #expect(try await run("scale", "auto").status == 0)
        let crash = try await run("crash", "worker", "worker.1.2")
        #expect(crash.status == 0 && crash.output.contains("worker.1.2"))
        #expect(try await run("crash", "worker", "worker.77.1").status == 6)
        #expect(try await run("no-such-verb").status == 2)
        #expect(try await scene.control.status().workers.restarts == 1)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }
}
