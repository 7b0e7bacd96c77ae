import ArgumentParser
import ControlAPI
import ControlClient
import ProgramKit

/// `ptrctl streams [list|position|forget|hand-over]`
struct StreamsVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streams",
        abstract: "Show the streams, show, set or forget after which event id one goes on, and hand one over.",
        subcommands: [
            ListStreamsVerb.self, StreamPositionVerb.self, ForgetStreamPositionVerb.self, HandOverStreamVerb.self,
        ],
        defaultSubcommand: ListStreamsVerb.self)

    @OptionGroup var options: GlobalOptions
}

/// `ptrctl streams [list] [NAME…]`
struct ListStreamsVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the streams: state, events, bytes, reconnects, and what is wrong.",
        discussion: """
            Of one that is down: since when, how often it was tried, when it is tried again, and why. With --all those of each ptrd \
            at the broker.

            Examples:
              ptrctl streams
              ptrctl streams tweets-1 'wiki-*'
              ptrctl --all streams
              ptrctl streams --json | jq -r '.streams[] | select(.state != "open").name'
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var everywhere: EverywhereOption

    @Argument(.stream, "The streams, by their names or how these begin (wiki-*); without one, all.")
    var names: [String] = []

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if everywhere.all {
            guard names.isEmpty else {
                context.complain("--all shows all streams of each ptrd: leave out the names")
                return .usage
            }
            _ = try await context.showAll(.streams, json: json, \.streams)
            return .done
        }
        let answer = try await context.client.send(StreamsRequest())
        func lines(_ answer: Streams) -> [String] { StreamsTable(streams: answer.streams, style: context.style).lines }
        guard !names.isEmpty else {
            context.show(answer, json: json, lines)
            return .done
        }
        let known = answer.value.streams.map(\.name)
        for name in names where !known.contains(where: { Self.matches($0, name) }) {
            let verbs = StreamsVerb.configuration.subcommands.compactMap { $0.configuration.commandName }
            let hint = Spelling.nearest(to: name, among: verbs).map { "did you mean 'ptrctl streams \($0)'?" }
            context.complain(
                "there is no stream \"\(Text.printable(name))\"",
                hint: hint ?? VerbContext.hint(for: name, among: known))
            return .precondition
        }
        let chosen = Streams(
            streams: answer.value.streams.filter { stream in names.contains { Self.matches(stream.name, $0) } })
        if json { context.console.out(Text.document(chosen)) } else { context.print(lines(chosen)) }
        return .done
    }

    /// No name has an asterisk.
    private static func matches(_ name: String, _ pattern: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }
}

/// `ptrctl streams position NAME [--set ID]`
struct StreamPositionVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "position",
        abstract: "Show, or set, after which event id a stream goes on.",
        discussion: """
            It is the id that the server is asked with at the next connection, also after a restart. With --set the stream \
            connects anew and goes on after that id: what came before it is not read again, and what the server sends after \
            it is, even if it was handled already. Asks first; scripts say --yes.

            Examples:
              ptrctl streams position tweets-1
              ptrctl streams position tweets-1 --set 9981
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var confirmation: Confirmation

    @Argument(.stream, "The stream.") var stream: String

    @Option(
        name: .customLong("set"), parsing: .unconditional,
        help: ArgumentHelp("Go on after this event id instead.", valueName: "id"))
    var id: String?

    func validate() throws {
        if id?.isEmpty == true { throw ValidationError("an id has to be given with --set; `streams forget` drops it") }
        if id == nil, confirmation.yes { throw ValidationError("--yes is for --set: showing a position asks nothing") }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        guard let id else {
            try await context.show(StreamPositionRequest(stream: stream), json: json) { answer in
                [answer.position.map { Self.shown($0, of: answer.bytes) } ?? "none: it goes on without an id"]
            }
            return .done
        }
        let question = "Have stream \(Text.printable(stream)) go on after \(brief(id))"
        if let status = await confirmation.ask(question, context) { return status }
        try await context.show(SetStreamPositionRequest(stream: stream, position: id), json: json, note: \.note) {
            ["\(Text.printable($0.stream)): goes on after \(brief($0.position)), before \(brief($0.previous))"]
        }
        return .done
    }

    /// An id by itself; how long it is, if that is not all of it.
    private static func shown(_ id: String, of bytes: Int) -> String {
        let isCut = id.utf8.count < bytes
        return Text.printable(id) + (isCut ? "… (\(Text.bytes(bytes)))" : "")
    }
}

/// `ptrctl streams forget NAME`
struct ForgetStreamPositionVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Forget after which event id a stream goes on: it begins anew, without one.",
        discussion: """
            The stream connects anew and the server decides where it begins: with what comes from now on, or with its \
            oldest event. Asks first; scripts say --yes.

            Examples:
              ptrctl streams forget tweets-1
              ptrctl streams forget tweets-1 --yes
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var confirmation: Confirmation

    @Argument(.stream, "The stream.") var stream: String

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let question = "Forget where stream \(Text.printable(stream)) goes on, and begin anew"
        if let status = await confirmation.ask(question, context) { return status }
        try await context.show(ForgetStreamPositionRequest(stream: stream), json: json, note: \.note) {
            ["\(Text.printable($0.stream)): begins anew without an id, before \(brief($0.previous))"]
        }
        return .done
    }
}

/// `ptrctl streams hand-over NAME`
struct HandOverStreamVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "hand-over",
        abstract: "Give a stream up to another node that stands by.",
        discussion: """
            For streams that several nodes share ([cluster]). What the stream brought is finished first. If no other node takes \
            it, this one does so again after the lease.

            Examples:
              ptrctl streams hand-over tweets-1
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(.stream, "The stream.") var stream: String

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        try await context.show(HandOverStreamRequest(stream: stream), json: json) {
            ["\(Text.printable($0.stream)): given up"]
        }
        return .done
    }
}

/// An event id in a sentence.
private func brief(_ id: String?) -> String {
    id.map { Text.shortened(Text.printable($0), to: 64) } ?? "none"
}
