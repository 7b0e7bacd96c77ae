import ArgumentParser
import ControlAPI

/// The root command: it has no work of its own, only verbs.
struct Ptrctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ptrctl",
        abstract: "The operator's hand on ptrd.",
        discussion: """
            The socket is --socket, else $\(ControlSocket.environmentVariable), else \(ControlSocket.defaultPath).

            Exit status: 0 done, or healthy; 1 failed, or degraded; 2 wrong usage; 3 ptrd is not running; \
            4 it answered badly or not in time; 5 denied; 6 a precondition does not hold, or not found.

            Examples:
              ptrctl status
              ptrctl scale 5
              ptrctl --socket /tmp/ptrd.sock crash worker
            """,
        version: "ptrctl \(Version.current)",
        subcommands: [StatusVerb.self, ScaleVerb.self, CrashVerb.self, ParseVerb.self, VersionVerb.self])

    @OptionGroup var connection: ConnectionOptions
}

/// How to reach the daemon.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The path of ptrd's control socket.",
            discussion: "Before or after the verb, for example --socket /tmp/ptrd.sock.", valueName: "path"),
        completion: .file())
    var socket: String?
}

/// How to print what the daemon answers.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the daemon's answer as one JSON document, for example for jq.")
    var json = false
}
