import ArgumentParser
import ControlClient

// The verbs that ask for the status.

/// `ptrctl status`
struct StatusVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show streams, messages, workers and scaling.",
        discussion: """
            What is wrong comes first. Ends with 0 if ptrd is healthy and with 1 if it is degraded. With --all each ptrd at the \
            broker has a line, and it is said who of them is silent.

            Examples:
              ptrctl status
              ptrctl --all status
              ptrctl status --json | jq .messages.in_flight
            """)

    @OptionGroup var options: GlobalOptions

    @OptionGroup var everywhere: EverywhereOption

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let style = context.style
        if everywhere.all {
            let whole = try await context.showAll(.status, json: json, \.status)
            return WholePage(whole: whole, style: style).isUnwell ? .failed : .done
        }
        let status = try await context.show(StatusRequest(), json: json) { StatusPage(status: $0, style: style).lines }
        return status.isUnwell ? .failed : .done
    }
}

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

    @OptionGroup var options: GlobalOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if json {
            return CheckLine(try await context.show(StatusRequest(), json: true) { _ in [] }).status
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

    @OptionGroup var options: GlobalOptions

    /// What `--json` says.
    private struct Versions: Encodable {
        var daemon: String?
        let version = Version.current
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        var versions = Versions()
        do throws(ControlClientError) {
            versions.daemon = try await context.client.status().version
        } catch {
            context.say(Text.printable(error.message))
        }
        if json {
            let alone = #"{"version":"\#(versions.version)"}"#
            context.console.out(versions.daemon == nil ? alone : Text.oneLine(versions))
        } else {
            let daemon = versions.daemon.map { ["ptrd \(Text.printable($0))"] }
            context.print(["ptrctl \(versions.version)"] + (daemon ?? []))
        }
        return .done
    }
}
