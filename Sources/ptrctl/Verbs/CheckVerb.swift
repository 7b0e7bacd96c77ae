import ArgumentParser
import ControlAPI

/// `ptrctl check`
struct CheckVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say in one line whether all is well, for monitoring.",
        discussion: """
            The line goes to standard output whatever it says, with figures behind a bar. Exit status: 0 OK; \
            1 DEGRADED; 3 DOWN; 4 UNKNOWN; 5 DENIED.

            Examples:
              ptrctl check
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if output.json {
            let status = try await context.show(StatusRequest(), json: true) { _ in "" }
            return CheckLine(status).status
        }
        let line: CheckLine
        do throws(ControlClientError) {
            line = CheckLine(try await context.client.status())
        } catch {
            line = CheckLine(error)
        }
        context.console.out(line.text)
        return line.status
    }
}
