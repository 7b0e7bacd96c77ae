import ControlAPI
import Foundation
import TestKit
import Testing

/// What one run of ptrctl printed, and how it ended.
struct Outcome: Sendable {
    let status: Int32
    let out: String
    let err: String

    var lines: [String] { out.split(separator: "\n").map(String.init) }
}

/// A daemon at work, with an operator before it: each run of ptrctl is a process of its own.
///
/// The usual feed brings 1,000 messages a second, each fiftieth a kill message. The work is simulated, and what happens to
/// take long is given up at once: so there are crashes, kills and dead letters all the time.
final class LiveDaemon: Sendable {
    let scene: Scene
    let feed: Program
    let daemon: Program
    let configuration: String

    /// Work of which about one in two hundred takes too long.
    static let load = """
        [workers]
        timeout = "35ms"
        max_attempts = 1
        [breaker]
        enabled = false
        """

    /// Starts the feed and the daemon.
    ///
    /// - Parameters:
    ///   - work: the bounds of the simulated work.
    ///   - more: sections of the configuration.
    init(work: (min: String, max: String) = ("2ms", "38ms"), _ more: String = load) async throws {
        scene = try Scene()
        let port: Int
        (feed, port) = try await scene.feed("--rate", "1000", "--kill-every", "50", "--ids")
        configuration = try scene.configure(
            port: port, print: "simulated_work = { min = \"\(work.min)\", max = \"\(work.max)\" }", more)
        daemon = try await scene.daemon(configuration)
    }

    /// Runs ptrctl to its end.
    func ptrctl(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
        try await ptrctl(arguments, environment: environment)
    }

    func ptrctl(_ arguments: [String], environment: [String: String] = [:]) async throws -> Outcome {
        try await Program("ptrctl", ["--socket", scene.socket] + arguments, environment: environment).outcome
    }

    /// Starts ptrctl on a terminal.
    func terminal(_ arguments: String..., columns: Int = 120, rows: Int = 40) throws -> PseudoTerminal {
        try PseudoTerminal(["--socket", scene.socket] + arguments, columns: columns, rows: rows)
    }

    /// Asks again and again until the status is as it shall be.
    @discardableResult
    func status(where isSo: (Status) -> Bool) async throws -> Status {
        while true {
            let status = try await scene.control.status()
            // Whenever one looks.
            let messages = status.messages
            let settled = messages.processed + messages.killed + messages.deadLettered
            #expect(messages.received == UInt64(messages.inFlight) + settled)
            if isSo(status) { return status }
        }
    }

    /// Waits until messages have been done, killed and given up.
    func isAtWork() async throws {
        try await status { status in
            status.messages.processed > 500 && status.messages.killed > 5 && status.storage?.storedDeadLetters ?? 0 >= 3
        }
    }

    /// Stops the daemon, which has to finish what it has.
    ///
    /// - Returns: what it printed.
    @discardableResult
    func stop() async throws -> [String] {
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        let last = try #require(await daemon.errors.first(containing: "stopped: received"))
        let numbers = last.matches(of: /(received|processed|killed|dead letters|left) (\d+)/).map { Int($0.2) ?? -1 }
        #expect(numbers.count == 5 && numbers[0] == numbers[1] + numbers[2] + numbers[3] && numbers[4] == 0, "\(last)")
        await feed.end()
        let printed = await daemon.output.toTheEnd
        // What was given up for its time may have been printed at that very moment.
        #expect((numbers[1]...numbers[1] + numbers[3]).contains(Set(printed).count))
        return printed
    }
}

extension Program {
    /// How it ended.
    var outcome: Outcome {
        get async {
            let status = await status
            let out = await output.toTheEnd.joined(separator: "\n")
            return Outcome(status: status, out: out, err: await errors.toTheEnd.joined(separator: "\n"))
        }
    }
}
