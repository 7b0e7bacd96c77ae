import ArgumentParser
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

    @OptionGroup var options: GlobalOptions

    @Argument(.poolSize, "How many direct supervisors there shall be, for example 5; or auto.") var target: ScaleRequest

    @Option(.number(), "Only if the present target is this one; otherwise nothing is changed (exit status 6).")
    var expect: Int?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if let expect {
            let present = try await context.client.status().scaling.target
            guard present == expect else {
                context.complain("the target is \(present), not \(expect); nothing was changed")
                return .precondition
            }
        }
        try await context.show(target, json: json, note: \.note) { [Self.describe($0)] }
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

extension ValueKind<ScaleRequest> {
    /// A number, or `auto`.
    fileprivate static var poolSize: Self {
        Self(completion: .list(["auto", "1", "2", "4", "8"])) { text in
            if text == "auto" { return .auto }
            if ["automatic", "Auto", "AUTO"].contains(text) { throw ValidationError("did you mean auto?") }
            let number = try ValueKind<Int>.read(text, as: "a whole number, for example 5, or auto")
            guard number >= 0 else { throw ValidationError("a pool has no negative size") }
            return .target(number)
        }
    }
}
