import ArgumentParser
import ControlClient

/// A subcommand of ptrctl. (Asynchronous for the parser's sake, which allows only such ones completions that ask the
/// daemon; it is ``perform(with:)`` that is called.)
protocol Verb: AsyncParsableCommand {
    /// Does the work and prints what was asked for.
    ///
    /// - Returns: what ptrctl ends with when the daemon has answered.
    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus
}

/// A verb that talks to the daemon.
protocol DaemonVerb: Verb {
    /// What stands anywhere on the line: the root command reads all of it, and hands it on.
    var options: GlobalOptions { get }
}

extension DaemonVerb {
    /// Whether the daemon's document is wanted as it is.
    var json: Bool { options.json }
}

/// A verb that asks one question and prints the answer.
protocol QuestionVerb: DaemonVerb {
    associatedtype Request: ControlRequest
    var request: Request { get }
    /// The answer, for people.
    func lines(_ answer: Request.Response, _ style: Style) -> [String]
    /// What ptrctl ends with.
    func exitStatus(_ answer: Request.Response) -> ExitStatus
}

extension QuestionVerb {
    func exitStatus(_ answer: Request.Response) -> ExitStatus { .done }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        exitStatus(try await context.show(request, json: json) { lines($0, context.style) })
    }
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
    ///
    /// - Parameter note: what is said on the side, for people.
    @discardableResult
    func show<Request: ControlRequest>(
        _ request: Request, json: Bool, note: (Request.Response) -> String? = { _ in nil },
        _ lines: (Request.Response) -> [String]
    ) async throws(ControlClientError) -> Request.Response {
        let answer = try await client.send(request)
        show(answer, json: json, lines)
        if !json, let note = note(answer.value) { say(Text.printable(note)) }
        return answer.value
    }

    /// Prints an answer: its document with `--json`, otherwise the lines made of it.
    func show<Value>(_ answer: ControlClient.Answer<Value>, json: Bool, _ lines: (Value) -> [String]) {
        if json { console.out(Text.document(answer.document)) } else { print(lines(answer.value)) }
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
