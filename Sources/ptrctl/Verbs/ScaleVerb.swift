import ArgumentParser
import ControlAPI

/// `ptrctl scale N|auto`
struct ScaleVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Pin the number of direct supervisors, or let the autoscaler decide.",
        discussion: """
            The number stays pinned until `ptrctl scale auto`. Outside the configured min and max it is refused \
            (exit status 6).

            Examples:
              ptrctl scale 5
              ptrctl scale auto
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(
        help: "How many direct supervisors there shall be, for example 5; or auto.",
        completion: .list(["auto", "1", "2", "4", "8"]))
    var target: ScaleArgument

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let answer = try await context.client.send(target.request)
        if output.json {
            context.console.out(Text.document(answer.document))
            return .done
        }
        context.console.out(Self.describe(answer.value))
        if let note = answer.value.note {
            context.console.err("ptrctl: \(Text.printable(note))")
        }
        return .done
    }

    static func describe(_ response: ScaleResponse) -> String {
        let live = Text.count(response.directSupervisors, "direct supervisor")
        if response.mode == .auto {
            return "scaling is automatic between \(response.min) and \(response.max); \(live) now"
        }
        if response.target == response.previousTarget {
            return "pinned to \(response.target), as before; \(live) now"
        }
        return "pinned to \(response.target), before \(response.previousTarget); \(live) now"
    }
}

/// A number, or `auto`.
struct ScaleArgument: ExpressibleByArgument, Sendable {
    let request: ScaleRequest

    init?(argument: String) {
        if argument == "auto" {
            request = .auto
        } else if let target = Int(argument) {
            request = .target(target)
        } else {
            return nil
        }
    }
}
