import ArgumentParser
import ControlAPI
import ControlClient
import Glibc

/// A subcommand of ptrctl. (Asynchronous for the parser's sake, which allows only such ones completions that ask the
/// daemon; it is ``perform(with:)`` that is called.)
protocol Verb: AsyncParsableCommand {
    /// The options that stand with it or before it, the closest first: that one wins.
    var globals: [GlobalOptions] { get }

    /// Does the work and prints what was asked for.
    ///
    /// - Returns: what ptrctl ends with when the daemon has answered.
    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus
}

extension Verb {
    var globals: [GlobalOptions] { [] }
    /// Whether the daemon's document is wanted as it is.
    var json: Bool { globals.contains { $0.json } }
    /// The socket the command line names.
    var socket: String? { globals.lazy.compactMap(\.socket).first }
    var colour: ColourArgument? { globals.lazy.compactMap(\.color).first }
}

/// A verb that talks to the daemon.
protocol DaemonVerb: Verb {
    /// The options after the verb.
    var options: GlobalOptions { get }
    /// The options before it.
    var root: Ptrctl { get }
}

extension DaemonVerb {
    var globals: [GlobalOptions] { [options, root.options] }
}

/// A verb of a group, such as `streams position`.
protocol GroupedVerb: DaemonVerb {
    associatedtype Group: VerbGroup
    /// The options between the group's name and the verb.
    var group: Group { get }
}

extension GroupedVerb {
    var globals: [GlobalOptions] { [options, group.options, root.options] }
}

/// A verb that has verbs of its own.
protocol VerbGroup: AsyncParsableCommand {
    var options: GlobalOptions { get }
}

/// What a verb works with.
struct VerbContext: Sendable {
    let console: Console
    let client: ControlClient
    /// How the output looks.
    let style: Style

    /// Prints for people what was asked for.
    func print(_ lines: [String]) {
        for line in lines { console.out(style.spelled(line)) }
    }

    /// Says something on the side.
    func say(_ text: String) {
        err(text, first: "")
    }

    /// Says what is wrong.
    func complain(_ text: String, hint: String? = nil) {
        // Several faults of a file stand in lines of their own.
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            err(Text.printable(String(line)), first: index == 0 ? "ptrctl: " : "        ")
        }
        if let hint { err(hint, first: "        ") }
    }

    private func err(_ text: String, first: String) {
        // On a terminal, which standard error is when there is progress, it breaks between words.
        let lines = console.progress == nil ? [first + text] : style.wrapped(text, first: first)
        for line in lines { console.err(style.spelled(line)) }
    }

    /// Asks the daemon and prints what it says: its document with `--json`, otherwise the lines made of it.
    @discardableResult
    func show<Request: ControlRequest>(
        _ request: Request, json: Bool, _ lines: (Request.Response) -> [String]
    ) async throws(ControlClientError) -> Request.Response {
        let answer = try await client.send(request)
        if json { console.out(Text.document(answer.document)) } else { print(lines(answer.value)) }
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
