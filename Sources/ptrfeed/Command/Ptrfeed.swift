import ArgumentParser
import CArguments

/// The program.
@main
struct Ptrfeed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ptrfeed",
        abstract: "A feed server: endless tweets as server-sent events, for demos, tests and load.",
        subcommands: [Serve.self])

    /// The arguments are taken from where they cannot be lost.
    static func main() async {
        let arguments = (0..<carguments_count()).map { carguments_at($0).map { String(cString: $0) } ?? "" }
        await main(Array(arguments.dropFirst()))
    }
}
