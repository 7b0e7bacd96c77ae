import ArgumentParser
import Glibc
import ProgramKit
import ProgramStart

/// The program.
@main
struct Ptrfeed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ptrfeed",
        abstract: "A feed server: endless tweets as server-sent events, for demos, tests and load.",
        version: "ptrfeed \(Version.current)",
        subcommands: [Serve.self])

    static func main() async { await start(ProgramArguments.current, failure: 1) }
}
