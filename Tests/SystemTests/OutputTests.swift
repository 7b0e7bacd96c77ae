import ControlAPI
import ControlClient
import Foundation
import Testing

@Suite("What a real ptrd prints to", .timeLimit(.minutes(2)))
struct OutputTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    private var printed: String { scene.folder.appending(path: "printed").path }

    /// A configuration whose `[handler.print]` is the given lines.
    private func configure(port: Int, _ print: String, _ more: String = "") throws -> String {
        let path = try scene.configure(port: port, print: "", more)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("format = \"{message.tweet.id_str}\"", with: print)
            .write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test(
        "is a journal that is not there: the start fails, and says what helps",
        .enabled(
            if: !FileManager.default.fileExists(atPath: "/run/systemd/journal/socket"), "needs a host without journald")
    )
    func noJournal() async throws {
        let daemon = try Program("ptrd", ["--config", try configure(port: 1, "to = \"journal\"")])
        #expect(await daemon.status == 1)
        let errors = await daemon.errors.toTheEnd
        let told = errors.filter { $0.contains("no journal: /run/systemd/journal/socket is missing") }
        #expect(told.count == 1 && told[0].contains("Or print to stdout or a file instead"), "\(errors)")
        #expect(!errors.contains { $0.contains("is ready") })
    }

    @Test(
        "is a file: a reload opens it anew and says so, or why it could not, also when it is refused; SIGUSR1 does, too"
    )
    func reopening() async throws {
        let (feed, port) = try await scene.feed("--rate", "500", "--kill-every", "0")
        let path = try configure(port: port, "to = \"\(printed)\"")
        let daemon = try await scene.daemon(path)
        func rotate(_ name: String) throws {
            try FileManager.default.moveItem(atPath: printed, toPath: "\(printed).\(name)")
        }
        func grows() async throws {
            while (try? FileManager.default.attributesOfItem(atPath: printed)[.size] as? Int ?? 0) ?? 0 == 0 {
                _ = try await scene.control.status()
            }
        }
        try await grows()
        try rotate("1")
        #expect(try await scene.control.answer(to: ReloadRequest()).output == "\(printed) was opened anew")
        try await grows()
        try rotate("2")
        daemon.signal(SIGUSR1)
        try await grows()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "\n[nosuch]\n").write(toFile: path, atomically: true, encoding: .utf8)
        try rotate("3")
        let refused = await #expect(throws: ControlClientError.self) {
            try await scene.control.answer(to: ReloadRequest())
        }
        #expect("\(try #require(refused))".contains("\(printed) was opened anew"))
        try await grows()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try rotate("4")
        try FileManager.default.createDirectory(atPath: printed, withIntermediateDirectories: false)
        let failed = try await scene.control.answer(to: ReloadRequest()).output
        #expect(failed?.hasPrefix("cannot open \(printed) to append: Is a directory") == true)
        #expect(failed?.hasSuffix("; the old file is written on") == true)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        await feed.end()
    }

    @Test("is never what the format asks for: a warning, a problem and a counter say so, and what there is instead")
    func wrongFormat() async throws {
        let (feed, port) = try await scene.feed("--rate", "500", "--kill-every", "0", "--count", "100")
        let daemon = try await scene.daemon(try configure(port: port, "format = \"{message.wiki}: {title}\""))
        let complaint =
            "none of the paths in handler.print.format ({message.wiki}, {title}) was found in the last 20 messages: "
        let line = await daemon.errors.first(containing: complaint)
        #expect(line?.hasSuffix("the keys of the last one are message") == true)
        var status = try await scene.control.status()
        while status.messages.processed < 100 { status = try await scene.control.status() }
        #expect(status.state == .degraded)
        let problem = try #require(status.problems?.first { $0.kind == .formatFindsNothing })
        #expect(problem.subject == "handler.print.format" && problem.text.hasPrefix(complaint))
        let metrics = try await Program(
            executable: URL(filePath: "/usr/bin/curl"),
            ["--silent", "--unix-socket", scene.socket, "http://ptrd/v1/metrics"]
        ).outcome
        #expect(metrics.lines.contains("ptrd_print_paths_missing_total 100"))
        #expect(daemon.errors.all.count { $0.contains(complaint) } == 1)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        await feed.end()
    }

    @Test("a metrics port that somebody has is named once, in words")
    func takenPort() async throws {
        let (feed, port) = try await scene.feed("--rate", "1")
        let daemon = try Program(
            "ptrd", ["--config", try scene.configure(port: port, "[metrics]\nlisten = \"127.0.0.1:\(port)\"")])
        #expect(await daemon.status == 1)
        let errors = await daemon.errors.toTheEnd
        #expect(errors.count { $0.contains("port \(port) of 127.0.0.1 is taken by another program") } == 1, "\(errors)")
        #expect(!errors.contains { $0.contains("bind(") })
        await feed.end()
    }

    @Test("what waits for the next start is named by each reload and in the status, until it is so again")
    func needsRestart() async throws {
        let path = try scene.configure(port: 1)
        let daemon = try await scene.daemon(path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "\n[metrics]\nlisten = \"127.0.0.1:1\"\n").write(toFile: path, atomically: true, encoding: .utf8)
        for _ in 0..<2 {
            #expect(try await scene.control.answer(to: ReloadRequest()).needsRestart.map(\.key) == ["metrics.listen"])
            #expect(try await scene.control.status().needsRestart == ["metrics.listen"])
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try await scene.control.answer(to: ReloadRequest()).needsRestart == [])
        #expect(try await scene.control.status().needsRestart == [])
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }

    @Test("lowered bounds of the dead letters take effect at a reload")
    func deadLetterBounds() async throws {
        let live = try await LiveDaemon()
        try await live.isAtWork()
        let path = live.configuration
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("[state]\n", with: "[state]\nmax_dead_letters = 1\n")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let changed = try await live.scene.control.answer(to: ReloadRequest()).changed
        #expect(changed.map(\.key) == ["state.max_dead_letters"])
        try await live.status { $0.storage?.storedDeadLetters == 1 && $0.storage?.evictedDeadLetters ?? 0 >= 2 }
        try await live.stop()
    }
}
