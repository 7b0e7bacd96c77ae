import ArgumentParser

/// The program.
@main
struct Ptrfeed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ptrfeed",
        abstract: "A feed server: endless tweets as server-sent events, for demos, tests and load.",
        subcommands: [Serve.self])
}
