import ArgumentParser
import ControlAPI

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

/// Whether to ask.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Do not ask whether it is meant; scripts have to say so.")
    var yes = false
}
