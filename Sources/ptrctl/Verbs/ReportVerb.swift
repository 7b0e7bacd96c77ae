import ArgumentParser
import ControlClient
import ProgramKit

/// `ptrctl report [--output FILE]`
struct ReportVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write what is known of ptrd to a file, for somebody who is to help.",
        discussion: """
            Status, tree, events, crashes, decisions, the configuration in force, the unit, versions, and the log without \
            printed messages. What cannot be had is left out and named; so it works also while ptrd is down.

            No messages, values of headers, values of a URL's query, or credentials are in it, but names, event ids and \
            error texts are, and names of JSON keys may be: look at it before you pass it on.

            Examples:
              ptrctl report
              ptrctl report --output /tmp/ptrd.tar.gz
            """)

    @OptionGroup var options: GlobalOptions

    @Option(
        name: [.short, .long], help: "The file to write (default: ptrd-report-TIME.tar.gz here).",
        completion: .file(extensions: ["gz"]))
    var output: String?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let name = "ptrd-report-\(UTCTime.now.inFileName)"
        let path = output ?? "\(name).tar.gz"
        let bundle = await SupportBundle.collect(with: context) { context.progress("\($0) …") }
        context.progress(nil)
        if let failure = await ReportArchive(bundle: bundle, name: name).write(to: path) {
            context.complain("the report could not be written: \(Text.printable(failure))")
            return .failed
        }
        for missing in bundle.missing where !json { context.say("left out: \(missing)") }
        if json {
            context.console.out(Text.document(Written(file: path, missing: bundle.missing)))
        } else {
            context.print(["\(path): \(Text.count(bundle.parts.count, "file")); look at it before you pass it on"])
        }
        return .done
    }

    /// What `--json` says.
    private struct Written: Encodable {
        let file: String
        /// What could not be had, and why.
        let missing: [String]
    }
}
