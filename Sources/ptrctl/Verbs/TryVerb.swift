import ArgumentParser
import ControlClient
import ProgramKit

/// `ptrctl try URL|--stream NAME [-n N]`
struct TryVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Try a stream as ptrd would connect it, and explain what comes.",
        discussion: """
            Connects once, shows the answer and the first events, says what their ids, sizes and fields are and what is \
            wrong, and prints the configuration that it suggests. The daemon is not asked, and nothing of it is touched. \
            Exit status: 0 if events come and nothing is wrong; 1 if not; 5 if a credential is for others to read; 6 if \
            there is no such stream or file.

            Examples:
              ptrctl try https://stream.wikimedia.org/v2/stream/recentchange
              ptrctl try --bearer-file /etc/ptrd/token -n 2 https://feed.example.org/events
              ptrctl try --format '{title} by {user}' https://feed.example.org/events
              sudo ptrctl try --stream tweets-1
            """)

    @OptionGroup var options: GlobalOptions

    @Option(.stream, "Try a stream of the configuration, with its headers, timeouts and credentials.") var stream:
        String?

    @Option(help: "The configuration, with ptrd.d/*.toml beside it.", completion: .file(extensions: ["toml"]))
    var config = TrialTarget.defaultConfiguration

    @Option(
        .number(1...1000, "events"), "How many events are shown, and then it ends; without it 5, and some time more.",
        name: .lines)
    var lines: Int?

    @Option(.duration, "How long it may take in all.", name: .customLong("time")) var limit = Duration.seconds(30)

    @Option(
        name: .customLong("header"),
        help: ArgumentHelp("A request header that is no secret; may be repeated.", valueName: "name: value"))
    var headers: [String] = []

    @Option(
        name: .customLong("bearer-file"), help: ArgumentHelp("A file with a bearer token.", valueName: "path"),
        completion: .file())
    var bearerFile: String?

    @Option(
        name: .customLong("header-file"),
        help: ArgumentHelp("A header whose value is in a file; may be repeated.", valueName: "name=path"))
    var headerFiles: [String] = []

    @Option(help: ArgumentHelp("What is printed of a message, as handler.print.format has it.", valueName: "template"))
    var format: String?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Which events are worked on, as a stream's where has it.", valueName: "condition"))
    var condition: String?

    @Option(
        name: .customLong("event"),
        help: ArgumentHelp("A type of events that are worked on; may be repeated.", valueName: "type"))
    var events: [String] = []

    @Flag(name: .customLong("no-color"), help: "The same as --color never.") var noColor = false

    func validate() throws {
        switch (url, stream) {
        case (nil, nil): throw ValidationError("What to try is missing: ptrctl try URL, or --stream NAME")
        case (_?, _?): throw ValidationError("a URL and --stream are two streams: leave out one")
        default: break
        }
        if stream != nil, !headers.isEmpty || !headerFiles.isEmpty || bearerFile != nil {
            throw ValidationError("--stream has its headers from the configuration: leave out --header and the files")
        }
        if stream != nil, condition != nil || !events.isEmpty {
            throw ValidationError("--stream has its filter from the configuration: leave out --where and --event")
        }
        if limit <= .zero { throw ValidationError("--time must be more than 0") }
        _ = try headers.map(Self.header)
        _ = try headerFiles.map(Self.headerFile)
    }

    @Argument(help: "The URL of the stream.") var url: String?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        var settings: TrialSettings
        do throws(TrialRefusal) {
            settings = try await target(context.console).settings()
        } catch {
            context.complain(error.text, hint: error.hint)
            return error.status
        }
        settings.shown = lines ?? 5
        settings.endsWithShown = lines != nil
        settings.limit = limit
        let style = noColor ? Style(context.console, colour: .never) : context.style
        return try await run(settings, context, style)
    }

    private func run(
        _ settings: TrialSettings, _ context: VerbContext, _ style: Style
    ) async throws(ControlClientError) -> ExitStatus {
        let isJSON = json
        if !isJSON { context.print(TrialPage.head(settings, style)) }
        let trial = Trial(settings) { step in
            if !isJSON { context.print(step.lines(style)) }
        }
        // Whoever has had enough is told what was seen so far.
        let isWhole = try await untilInterrupted(context.console) { await trial.run() } != nil
        let tally = trial.tally
        let verdict = TrialVerdict(tally, settings)
        if isJSON {
            let document = TrialDocument(tally, settings, verdict, ended: trial.ended)
            context.console.out(Text.document(document))
        } else {
            context.print(TrialPage(tally: tally, settings: settings, verdict: verdict, style: style).lines)
        }
        return verdict.isGood && tally.opened != nil && (isWhole || tally.events > 0) ? .done : .failed
    }
}

extension TryVerb {
    private func target(_ console: Console) -> TrialTarget {
        TrialTarget(
            url: url ?? "", headers: headers.compactMap { try? Self.header($0) }, bearerFile: bearerFile,
            headerFiles: headerFiles.compactMap { try? Self.headerFile($0) }, stream: stream, configuration: config,
            format: format, condition: condition, events: events,
            credentialsFolder: console.environment("CREDENTIALS_DIRECTORY"))
    }

    private static func header(_ text: String) throws -> (name: String, value: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            // It may be a secret, which is not said again.
            throw ValidationError("--header has no value: write 'Name: value'")
        }
        let name = parts[0].trimmed
        guard !StreamNaming.isSecret(name) else {
            throw ValidationError(
                "\(name) carries a secret, which everybody sees in `ps`: write it to a file, and give "
                    + (name.lowercased() == "authorization" ? "--bearer-file PATH or " : "")
                    + "--header-file \(name)=PATH")
        }
        return (name, parts[1].trimmed)
    }

    private static func headerFile(_ text: String) throws -> (name: String, path: String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw ValidationError("--header-file has no path: write Name=PATH")
        }
        return (parts[0], parts[1])
    }
}
