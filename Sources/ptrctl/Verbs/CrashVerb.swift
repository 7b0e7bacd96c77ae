import ArgumentParser
import ControlAPI

/// `ptrctl crash TARGET [ID]`
struct CrashVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "crash",
        abstract: "Crash one part of the tree on purpose, to see it restart.",
        discussion: """
            No message is lost: what the part held is dealt again. Needs fault_injection = true in [control]; without \
            it ptrd refuses (exit status 6).

            Examples:
              ptrctl crash worker
              ptrctl crash worker worker.1.2
              ptrctl crash flow-manager
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(
        help: "The part of the tree to crash, for example worker.",
        completion: .list(CrashTarget.all.map(\.rawValue)))
    var target: CrashArgument

    @Argument(help: "Which one, for example worker.1.2; without it, one at random.")
    var id: String?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let answer = try await context.client.send(CrashRequest(target: target.target, id: id))
        context.console.out(output.json ? Text.document(answer.document) : Self.describe(answer.value))
        return .done
    }

    static func describe(_ response: CrashResponse) -> String {
        var text = "crashed \(Text.printable(response.id))"
        if let before = response.incarnationBefore {
            text += " (incarnation \(before))"
        }
        switch (response.busy, response.sequence) {
        case (true, let sequence?): text += " with message \(sequence) in hand, which is dealt again"
        case (true, nil): text += " with a message in hand, which is dealt again"
        case (false, _): break
        }
        if let duration = response.replacedInMicroseconds {
            text += "; replaced in \(Text.milliseconds(Double(duration) / 1000))"
            if let after = response.incarnationAfter {
                text += " by incarnation \(after)"
            }
        }
        return text
    }
}

/// One of the targets; what the API knows is checked before the daemon is asked.
struct CrashArgument: ExpressibleByArgument, Sendable {
    let target: CrashTarget

    init?(argument: String) {
        target = CrashTarget(rawValue: argument)
        guard CrashTarget.all.contains(target) else { return nil }
    }

    static var allValueStrings: [String] { CrashTarget.all.map(\.rawValue) }
}
