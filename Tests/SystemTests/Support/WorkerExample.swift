import ControlAPI
import Foundation
import Testing

/// One of the examples of workers, installed as its README says, and run by a real ptrd on a real feed, in which every
/// twentieth message kills the process that has it.
struct WorkerExample {
    /// What the feed is told.
    static let feed = ["--ids", "--count", "400", "--kill-every", "20"]
    /// So many of the feed's messages are tweets.
    static let tweets = 380
    private static let source = Program.project.appending(path: "Examples/exec")

    /// Where its processes run, and write.
    let folder: URL
    /// What the feed has sent.
    let tweets: [FeedTweet]
    /// The books at the end.
    let messages: Status.Messages
    /// The log.
    let lines: [String]
    private let scene: Scene

    /// The names of all of them.
    static var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
        }
    }

    static func text(_ name: String, _ file: String) throws -> String {
        try String(contentsOf: source.appending(path: "\(name)/\(file)"), encoding: .utf8)
    }

    /// The commands that its README gives.
    static func commands(_ name: String) throws -> [String] {
        try text(name, "README.md").split(separator: "\n").filter { $0.hasPrefix("    ") }
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// Runs one until all messages of the feed are settled, and stops the daemon.
    ///
    /// - Parameter changes: what stands in its configuration, and stands for what is elsewhere here.
    init(_ name: String, changing changes: [String: String] = [:]) async throws {
        scene = try Scene()
        let root = scene.folder.appending(path: "srv").path + "/"
        folder = scene.folder.appending(path: "state/workers")
        let workplace = scene.folder.appending(path: "example")
        try FileManager.default.copyItem(at: Self.source.appending(path: name), to: workplace)
        for command in try Self.commands(name) where command.contains(/^(install|swiftc)\s/) {
            let outcome = try await Program(
                executable: URL(filePath: "/bin/sh"),
                ["-c", "cd \"$0\" && \(command.replacing("/srv/", with: root))", workplace.path]
            ).outcome
            try #require(outcome.status == 0, "\(command): \(outcome)")
        }
        tweets = try await FeedTweet.all(of: Self.feed, in: scene)
        let feed = try await scene.feed(Self.feed + ["--rate", "1000"])
        var configuration = try Self.text(name, "ptrd.toml").replacing("/srv/", with: root)
            .replacing("127.0.0.1:4000", with: "127.0.0.1:\(feed.port)")
        for (old, new) in changes {
            try #require(configuration.contains(old))
            configuration = configuration.replacing(old, with: new)
        }
        let path = scene.folder.appending(path: "ptrd.toml").path
        try configuration.write(toFile: path, atomically: true, encoding: .utf8)
        let places = [
            "--config", path, "--state-directory", scene.folder.appending(path: "state").path, "--control-socket",
            scene.socket,
        ]
        let checked = try await Program("ptrd", places + ["--check-config"]).outcome
        #expect(checked.status == 0, "\(checked)")
        let daemon = try Program("ptrd", places)
        guard await daemon.errors.first(containing: "is ready") != nil else {
            throw SceneError.didNotStart(daemon.errors.all)
        }
        var messages = try await scene.control.status().messages
        while messages.received < 400 || messages.inFlight > 0 {
            let settled = messages.processed + messages.killed + messages.deadLettered
            #expect(messages.received == UInt64(messages.inFlight) + settled)
            messages = try await scene.control.status().messages
        }
        self.messages = messages
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0, "\(daemon.errors.all.suffix(20))")
        lines = await daemon.errors.toTheEnd
        await feed.program.end()
        #expect(messages.killed == 20 && tweets.count == Self.tweets)
    }

    /// The lines that its workers have written to the log and that begin with the id of a tweet, without what ptrd adds.
    var logged: [String] {
        lines.compactMap { $0.firstMatch(of: /ptrd: (\d{19} .*) worker=worker\.[\d.]+$/).map { String($0.1) } }
    }

    /// The lines of a file that it has written.
    func lines(of file: String) throws -> [String] {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(separator: "\n").map(String.init)
    }
}
