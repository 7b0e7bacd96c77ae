import ArgumentParser
import ControlAPI

/// What stands before or after every verb: how to reach the daemon, and how to print what it answers.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The path of ptrd's control socket.",
            discussion: "Before or after the verb, for example --socket /tmp/ptrd.sock.", valueName: "path"),
        completion: .file())
    var socket: String?

    @Flag(help: "Print the daemon's answer as JSON: one document, or one in a line where there are many.") var json =
        false

    @Option(
        .word("when", among: ColourArgument.allCases, spelled: \.rawValue),
        "Colours: auto (on a terminal), always or never.")
    var color: ColourArgument?

    func validate() throws {
        if socket?.isEmpty == true {
            throw ValidationError("--socket is empty: name the path of ptrd's control socket")
        }
    }
}

/// When there are colours.
enum ColourArgument: String, CaseIterable, Sendable {
    case auto, always, never

    /// On a terminal that has them, and never against the user's wish: any value of NO_COLOR that is not empty
    /// (no-color.org) forbids them, any of CLICOLOR_FORCE but 0 wants them everywhere (bixense.com/clicolors).
    func isOn(_ console: Console) -> Bool {
        guard self == .auto else { return self == .always }
        if console.environment("NO_COLOR") ?? "" != "" { return false }
        if !["", "0"].contains(console.environment("CLICOLOR_FORCE") ?? "") { return true }
        return console.isTerminal && console.environment("TERM") != "dumb"
    }
}

/// The question before something that cannot be taken back, or that stops the work. The default is no.
struct Confirmation: ParsableArguments {
    @Flag(help: "Do not ask whether it is meant; scripts have to say so.") var yes = false

    /// Asks, unless `--yes` was given.
    ///
    /// - Parameter question: what is about to happen, without its mark: `Delete 3 dead letters for good`.
    /// - Returns: nil to go on; otherwise what ptrctl ends with.
    func ask(_ question: String, _ context: VerbContext) async -> ExitStatus? {
        if yes { return nil }
        let console = context.console
        guard console.canAsk, let progress = console.progress else {
            context.complain("\(question)? There is no terminal to ask on: say --yes if that is meant")
            return .usage
        }
        progress(context.style.spelled("\(question)? [y/N] "))
        let answer = await console.line()
        if answer == nil { progress("\n") }
        if ["y", "yes"].contains(answer?.lowercased()) { return nil }
        context.say("nothing was done")
        return .failed
    }
}
