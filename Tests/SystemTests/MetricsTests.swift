import AsyncHTTPClient
import ControlAPI
import Foundation
import Locking
import NIOCore
import TestKit
import Testing

@Suite("Metrics of the daemon", .timeLimit(.minutes(2)))
struct MetricsTests {
    /// A port that nobody has at this moment.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            guard bind(descriptor, pointer, length) == 0, getsockname(descriptor, pointer, &length) == 0 else {
                throw SceneError.didNotStart(["no free port"])
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private func text(_ port: Int) async throws -> String {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/metrics")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return String(buffer: try await response.body.collect(upTo: 4 << 20))
    }

    @Test("what a working daemon measures is there, and promtool has nothing to say against it")
    func promtool() async throws {
        let scene = try Scene()
        let feed = try await scene.feed("--rate", "200")
        let port = try Self.freePort()
        let daemon = try await scene.daemon(
            scene.configure(port: feed.port, "[metrics]\nlisten = \"127.0.0.1:\(port)\""))
        while try await scene.control.status().messages.processed < 100 { try await nextTurn() }
        let text = try await text(port)
        #expect(text.contains("ptrd_build_info{version=") && text.contains("process_resident_memory_bytes "))
        #expect(text.contains(#"ptrd_messages_total{outcome="processed"}"#))
        let curl = try Program(
            executable: URL(filePath: "/usr/bin/curl"),
            ["--silent", "--show-error", "--unix-socket", scene.socket, "http://ptrd/v1/metrics"])
        let onSocket = await curl.output.toTheEnd.joined(separator: "\n") + "\n"
        #expect(onSocket.contains("ptrd_execution_seconds_bucket{le="))
        for text in [text, onSocket] {
            let file = scene.folder.appending(path: "metrics.txt").path
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let check = try Program(
                executable: URL(filePath: "/bin/sh"),
                [
                    "-c", "\"$0\" check metrics < \"$1\"", Program.project.appending(path: "scripts/promtool").path,
                    file,
                ])
            #expect(await check.status == 0)
            #expect(await check.output.toTheEnd + check.errors.toTheEnd == [])
        }
        // What crashes was started again for that cause.
        _ = try await scene.control.crash(CrashRequest(target: .flowManager))
        let after = try await self.text(port)
        #expect(after.contains(#"ptrd_restarts_by_cause_total{cause="injected"} 1"#), "\(after)")
        // All of them, in one series.
        #expect(after.contains(/\nptrd_restarts_total [1-9]/) && !after.contains("ptrd_restarts_total{"))
        #expect(after.contains(#"ptrd_crashes_total{cause="injected"} 1"#))
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        await feed.program.end()
    }

    @Test("the alert rules of the package fire when they should, and look at what a daemon measures")
    func alertRules() async throws {
        let rules = Program.project.appending(path: "packaging/prometheus/ptrd.rules.yml").path
        let promtool = Program.project.appending(path: "scripts/promtool")
        let check = try await Program(executable: promtool, ["check", "rules", rules]).outcome
        #expect(check.status == 0, "\(check)")
        let tests = try await Program(
            executable: promtool, ["test", "rules", rules.replacing(".rules.yml", with: ".rules.test.yml")]
        ).outcome
        #expect(tests.status == 0, "\(tests)")

        let scene = try Scene()
        let feed = try await scene.feed("--rate", "200")
        let daemon = try await scene.daemon(scene.configure(port: feed.port))
        while try await scene.control.status().messages.processed == 0 { try await nextTurn() }
        let curl = try Program(
            executable: URL(filePath: "/usr/bin/curl"),
            ["--silent", "--show-error", "--unix-socket", scene.socket, "http://ptrd/v1/metrics"])
        let measured = await curl.output.toTheEnd.filter { !$0.hasPrefix("#") }.joined(separator: "\n")
        let text = try String(contentsOfFile: rules, encoding: .utf8)
        let metrics = Set(text.matches(of: /\b(?:ptrd|process)_[a-z_]+(?=[{\[ ])/).map { String($0.output) })
        #expect(metrics.count >= 10)
        // Those of a broker a daemon without one does not have; they have to be what the guides call them.
        let guides = try Document("docs/operations.md").text + Document("docs/cluster.md").text
        for metric in metrics {
            if metric.hasPrefix("ptrd_source_") || metric.hasPrefix("ptrd_stream_lease_") {
                #expect(guides.contains("`\(metric)`"))
            } else {
                #expect(measured.contains(try Regex("(?m)^\(metric)[{ ]")), "\(metric)")
            }
        }
        // Each word that a rule looks for in a label is one that the daemon says.
        let words = text.matches(of: /(?:kind|outcome|reason|state|cause)=~?"([a-zA-Z_|]+)"/)
            .flatMap { $0.output.1.split(separator: "|") }
        #expect(words.count >= 9)
        for word in words { #expect(measured.contains("=\"\(word)\""), "\(word)") }
        // And each kind of problem that there is has an entry in the operator's guide, which the alerts point to.
        let guide = try Document("docs/operations.md").text
        let kinds = measured.matches(of: /ptrd_problems\{kind="([a-z_]+)"\}/).map(\.output.1)
        #expect(kinds.count >= 12)
        for kind in kinds { #expect(guide.contains("\n#### \(kind)\n"), "\(kind)") }
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        await feed.program.end()
    }

    @Test("a port that somebody has is an error of the start, and nothing is received")
    func busyPort() async throws {
        let scene = try Scene()
        let feed = try await scene.feed("--rate", "10")
        let daemon = try Program(
            "ptrd",
            [
                "--config",
                try scene.configure(port: feed.port, "[metrics]\nlisten = \"127.0.0.1:\(feed.port)\""),
            ])
        #expect(await daemon.status == 1)
        #expect(
            await daemon.errors.toTheEnd.contains {
                $0.contains("metrics cannot be served: port \(feed.port) of 127.0.0.1 is taken")
            })
        await feed.program.end()
    }
}
