import ControlAPI
import Foundation
import Testing

private let canHang =
    getuid() == 0
    && FileManager.default.isExecutableFile(atPath: "/usr/bin/bindfs")
    && FileManager.default.fileExists(atPath: "/dev/fuse")

@Suite(
    "A disk that hangs", .serialized, .timeLimit(.minutes(3)),
    .enabled(if: canHang, "needs root, FUSE and bindfs, to have a file system that can be stopped"))
struct HungDiskTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    /// A daemon whose folder `disk` is a file system that is served by a process, which a test can stop.
    private func daemon(_ configuration: String) async throws -> (daemon: Program, disk: pid_t) {
        for name in ["disk", "behind"] {
            try FileManager.default.createDirectory(
                at: scene.folder.appending(path: name), withIntermediateDirectories: true)
        }
        let daemon = try Program(
            executable: URL(filePath: "/usr/bin/unshare"),
            [
                "--mount", "/bin/bash", "-c",
                """
                set -e
                setsid bindfs -f "$2/behind" "$2/disk" </dev/null >/dev/null 2>&1 &
                echo $! >"$2/pid"
                echo $$ >"$2/daemon"
                until mountpoint --quiet "$2/disk"; do sleep 0.05; done
                exec "$0" --config "$1"
                """,
                Program.products.appending(path: "ptrd").path, configuration, scene.folder.path,
            ])
        try #require(await daemon.errors.first(containing: "is ready") != nil, "\(daemon.errors.all)")
        let text = try String(contentsOfFile: scene.folder.appending(path: "pid").path, encoding: .utf8)
        return (daemon, try #require(pid_t(text.dropLast())))
    }

    /// Whether the daemon ends within the limit, as far as that is its own doing. The kernel keeps what is left of a process that
    /// has files open until the disk is back or given up, and SIGKILL changes nothing about that.
    private func hasLeft(within limit: Duration) async -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let pid = (try? String(contentsOfFile: scene.folder.appending(path: "daemon").path, encoding: .utf8)) ?? ""
            let line = (try? String(contentsOfFile: "/proc/\(pid.dropLast())/stat", encoding: .utf8)) ?? ""
            let fields = line.drop { $0 != ")" }.split(separator: " ").dropFirst()
            // The state, and the flag of one that is exiting (proc(5)).
            guard let state = fields.first, fields.count > 6, let flags = UInt(fields[fields.startIndex + 6]) else {
                return true
            }
            if state == "Z" || flags & 4 != 0 { return true }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    private func configure(port: Int, state: String, print: String = #"to = "stdout""#) throws -> String {
        let path = try scene.configure(
            port: port, print: print,
            """
            [flow]
            drain_timeout = "2s"
            [supervision]
            application = { restarts = 0, within = "60s" }
            """)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing(scene.folder.appending(path: "state").path, with: scene.folder.appending(path: state).path)
            .write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test(
        "under the state: ptrd ends in time with 1, and says what is not stored",
        arguments: [WayToStop.signal, .twoSignals, .treeGivesUp])
    func state(_ way: WayToStop) async throws {
        let (feed, port) = try await scene.feed("--rate", "500", "--kill-every", "0", "--ids")
        let (daemon, disk) = try await daemon(try configure(port: port, state: "disk/state"))
        defer { kill(disk, SIGKILL) }
        await daemon.output.count(500)
        kill(disk, SIGSTOP)
        await daemon.output.count(daemon.output.all.count + 1000)
        if way == .signal {
            // It is noticed while it works on.
            while try await scene.control.status().state != .degraded {}
            let because = try await scene.control.status().degradedBecause
            #expect(because?.contains("the disk has not answered for 5 s") == true, "\(because ?? "")")
        }
        try await way.stop(daemon, socket: scene.socket)
        // drain_timeout and five seconds, and some for a busy machine.
        #expect(await hasLeft(within: .seconds(20)), "\(daemon.errors.all)")
        // Given up, and not only back: it has inherited what tells of the daemon's end.
        kill(disk, SIGKILL)
        #expect(await daemon.status(within: .seconds(20)) == 1)
        #expect(
            daemon.errors.all.contains { $0.contains("not stored: the checkpoints of 2 streams") }
                || daemon.errors.all.contains { $0.contains("not stored: the checkpoint of 2 streams") },
            "\(daemon.errors.all.suffix(5))")
        await feed.end()
    }

    @Test(
        "under the file that is printed to: ptrd ends in time with 1, and says what is left",
        arguments: [WayToStop.signal, .twoSignals, .treeGivesUp])
    func output(_ way: WayToStop) async throws {
        let (feed, port) = try await scene.feed("--rate", "500", "--kill-every", "0", "--ids")
        let printed = scene.folder.appending(path: "disk/printed").path
        let (daemon, disk) = try await daemon(
            try configure(port: port, state: "state", print: "to = \"\(printed)\""))
        defer { kill(disk, SIGKILL) }
        while try await scene.control.status().messages.processed < 500 {}
        kill(disk, SIGSTOP)
        while try await scene.control.status().messages.inFlight < 100 {}
        try await way.stop(daemon, socket: scene.socket)
        #expect(await hasLeft(within: .seconds(20)), "\(daemon.errors.all)")
        // Given up, and not only back: it has inherited what tells of the daemon's end.
        kill(disk, SIGKILL)
        #expect(await daemon.status(within: .seconds(20)) == 1)
        #expect(daemon.errors.all.contains { $0.contains(/left [1-9]/) }, "\(daemon.errors.all.suffix(5))")
        await feed.end()
    }
}
