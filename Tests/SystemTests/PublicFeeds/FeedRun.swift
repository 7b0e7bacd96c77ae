import ControlAPI
import Feeds
import Foundation
import Locking
import Testing

/// A server like a feed in the test's own process, and lives of a daemon with the configuration that the feed's page gives.
///
/// What the daemon shall have printed is collected along the way, and held against all that it printed at the end.
final class FeedRun: Sendable {
    let scene: Scene
    let server: LikenessServer
    private let configuration: String
    private let state = Locked(State())

    private struct State {
        var daemon: Program?
        var expected: [String] = []
        var printed: [String] = []
        /// What was said in logs and answers.
        var said: [String] = []
        var secrets: [String] = []
        /// How much of what is expected this life prints.
        var due = 0
    }

    /// Starts the server.
    ///
    /// - Parameters:
    ///   - page: the title of the page.
    ///   - credentials: what is in the credentials that the page names.
    ///   - edit: replaces what else of the page is another one here.
    init(
        _ server: LikenessServer, page: String, url: String? = nil, credentials: [String: String] = [:],
        edit: (String, Scene) throws -> String = { page, _ in page }
    ) async throws {
        scene = try Scene()
        self.server = server
        try await server.start()
        let folder = scene.folder
        let text = """
            \(try edit(FeedPage(page).configuration(at: url ?? "http://127.0.0.1:\(server.port)"), scene))
            [stream_defaults]
            reconnect = { initial = "1ms", max = "5ms" }
            [handler.print]
            to = "stdout"
            # One worker prints in the order of the feed.
            [scaling]
            max = 1
            workers_per_supervisor = 1
            [state]
            directory = "\(folder.appending(path: "state").path)"
            [control]
            socket = "\(scene.socket)"
            """
        configuration = folder.appending(path: "ptrd.toml").path
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(
            at: folder.appending(path: "credentials"), withIntermediateDirectories: true)
        for (name, secret) in credentials { try hand(secret, as: name) }
    }

    // A test that failed leaves no daemon behind.
    deinit { state.withLock { $0.daemon?.hasEnded == false ? $0.daemon?.signal(SIGKILL) : () } }

    /// Puts a credential in the place of the one before.
    func hand(_ secret: String, as name: String) throws {
        state.withLock { $0.secrets.append(secret) }
        try secret.write(
            to: scene.folder.appending(path: "credentials/\(name)"), atomically: true, encoding: .utf8)
    }

    // MARK: What happens

    /// Starts a daemon, and waits until it has the stream, unless it shall not get it.
    func start(opens: Bool = true, printing lines: [String] = []) async throws {
        let before = server.record.opened
        let daemon = try await scene.daemon(
            configuration, environment: ["CREDENTIALS_DIRECTORY": scene.folder.appending(path: "credentials").path])
        state.withLock {
            $0.daemon = daemon
            $0.due = 0
        }
        if opens { await server.wait { $0.opened > before } }
        await expect(lines)
    }

    /// Lets so many things happen, and waits until the lines of those that are to be printed are.
    func grow(by events: Int, printing lines: [String]) async {
        server.grow(by: events)
        await expect(lines)
    }

    /// What the daemon shall print next.
    func expect(_ lines: [String]) async {
        let (daemon, due) = state.withLock { state in
            state.expected += lines
            state.due += lines.count
            return (state.daemon, state.due)
        }
        await daemon?.output.count(due)
    }

    /// Ends the connection in a way, and waits until the daemon is back.
    func reconnect(_ ending: LikenessServer.Ending, printing lines: [String] = []) async {
        let before = server.record.opened
        server.drop(ending)
        await server.wait { $0.opened > before }
        await expect(lines)
    }

    /// Takes the server away, and brings it back at its place.
    func restartServer(printing lines: [String] = []) async throws {
        let before = server.record.opened
        await server.stop()
        try await server.start()
        await server.wait { $0.opened > before }
        await expect(lines)
    }

    /// Accepts another secret: who has the old one is refused until the new one is handed to him.
    func rotate(
        to secret: String, handing credential: String, _ text: String? = nil, printing lines: [String] = []
    )
        async throws
    {
        let (opened, refused) = (server.record.opened, server.record.refused.count { $0 == 401 })
        server.rotate(to: secret)
        server.drop(.clean)
        await server.wait { $0.refused.count { $0 == 401 } > refused }
        try await listen()
        try hand(text ?? secret, as: credential)
        await server.wait { $0.opened > opened }
        await expect(lines)
    }

    /// Asks for the status, and keeps what is said.
    @discardableResult
    func listen() async throws -> Status {
        let answer = try await Program("ptrctl", ["--socket", scene.socket, "status", "--json"]).outcome
        state.withLock { $0.said += answer.lines + [answer.err] }
        return try await scene.control.status()
    }

    /// Asks until the status is as it shall be.
    func status(where isSo: (Status) -> Bool) async throws {
        while try await !isSo(scene.control.status()) { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Stops the daemon, which has to do with nothing left.
    func stop() async throws {
        guard let daemon = state.withLock(\.daemon) else { return }
        try await listen()
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        let (printed, said) = (await daemon.output.toTheEnd, await daemon.errors.toTheEnd)
        #expect(said.contains { $0.contains("left 0") }, "\(said)")
        state.withLock { state in
            state.printed += printed
            state.said += said
        }
    }

    /// Stops daemon and server, and holds all that was printed against what should have been.
    func end() async throws {
        try await stop()
        await server.stop()
        let state = state.withLock(\.self)
        #expect(state.printed == state.expected)
        for secret in state.secrets {
            #expect(!state.said.contains { $0.contains(secret) }, "a secret was said")
            // Nor in what the daemon has stored.
            let files = try FileManager.default.contentsOfDirectory(
                at: scene.folder.appending(path: "state"), includingPropertiesForKeys: nil)
            for file in files where file.pathExtension != "sock" {
                #expect(
                    try Data(contentsOf: file).firstRange(of: Data(secret.utf8)) == nil, "\(file.lastPathComponent)")
            }
        }
    }
}

extension LikenessServer {
    /// The events of a range that are for who asked last: names and data.
    func events(_ numbers: Range<Int>) -> [(name: String, data: String)] {
        guard let request = record.lastRequests.last else { return [] }
        return numbers.compactMap { event($0, for: request) }.map { event in
            func field(_ name: String) -> String? {
                event.split(separator: "\n").first { $0.hasPrefix("\(name): ") }.map {
                    String($0.dropFirst(name.utf8.count + 2))
                }
            }
            return (field("event") ?? "message", field("data") ?? "")
        }
    }
}

/// The value of a key as it stands in JSON, without quotes; the last one of that name. Not by a parser, which would read
/// numbers.
func value(_ key: String, in json: String) -> String {
    guard let start = json.ranges(of: "\"\(key)\":").last?.upperBound else { return "" }
    let rest = json[start...]
    if rest.hasPrefix("\"") { return String(rest.dropFirst().prefix { $0 != "\"" }) }
    return String(rest.prefix { $0 != "," && $0 != "}" })
}
