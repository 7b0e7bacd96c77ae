import ArgumentParser
import ControlAPI

/// `ptrctl scale N|auto [--expect M]`
struct ScaleVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Pin the number of direct supervisors, or let the autoscaler decide.",
        discussion: """
            The number stays pinned until `ptrctl scale auto`. Outside the configured min and max it is refused \
            (exit status 6).

            Examples:
              ptrctl scale 5
              ptrctl scale 6 --expect 5
              ptrctl scale auto
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(
        help: "How many direct supervisors there shall be, for example 5; or auto.",
        completion: .list(["auto", "1", "2", "4", "8"]))
    var target: ScaleArgument

    @Option(
        help: ArgumentHelp(
            "Only if the present target is this one; otherwise nothing is changed (exit status 6).",
            valueName: "number"))
    var expect: Int?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if let expect {
            let present = try await context.client.status().scaling.target
            guard present == expect else {
                context.say("the target is \(present), not \(expect); nothing was changed")
                return .precondition
            }
        }
        let answer = try await context.client.send(target.request)
        if output.json {
            context.console.out(Text.document(answer.document))
            return .done
        }
        var text = Self.describe(answer.value)
        // Nice to know, but no reason to fail now that it is done.
        if answer.value.mode == .manual, let automatic = try? await context.client.decisions(limit: 1).automatic {
            text += " (auto would aim at \(Text.grouped(automatic)))"
        }
        context.console.out(text)
        if let note = answer.value.note {
            context.say(Text.printable(note))
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
