import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl reload`
struct ReloadVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Read the configuration again and apply what has changed.",
        discussion: """
            No message is lost. What takes effect at the next start only is named. A file that is wrong changes \
            nothing, and it is said where it is wrong (exit status 6).

            Examples:
              ptrctl reload
              ptrctl reload --json | jq -r '.needs_restart[].key'
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        try await context.show(ReloadRequest(), json: json) { response in
            ReloadPage(response: response, style: context.style).lines
        }
        return .done
    }
}
