import ArgumentParser
import ControlAPI

/// `ptrctl version`
struct VersionVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version of ptrctl.",
        discussion: """
            That of the daemon is in its status.

            Examples:
              ptrctl version
              ptrctl status --json | jq -r .version
            """)

    @OptionGroup var output: OutputOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        context.console.out(
            output.json ? #"{"version":"\#(Version.current)"}"# : "ptrctl \(Version.current)")
        return .done
    }
}
