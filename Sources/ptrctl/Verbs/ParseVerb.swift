import ArgumentParser
import ControlClient
import EventSource
import Glibc
import Locking
import ProgramKit

/// `ptrctl parse [--chunk N] FILE|-`
struct ParseVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Decode a captured event stream to lines of JSON.",
        discussion: """
            Prints one object {"type","data","id"} for each event, by the rules of the WHATWG standard; what is not \
            UTF-8 becomes U+FFFD. As there, an event that is not ended by a blank line is discarded. The daemon is \
            not asked. Exit status: 6 if the file cannot be opened; 1 if it cannot be read to its end, or holds an \
            event over the limit.

            Examples:
              ptrctl parse capture.txt
              curl -sN https://stream.example.org/events | ptrctl parse - | jq -r .data
              ptrctl parse --chunk 1 capture.txt
            """)

    @Option(
        help: ArgumentHelp(
            "Feed the parser so many bytes at a time; without it, what a read gives.",
            discussion: "The result is the same for every number, from 1 on.", valueName: "bytes"),
        transform: ValueKind<Int>.number(1...1 << 30, "bytes").read)
    var chunk: Int?

    @Option(.number(1...1 << 30, "bytes"), "The most bytes of data that one event may have, up to 1073741824.")
    var maxEventBytes = 64 << 20

    /// What happens to an event over the limit.
    enum OversizedPolicy: String, CaseIterable, Sendable {
        case fail, skip, truncate

        var policy: EventStreamLimits.Policy {
            switch self {
            case .fail: .fail
            case .skip: .skip
            case .truncate: .truncate
            }
        }
    }

    @Option(
        .word("policy", among: OversizedPolicy.allCases, spelled: \.rawValue),
        "What happens to a larger event: fail, skip or truncate.")
    var oversized = OversizedPolicy.fail

    @Argument(help: "The file, or - for standard input.", completion: .file()) var file: String

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let parser = CaptureParser(
            chunk: chunk, limits: EventStreamLimits(maximumEventBytes: maxEventBytes, policy: oversized.policy),
            write: context.console.outBytes)
        let (file, input) = (file, context.console.input)
        do throws(CaptureParser.Failure) {
            // Reading and writing block, which a thread of the cooperative pool must not.
            let counters = try await SerialQueue("parse").run { () throws(CaptureParser.Failure) in
                try file == "-" ? parser.parse(descriptor: input) : parser.parse(path: file)
            }
            for (count, what) in [(counters.skippedEvents, "left out"), (counters.truncatedEvents, "cut")]
            where count > 0 {
                context.console.err("ptrctl: \(Text.count(count, "event")) over the limit, \(what)")
            }
            return .done
        } catch {
            return report(error, to: context.console)
        }
    }

    private func report(_ failure: CaptureParser.Failure, to console: Console) -> ExitStatus {
        let name = file == "-" ? "standard input" : Text.printable(file)
        switch failure {
        case .open(let error):
            console.err("ptrctl: cannot open \(name): \(systemMessage(error))")
            return .precondition
        case .read(let error):
            console.err("ptrctl: cannot read \(name): \(systemMessage(error))")
        // The reader has seen enough (`ptrctl parse capture.txt | head -1`).
        case .write(EPIPE):
            return .done
        case .write(let error):
            console.err("ptrctl: cannot write to standard output: \(systemMessage(error))")
        case .parser(let error):
            console.err("ptrctl: \(name): \(error.message)")
            console.err("        raise --max-event-bytes, or choose --oversized skip or truncate")
        }
        return .failed
    }
}

extension EventStreamParserError {
    /// What is over which limit; the mend is our own options.
    fileprivate var message: String {
        switch self {
        case .eventTooLarge(let limit): "an event has more than \(limit) bytes of data"
        case .lineTooLong(let limit): "a line has more than \(limit) bytes"
        }
    }
}
