import ControlAPI
import ControlClient
import Foundation
import Testing

@Suite("Reloading a real ptrd", .timeLimit(.minutes(2)))
struct ReloadTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    private func rewrite(_ path: String, _ change: (String) -> String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try change(text).write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func status(where isSo: (Status) -> Bool) async throws -> Status {
        while true {
            let status = try await scene.control.status()
            if isSo(status) { return status }
        }
    }

    @Test("SIGHUP adds and removes streams under load, and nothing is printed twice or left out")
    func streams() async throws {
        let (feed, port) = try await scene.feed("--rate", "2000", "--kill-every", "0", "--ids", "--count", "4000")
        let path = try scene.configure(port: port)
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        let second = try #require(whole.range(of: "[stream.tweets-2]"))
        let end = try #require(whole.range(of: "[handler.print]"))
        try rewrite(path) { $0.replacingCharacters(in: second.lowerBound..<end.lowerBound, with: "") }
        let daemon = try await scene.daemon(path)
        _ = try await status { $0.messages.processed > 100 }
        try whole.write(toFile: path, atomically: true, encoding: .utf8)
        daemon.signal(SIGHUP)
        var now = try await status { $0.streams.count == 2 && $0.streams[1].events > 100 }
        #expect(now.streams.map(\.name) == ["tweets-1", "tweets-2"])
        // Away with it, in the middle, and back again: it goes on where it was.
        try rewrite(path) { $0.replacingCharacters(in: second.lowerBound..<end.lowerBound, with: "") }
        daemon.signal(SIGHUP)
        now = try await status { $0.streams.count == 1 }
        try whole.write(toFile: path, atomically: true, encoding: .utf8)
        daemon.signal(SIGHUP)
        now = try await status { $0.messages.processed >= 4000 }
        #expect(now.streams.map(\.name) == ["tweets-1", "tweets-2"])
        #expect(now.messages.received == 4000)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        let printed = await daemon.output.toTheEnd
        #expect(printed.count == 4000)
        await feed.end()
    }

    @Test("another format holds from then on, for all streams or for one; no line is of none of them")
    func formats() async throws {
        let (feed, port) = try await scene.feed("--rate", "500", "--kill-every", "0", "--ids")
        let path = try scene.configure(port: port)
        let daemon = try await scene.daemon(path)
        _ = try await status { $0.messages.processed > 10 }
        try rewrite(path) { text in
            text.replacing("format = \"{", with: "format = \"all {")
                .replacing("[stream.tweets-2]\n", with: "[stream.tweets-2]\nformat = \"ndjson\"\n")
        }
        let answer = try await scene.control.answer(to: ReloadRequest())
        #expect(answer.changed.map(\.key) == ["stream.tweets-2.format", "handler.print.format"])
        #expect(answer.needsRestart.isEmpty)
        #expect(await daemon.output.first(containing: "all 15001") != nil)
        let line = await daemon.output.first(containing: #"{"stream":"tweets-2","event":"message","id":""#)
        #expect(line?.contains(#""data":{"message""#) == true && line?.hasSuffix("}}") == true)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        for line in await daemon.output.toTheEnd {
            #expect(
                ["15001", "15002", "all 15001", #"{"stream":"tweets-2""#].contains { line.hasPrefix($0) }, "\(line)")
        }
        await feed.end()
    }

    @Test("a file that is wrong changes nothing, and the log says where it is wrong")
    func wrongFile() async throws {
        let path = try scene.configure(port: 1)
        let daemon = try await scene.daemon(path)
        try rewrite(path) { $0 + "\n[scaling]\nmin = 5\nmaxx = 2" }
        daemon.signal(SIGHUP)
        #expect(await daemon.errors.first(containing: "\(path):") != nil)
        #expect(daemon.errors.all.contains { $0.contains("nothing is changed") })
        #expect(await daemon.errors.first(containing: "scaling.maxx: unknown key; did you mean \"max\"?") != nil)
        #expect(try await scene.control.status().scaling.min == 1)
        try rewrite(path) { $0.replacing("maxx", with: "max").replacing("max = 2", with: "max = 9") }
        daemon.signal(SIGHUP)
        let now = try await status { $0.directSupervisors == 5 }
        #expect(now.scaling.min == 5 && now.scaling.max == 9)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }

    @Test("no text ends the daemon: a header that begins with no key character is refused with its place")
    func brokenHeaders() async throws {
        let path = try scene.configure(port: 1)
        let good = try String(contentsOfFile: path, encoding: .utf8)
        let line = good.count { $0 == "\n" } + 1
        let daemon = try await scene.daemon(path)
        for header in ["[$X]", "[=x]", "[.x]", "[[[x", "[{{x}}]", "[é]", "x = 2020-01-01 1"] {
            try rewrite(path) { _ in good + header + "\n" }
            let error = await #expect(throws: ControlClientError.self) {
                try await scene.control.answer(to: ReloadRequest())
            }
            #expect("\(try #require(error))".contains("\(path):\(line):"), "\(header)")
            let check = try Program("ptrd", ["--config", path, "--check-config"])
            #expect(await check.status == 78, "\(header)")
        }
        try rewrite(path) { _ in good }
        _ = try await scene.control.answer(to: ReloadRequest())
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }

    @Test("what takes effect at the next start is named, the log level at once")
    func nextStart() async throws {
        let path = try scene.configure(port: 1)
        let daemon = try await scene.daemon(path)
        try rewrite(path) { $0.replacing("\(scene.folder.path)/state", with: "\(scene.folder.path)/other") }
        daemon.signal(SIGHUP)
        let named = await daemon.errors.first(containing: "state.directory takes effect at the next start")
        #expect(named?.contains("/state\" → \"") == true)
        try rewrite(path) { $0 + "\n[log]\nlevel = \"error\"" }
        // Its answer, unlike the line in the log, comes when the new level is in force.
        _ = try await scene.control.answer(to: ReloadRequest())
        #expect(await daemon.errors.first(containing: "log.level \"info\" → \"error\"") != nil)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(!(await daemon.errors.toTheEnd).contains { $0.contains("stopping on") })
    }

    @Test("systemd is told when a reload begins and when it is over, also of one that was refused")
    func notifications() async throws {
        let listener = try NotifyListener(scene.folder.appending(path: "notify").path)
        let path = try scene.configure(port: 1)
        let daemon = try Program("ptrd", ["--config", path], environment: ["NOTIFY_SOCKET": listener.path])
        #expect(await daemon.errors.first(containing: "is ready") != nil)
        #expect(await listener.next { $0.contains("READY=1") } != nil)
        for isWrong in [false, true] {
            if isWrong { try rewrite(path) { $0 + "\n[nonsense]" } }
            daemon.signal(SIGHUP)
            let begin = await listener.next { $0.contains("RELOADING=1") }
            #expect(begin?.contains("MONOTONIC_USEC=") == true)
            #expect(await listener.next { $0.contains("READY=1") } != nil)
        }
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }
}
