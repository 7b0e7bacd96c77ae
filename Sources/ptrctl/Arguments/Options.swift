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

    @Flag(help: "Print the daemon's answer as JSON: one document, or one in a line where there are many.")
    var json = false

    @Option(
        help: ArgumentHelp("Colours: auto (on a terminal), always or never.", valueName: "when"),
        completion: .list(ColourArgument.allCases.map(\.rawValue)), transform: ColourArgument.parse)
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

    static func parse(_ word: String) throws -> Self {
        try Choice.parse(word, among: allCases.map { ($0.rawValue, $0) })
    }

    /// On a terminal that has them, and never against the user's wish: any value of NO_COLOR that is not empty
    /// (no-color.org) forbids them, any of CLICOLOR_FORCE but 0 wants them everywhere (bixense.com/clicolors).
    func isOn(_ console: Console) -> Bool {
        guard self == .auto else { return self == .always }
        if console.environment("NO_COLOR") ?? "" != "" { return false }
        if !["", "0"].contains(console.environment("CLICOLOR_FORCE") ?? "") { return true }
        return console.isTerminal && console.environment("TERM") != "dumb"
    }
}

/// Whether to ask.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Do not ask whether it is meant; scripts have to say so.")
    var yes = false
}
