import ControlAPI
import Foundation
import Testing

private let canMount = getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare")

@Suite("The state directory of a real ptrd", .timeLimit(.minutes(2)))
struct StateTests {
    private let scene: Scene
    private var state: URL { scene.folder.appending(path: "state") }
    private var database: String { state.appending(path: "ptrd.sqlite").path }

    init() throws {
        scene = try Scene()
    }

    /// Runs a daemon that must not start. Returns what it said.
    private func refused(_ daemon: Program) async -> String {
        #expect(await daemon.status == 1)
        return await daemon.errors.toTheEnd.joined(separator: "\n")
    }

    /// A daemon whose state directory is a file system of its own, which nobody else sees.
    ///
    /// - Parameters:
    ///   - options: of the mount.
    ///   - preparation: shell commands before the daemon starts; `$state` is the directory.
    private func daemonWithMount(
        _ configuration: String, options: String, preparation: String = ":"
    ) throws -> Program {
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        return try Program(
            executable: URL(filePath: "/usr/bin/unshare"),
            [
                "--mount", "/bin/bash", "-c",
                "set -e; state=$2; mount -t tmpfs -o \(options) none \"$state\"; \(preparation); exec \"$0\" --config \"$1\"",
                Program.products.appending(path: "ptrd").path, configuration, state.path,
            ])
    }

    // MARK: A full disk

    @Test(
        "while the disk is full it goes on and says so, the checkpoint stands still; with room it catches up",
        .enabled(if: canMount, "needs root, to mount a small file system"))
    func diskFull() async throws {
        let (feed, port) = try await scene.feed("--rate", "2000", "--kill-every", "0", "--ids")
        let daemon = try daemonWithMount(scene.configure(port: port), options: "size=2m")
        #expect(await daemon.errors.first(containing: "is ready") != nil)
        let inside = "/proc/\(daemon.pid)/root\(state.path)"
        func checkpoints() throws -> [String: Int] {
            try StoredState(copyOf: URL(filePath: inside)).checkpoints
        }
        while try checkpoints().count < 2 { _ = try await scene.control.status() }

        try fill("\(inside)/filler")
        var status = try await scene.control.status()
        while status.state == .running { status = try await scene.control.status() }
        #expect(status.state == .degraded)
        #expect(status.degradedBecause?.contains("is full; make room") == true)
        #expect(status.storage?.lastWriteError?.contains("is full") == true)

        let frozen = try checkpoints()
        let goal = status.messages.processed + 3000
        while status.messages.processed < goal { status = try await scene.control.status() }
        #expect(status.state == .degraded && status.streams.allSatisfy { $0.state == .open })
        #expect(try checkpoints() == frozen)

        try FileManager.default.removeItem(atPath: "\(inside)/filler")
        while status.state == .degraded { status = try await scene.control.status() }
        #expect(status.state == .running)
        #expect(status.storage?.lastWriteError == nil && status.storage?.droppedDeadLetters == 0)
        let caughtUp = try checkpoints()
        for (stream, id) in frozen { #expect(try #require(caughtUp[stream]) >= id + 1000) }
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        let said = await daemon.errors.toTheEnd
        #expect(said.count { $0.contains("the state could not be written") } == 1)
        #expect(said.count { $0.contains("the state is written again") } == 1)
        await feed.end()
    }

    /// Writes to a file until nothing more goes in.
    private func fill(_ path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        let block = [UInt8](repeating: 0, count: 4096)
        while write(file, block, block.count) > 0 {}
        #expect(errno == ENOSPC)
    }

    @Test(
        "a disk that is full at the start is an error that says so",
        .enabled(if: canMount, "needs root, to mount a small file system"))
    func fullAtStart() async throws {
        let daemon = try daemonWithMount(
            scene.configure(port: 1), options: "size=64k",
            preparation: "head -c 1M /dev/zero >\"$state/filler\" 2>/dev/null || true")
        #expect(await refused(daemon).contains("is full; make room"))
    }

    // MARK: A directory that is not as it should be

    @Test("a directory whose parent is missing is an error that names it and the way out")
    func missing() async throws {
        let path = scene.folder.appending(path: "a/b").path
        let daemon = try Program("ptrd", ["--config", scene.configure(port: 1), "--state-directory", path])
        let said = await refused(daemon)
        #expect(said.contains("cannot create the state directory \(path): No such file or directory"))
        #expect(said.contains("create it, or set [state] directory"))
    }

    @Test(
        "a read-only directory is an error that names it and the way out",
        .enabled(if: canMount, "needs root, to mount a read-only file system"))
    func readOnly() async throws {
        let said = await refused(try daemonWithMount(scene.configure(port: 1), options: "ro"))
        #expect(said.contains("cannot write to \(state.path)/ptrd.lock: Read-only file system"))
        #expect(said.contains("or set [state] directory"))
    }

    @Test("a second daemon with the same directory is refused, and told who has it")
    func inUse() async throws {
        let first = try await scene.daemon(scene.configure(port: 1))
        let other = try Scene()
        let second = try Program(
            "ptrd", ["--config", other.configure(port: 1), "--state-directory", state.path])
        #expect(await refused(second).contains("is in use by another ptrd (process \(first.pid))"))
        first.signal(SIGTERM)
        #expect(await first.status == 0)
    }

    // MARK: Damage

    enum Damage: String, CaseIterable {
        case header = "garbage at the start"
        case middle = "garbage in the middle"
        case truncated = "the end is missing"
    }

    @Test("damage stops it with both ways out; told so, it moves the file aside and works", arguments: Damage.allCases)
    func damage(_ damage: Damage) async throws {
        let configuration = try scene.configure(port: 1)
        let first = try await scene.daemon(configuration)
        first.signal(SIGTERM)
        #expect(await first.status == 0)
        var bytes = try #require(FileManager.default.contents(atPath: database))
        #expect(bytes.count >= 4 * 4096)
        switch damage {
        case .header: bytes.replaceSubrange(0..<100, with: Data(repeating: 0x5A, count: 100))
        case .middle: bytes.replaceSubrange(4096..<12_288, with: Data(repeating: 0x5A, count: 8192))
        case .truncated: bytes = bytes.prefix(2 * 4096)
        }
        try bytes.write(to: URL(filePath: database))

        let said = await refused(try Program("ptrd", ["--config", configuration]))
        #expect(said.contains("the state in \(database) is damaged"))
        #expect(said.contains("move it aside") && said.contains(#"on_damage = "move_aside""#))
        #expect(FileManager.default.contents(atPath: database) == bytes)

        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        try text.replacing("[state]", with: "[state]\non_damage = \"move_aside\"")
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let second = try await scene.daemon(configuration)
        let line = try #require(await second.errors.first(containing: "was damaged"))
        #expect(line.lowercased().contains("error"))
        second.signal(SIGTERM)
        #expect(await second.status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: state.path)
        let moved = try #require(names.first { $0.contains("damaged-") && $0.hasSuffix("Z") })
        #expect(line.contains(moved))
        #expect(FileManager.default.contents(atPath: state.appending(path: moved).path) == bytes)
        #expect(try StoredState(copyOf: state).checkpoints == [:])
    }
}
