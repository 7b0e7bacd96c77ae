import ControlAPI
import ControlClient
import Foundation
import TestKit
import Testing

/// A feed and a daemon that gives its messages to a program.
final class ExecScene: Sendable {
    let scene: Scene
    let feed: Program
    let daemon: Program

    /// - Parameters:
    ///   - script: the worker's text in its language; beside it `OUT` is a folder of its own in the environment.
    ///   - language: what runs the text.
    ///   - exec: lines of `[handler.exec]`.
    ///   - holdsFeed: whether the feed stands still, until it gets SIGCONT.
    ///   - more: sections.
    init(
        feed options: [String], holdsFeed: Bool = false, script: String, language: [String] = ["/bin/sh", "-c"],
        exec: String = "",
        _ more: String = ""
    ) async throws {
        scene = try Scene()
        feed = try Program("ptrfeed", ["serve", "--listen", "127.0.0.1:0", "--ids"] + options)
        guard let line = await feed.errors.first(containing: "serving http://127.0.0.1:"),
            let found = line.firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)/)
        else { throw SceneError.didNotStart(feed.errors.all) }
        if holdsFeed { feed.signal(SIGSTOP) }
        try FileManager.default.createDirectory(
            at: scene.folder.appending(path: "out"), withIntermediateDirectories: true)
        let file = scene.folder.appending(path: "worker").path
        try script.write(toFile: file, atomically: true, encoding: .utf8)
        let command = language.last == "-c" ? Array(language.dropLast()) + [file] : language + [file]
        let text = """
            [stream.tweets-1]
            url = "http://127.0.0.1:\(found.1)/tweets/1"
            [stream.tweets-2]
            url = "http://127.0.0.1:\(found.1)/tweets/2"
            [handler]
            kind = "exec"
            [handler.exec]
            command = [\(command.map { "\"\($0)\"" }.joined(separator: ", "))]
            environment = { OUT = "\(scene.folder.appending(path: "out").path)" }
            \(exec)
            [state]
            directory = "\(scene.folder.appending(path: "state").path)"
            [control]
            socket = "\(scene.socket)"
            \(more)
            """
        let path = scene.folder.appending(path: "ptrd.toml").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        daemon = try await scene.daemon(path)
    }

    // A test that failed leaves none of them behind.
    deinit {
        for program in [daemon, feed] where !program.hasEnded { program.signal(SIGKILL) }
    }

    var control: ControlClient { scene.control }

    /// What workers have written into a folder of theirs, in lines.
    var written: [Substring] {
        let folder = scene.folder.appending(path: "out")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.flatMap { (readText(folder.appending(path: $0).path) ?? "").split(separator: "\n") }
    }

    /// Asks again and again until the status is as it shall be, and holds each answer against the books.
    @discardableResult
    func status(within patience: Duration = .seconds(60), where isSo: (Status) -> Bool) async throws -> Status {
        let deadline = ContinuousClock.now + patience
        while true {
            let status = try await control.status()
            let messages = status.messages
            let settled = messages.processed + messages.killed + messages.deadLettered
            try #require(messages.received == UInt64(messages.inFlight) + settled, "\(messages)")
            if isSo(status) { return status }
            try #require(.now < deadline, "\(status)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    // MARK: - What is seen of the daemon from outside

    /// Its children: their numbers, and the states that the kernel has them in.
    var children: [(pid: pid_t, state: Character)] {
        let threads = DirectoryNames.of("/proc/\(daemon.pid)/task")
        let pids = threads.flatMap { thread in
            (readText("/proc/\(daemon.pid)/task/\(thread)/children") ?? "").split(separator: " ").compactMap {
                pid_t($0)
            }
        }
        return pids.compactMap { pid in
            guard let line = readText("/proc/\(pid)/stat"), let end = line.lastIndex(of: ")"),
                let state = line[end...].dropFirst(2).first
            else { return nil }
            return (pid, state)
        }
    }

    /// How many descriptors it has.
    var descriptors: Int { DirectoryNames.of("/proc/\(daemon.pid)/fd").count }

    /// What it holds in memory, in MiB.
    var residentMiB: Double {
        let fields = (readText("/proc/\(daemon.pid)/statm") ?? "").split(separator: " ")
        let pages = fields.count > 1 ? Double(fields[1]) ?? 0 : 0
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }

    /// Stops it; returns the exit status, and how long that took.
    func stop(within limit: Duration = .seconds(60)) async -> (status: Int32?, time: Duration) {
        let begin = ContinuousClock.now
        daemon.signal(SIGTERM)
        let status = await daemon.status(within: limit)
        await feed.end()
        return (status, begin.duration(to: .now))
    }
}

/// The names in a folder of the kernel's, which may change while they are read.
enum DirectoryNames {
    static func of(_ path: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}

/// Workers in Python.
enum PythonWorkers {
    static let language = ["/usr/bin/python3", "-I", "-S"]

    /// Writes the id of each tweet into a file of its own before it answers.
    static let noting = """
        import json, os, sys
        out = os.open(f"{os.environ['OUT']}/{os.getpid()}", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        for line in sys.stdin:
            message = json.loads(line)
            os.write(out, (message["data"]["message"]["tweet"]["id_str"] + "\\n").encode())
            print(json.dumps({"seq": message["seq"], "status": "done"}), flush=True)
        """
}
