import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl source [check]`
struct SourceVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Check what the broker of a source has.",
        subcommands: [CheckSourceVerb.self])

    @OptionGroup var options: GlobalOptions
}

/// `ptrctl source check NAME`
struct CheckSourceVerb: QuestionVerb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Ask the broker of a source whether its stream and consumer are as they have to be.",
        discussion: """
            Says of each setting that is wrong what it is, what it has to be and why, and the commands that make it right: of the \
            tool nats, and as JSON that any client can send. Nothing is changed. Ends with 1 if something is wrong.

            Examples:
              ptrctl source check events
              ptrctl source check events --json | jq -r '.mends[]'
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(.stream, "The source.") var source: String

    var request: SourceCheckRequest { SourceCheckRequest(source: source) }

    func lines(_ answer: SourceCheck, _ style: Style) -> [String] {
        if let outage = answer.outage {
            return style.wrapped(style.coloured(Text.printable(outage), .red), first: "", rest: "  ")
        }
        var lines = answer.faults.flatMap {
            style.wrapped(style.coloured(Text.printable($0), .red), first: "", rest: "  ")
        }
        if let broker = answer.broker {
            lines.append(
                "\(Text.printable(broker.consumer)): \(Text.grouped(broker.pending)) pending, "
                    + "\(Text.grouped(broker.ackPending)) delivered and not acknowledged, \(Text.grouped(broker.held)) held here"
                    + (broker.oldestSeconds.map { ", the oldest \(Text.duration($0)) old" } ?? ""))
        }
        if answer.faults.isEmpty { return lines + ["All is as it has to be."] }
        return answer.mends.isEmpty
            ? lines : lines + ["", "What makes it right:"] + answer.mends.map { "  " + Text.printable($0) }
    }

    func exitStatus(_ answer: SourceCheck) -> ExitStatus {
        answer.faults.isEmpty && answer.outage == nil ? .done : .failed
    }
}
