import ArgumentParser
import ControlAPI

/// A subcommand of ptrctl. (Asynchronous for the parser's sake, which allows only such ones completions that ask the
/// daemon; it is ``perform(with:)`` that is called.)
protocol Verb: AsyncParsableCommand {
    /// Does the work and prints what was asked for.
    ///
    /// - Returns: what ptrctl ends with when the daemon has answered.
    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus
}

/// What a verb works with.
struct VerbContext: Sendable {
    let console: Console
    let client: ControlClient

    /// Colours or none.
    var style: Style { Style(colours: console.hasColours) }

    /// Says something on the side.
    func say(_ text: String) {
        console.err("ptrctl: \(text)")
    }

    /// Asks the daemon and prints what it says: its document with `--json`, otherwise the text made of it.
    @discardableResult
    func show<Request: ControlRequest>(
        _ request: Request, json: Bool, _ text: (Request.Response) -> String
    ) async throws(ControlClientError) -> Request.Response {
        let answer = try await client.send(request)
        console.out(json ? Text.document(answer.document) : text(answer.value))
        return answer.value
    }

    /// Waits.
    ///
    /// - Returns: false if the task was cancelled.
    func sleep(_ duration: Duration) async -> Bool {
        (try? await console.clock.sleep(for: duration)) != nil
    }

    /// Begins to measure time, by the console's clock.
    func stopwatch() -> @Sendable () -> Duration {
        Self.stopwatch(console.clock)
    }

    private static func stopwatch<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}

/// A verb that talks to the daemon.
protocol DaemonVerb: Verb {
    /// The options after the verb.
    var connection: ConnectionOptions { get }
    /// The options before it.
    var root: Ptrctl { get }
}

extension DaemonVerb {
    /// The socket the command line names; the one after the verb stands closer, and wins.
    var socket: String? {
        connection.socket ?? root.connection.socket
    }
}
