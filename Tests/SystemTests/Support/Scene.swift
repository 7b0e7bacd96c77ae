import ControlAPI
import ControlClient
import Foundation

/// A feed server, a daemon and a folder of their own for one test.
final class Scene: Sendable {
    let folder: URL
    let socket: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        socket = folder.appending(path: "ptrd.sock").path
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Starts a feed on a free port, or on the port that an earlier one had.
    func feed(_ options: String..., port: Int = 0) async throws -> (program: Program, port: Int) {
        try await feed(options, port: port)
    }

    func feed(_ options: [String], port: Int = 0) async throws -> (program: Program, port: Int) {
        let program = try Program("ptrfeed", ["serve", "--listen", "127.0.0.1:\(port)"] + options)
        guard let line = await program.errors.first(containing: "serving http://127.0.0.1:"),
            let found = line.firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)/), let port = Int(found.1)
        else { throw SceneError.didNotStart(program.errors.all) }
        return (program, port)
    }

    /// Writes a configuration for both streams of a feed, with more sections after it.
    func configure(port: Int, print: String = #"to = "stdout""#, _ more: String = "") throws -> String {
        let path = folder.appending(path: "ptrd.toml").path
        let text = """
            [stream.tweets-1]
            url = "http://127.0.0.1:\(port)/tweets/1"
            reconnect = { initial = "100ms", max = "200ms" }
            [stream.tweets-2]
            url = "http://127.0.0.1:\(port)/tweets/2"
            reconnect = { initial = "100ms", max = "200ms" }
            [handler.print]
            format = "{message.tweet.id_str}"
            \(print)
            [state]
            directory = "\(folder.appending(path: "state").path)"
            [control]
            socket = "\(socket)"
            \(more)
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Starts the daemon and waits until it is ready.
    func daemon(_ configuration: String, environment: [String: String] = [:]) async throws -> Program {
        let program = try Program("ptrd", ["--config", configuration], environment: environment)
        guard await program.errors.first(containing: "is ready") != nil else {
            throw SceneError.didNotStart(program.errors.all)
        }
        return program
    }

    var control: ControlClient { ControlClient(socket: socket, timeout: .seconds(60)) }
}

enum SceneError: Error {
    case didNotStart([String])
}
