import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl scale N|auto [--expect M]`
struct ScaleVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Pin the number of direct supervisors, or let the autoscaler decide.",
        discussion: """
            The number stays pinned until `ptrctl scale auto`; what auto would aim at is said as well. Outside the configured min and max it is refused \
            (exit status 6).

            Examples:
              ptrctl scale 5
              ptrctl scale 6 --expect 5
              ptrctl scale auto
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    @Argument(
        help: "How many direct supervisors there shall be, for example 5; or auto.",
        completion: .list(["auto", "1", "2", "4", "8"]), transform: ScaleArgument.parse)
    var target: ScaleArgument

    @Option(
        help: ArgumentHelp(
            "Only if the present target is this one; otherwise nothing is changed (exit status 6).",
            valueName: "number"),
        transform: NumberArgument.parse)
    var expect: Int?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if let expect {
            let present = try await context.client.status().scaling.target
            guard present == expect else {
                context.complain("the target is \(present), not \(expect); nothing was changed")
                return .precondition
            }
        }
        let answer = try await context.client.send(target.request)
        if json {
            context.console.out(Text.document(answer.document))
        } else {
            context.print([Self.describe(answer.value)])
        }
        if !json, let note = answer.value.note {
            context.say(Text.printable(note))
        }
        return .done
    }

    static func describe(_ response: ScaleResponse) -> String {
        let live = Text.count(response.directSupervisors, "direct supervisor")
        if response.mode == .auto {
            let aim = response.automatic.map { ", aiming at \(Text.grouped($0))" } ?? ""
            return "scaling is automatic between \(response.min) and \(response.max)\(aim); \(live) now"
        }
        let before = response.target == response.previousTarget ? "as before" : "before \(response.previousTarget)"
        let aim = response.automatic.map { " (auto would aim at \(Text.grouped($0)))" } ?? ""
        return "pinned to \(response.target), \(before); \(live) now\(aim)"
    }
}

/// A number, or `auto`.
struct ScaleArgument: Sendable {
    let request: ScaleRequest

    static func parse(_ text: String) throws -> ScaleArgument {
        if text == "auto" { return ScaleArgument(request: .auto) }
        if ["automatic", "Auto", "AUTO"].contains(text) { throw ValidationError("did you mean auto?") }
        let number = try NumberArgument.parse(text, as: "a whole number, for example 5, or auto")
        guard number >= 0 else { throw ValidationError("a pool has no negative size") }
        return ScaleArgument(request: .target(number))
    }
}
