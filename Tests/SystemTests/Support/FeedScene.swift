import ControlAPI
import ControlClient
import Foundation
import Locking
import Testing

@testable import RogueFeed

/// Whether a daemon can be made to trust the tests' authority: it gets a mount namespace of its own, in which that is the
/// system's.
let canTrustTestAuthority = getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare")

/// A feed server in the test's own process, and daemons that read it.
final class FeedScene: Sendable {
    let scene: Scene
    let server: RogueServer
    /// After so long what is waited for is not coming; a loaded machine is given its time.
    private static let patience = Duration.seconds(60)
    private let daemons = Locked<[Program]>([])

    init(_ server: RogueServer) throws {
        scene = try Scene()
        self.server = server
        try FeedCertificates.authority.write(to: authority, atomically: true, encoding: .utf8)
    }

    // A test that failed leaves none of them behind.
    deinit {
        for daemon in daemons.withLock(\.self) where !daemon.hasEnded { daemon.signal(SIGKILL) }
    }

    private var authority: URL { scene.folder.appending(path: "authority.pem") }
    var state: URL { scene.folder.appending(path: "state") }
    var control: ControlClient { scene.control }

    /// Writes a configuration.
    ///
    /// - Parameters:
    ///   - streams: names and URLs.
    ///   - stream: lines for each of them.
    ///   - more: sections.
    func configure(
        _ streams: [(name: String, url: String)], stream: String, print: String = #"to = "stdout""#, _ more: String = ""
    ) throws -> String {
        let path = scene.folder.appending(path: "ptrd.toml").path
        let sections = streams.map { "[stream.\($0.name)]\nurl = \"\($0.url)\"\n\(stream)" }
        let text = """
            \(sections.joined(separator: "\n"))
            [handler.print]
            \(print)
            [state]
            directory = "\(state.path)"
            [control]
            socket = "\(scene.socket)"
            \(more)
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Starts a daemon, which trusts the tests' authority where that can be.
    func start(_ configuration: String) throws -> Program {
        let program =
            if canTrustTestAuthority {
                try Program(
                    executable: URL(filePath: "/usr/bin/unshare"),
                    [
                        "--mount", "/bin/bash", "-c",
                        "mount --bind \"$2\" /etc/ssl/certs/ca-certificates.crt && exec \"$0\" --config \"$1\"",
                        Program.products.appending(path: "ptrd").path, configuration, authority.path,
                    ])
            } else {
                try Program("ptrd", ["--config", configuration])
            }
        daemons.withLock { $0.append(program) }
        return program
    }

    /// Starts a daemon and waits until it is ready.
    func daemon(_ configuration: String) async throws -> Program {
        let program = try start(configuration)
        guard await program.errors.first(containing: "is ready") != nil else {
            throw SceneError.didNotStart(program.errors.all)
        }
        return program
    }

    /// Asks again and again until the status is as it shall be, and holds each answer against the books.
    @discardableResult
    func status(where isSo: (Status) throws -> Bool) async throws -> Status {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let status = try await control.status()
            let messages = status.messages
            let settled = messages.processed + messages.killed + messages.deadLettered
            try #require(messages.received == UInt64(messages.inFlight) + settled, "\(messages)")
            if try isSo(status) { return status }
            try #require(.now < deadline, "\(status)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Tells the daemon to stop, which it has to do with nothing left.
    func stop(_ daemon: Program) async {
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(await daemon.errors.first(containing: "left 0") != nil)
    }

    /// Waits until there is what is waited for.
    func wait(until isSo: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while try !isSo() {
            try #require(.now < deadline, "it did not come")
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

extension Status {
    subscript(stream name: String) -> Stream? { streams.first { $0.name == name } }
}
