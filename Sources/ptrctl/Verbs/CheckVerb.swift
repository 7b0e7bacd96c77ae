import ArgumentParser
import ControlAPI
import ControlClient

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
    @OptionGroup var options: GlobalOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if json {
            let status = try await context.show(StatusRequest(), json: true) { _ in [] }
            return CheckLine(status).status
        }
        let line: CheckLine
        do throws(ControlClientError) {
            line = CheckLine(try await context.client.status())
        } catch {
            line = CheckLine(error)
        }
        context.print([line.text])
        return line.status
    }
}
