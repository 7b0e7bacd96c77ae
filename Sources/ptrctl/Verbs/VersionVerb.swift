import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl version`
struct VersionVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the versions of ptrctl and of the daemon.",
        discussion: """
            Ends with 0 also when the daemon cannot be asked.

            Examples:
              ptrctl version
              ptrctl version --json | jq -r .daemon
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        var daemon: String?
        do throws(ControlClientError) {
            daemon = try await context.client.status().version
        } catch {
            context.say(Text.printable(error.message))
        }
        if json {
            context.console.out(document(daemon))
        } else {
            context.print(["ptrctl \(Version.current)"] + (daemon.map { ["ptrd \(Text.printable($0))"] } ?? []))
        }
        return .done
    }

    private func document(_ daemon: String?) -> String {
        guard let daemon else { return #"{"version":"\#(Version.current)"}"# }
        struct Versions: Encodable {
            let daemon: String
            let version: String
        }
        let versions = Versions(daemon: daemon, version: Version.current)
        return (try? ControlJSON.encode(versions)).map { Text.oneLine(String(decoding: $0, as: UTF8.self)) } ?? "{}"
    }
}
