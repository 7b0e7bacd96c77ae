import ArgumentParser
import ControlClient
import Glibc
import Launching
import Locking
import NIOCore
import ProgramKit
import WorkerProtocol

/// `ptrctl exec-check [OPTIONS] -- COMMAND…`
struct ExecCheckVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "exec-check",
        abstract: "Try a program as a worker, and explain what it does.",
        discussion: """
            Starts the command as ptrd would (handler.kind = "exec"), gives it three messages, and says what was sent, what \
            was answered and what that means. The daemon is not asked, and no message of it is touched. Exit status: 0 if \
            all messages are answered for; 1 if not, with what mends it.

            Examples:
              ptrctl exec-check -- /usr/bin/python3 score.py
              ptrctl exec-check --batch 32 --data tweets.jsonl -- ./store
              ptrctl exec-check --oneshot -- /usr/bin/jq -e .message
            """)

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Start the program once for each message: data on stdin, the rest in PTR_*.") var oneshot = false

    @Option(
        .word("framing", among: Framing.allCases, spelled: \.rawValue), "How frames are told apart: lines or length.")
    var framing = Framing.lines

    @Option(
        .replyDescriptor, "Where it answers: 1, or 3; then stdout is for the log.", name: .customLong("reply-fd"))
    var replyDescriptor = 1

    @Option(.number(1...1024, "messages"), "Give it batches of so many messages.") var batch = 1

    @Option(.number(1...64, "frames"), "Give it so many frames at once.") var prefetch = 1

    @Option(.duration, "How long an answer may take.") var timeout = Duration.seconds(10)

    @Option(
        help: ArgumentHelp(
            "Messages of your own: a file with one in a line, or - for standard input.", valueName: "file"),
        completion: .file())
    var data: String?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("A variable for it, such as MODEL=a; may be repeated.", valueName: "name=value"))
    var variables: [String] = []

    @Argument(parsing: .postTerminator, help: "The program and its arguments, behind --.", completion: .file())
    var command: [String] = []

    func validate() throws {
        guard let program = command.first, !program.isEmpty else {
            throw ValidationError("The command is missing: ptrctl exec-check -- /usr/bin/python3 score.py")
        }
        if let wrong = variables.first(where: { !$0.contains("=") || $0.first == "=" }) {
            throw ValidationError("--env \(wrong) has no value: write NAME=value")
        }
        if oneshot, batch > 1 || prefetch > 1 || framing != .lines || replyDescriptor != 1 {
            throw ValidationError(
                "with --oneshot there are no frames: leave out --batch, --prefetch, --framing and --reply-fd")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        guard let program = Self.absolute(command[0], console: context.console) else {
            context.complain("there is no \(Text.printable(command[0])) in PATH", hint: "name the program by its path")
            return .precondition
        }
        var settings = CheckSettings(command: [program] + command.dropFirst())
        settings.isOneshot = oneshot
        settings.framing = framing
        settings.replyDescriptor = replyDescriptor
        settings.batch = batch
        settings.prefetch = prefetch
        settings.timeout = timeout
        settings.environment = environment(context.console)
        if let data {
            let input = context.console.input
            do throws(SampleMessages.Failure) {
                settings.data = try await SerialQueue("data").run { () throws(SampleMessages.Failure) in
                    try SampleMessages.read(path: data, input: input)
                }
            } catch {
                return refuse(error, context)
            }
        }
        return try await check(settings, context)
    }

    private func check(
        _ settings: CheckSettings, _ context: VerbContext
    ) async throws(ControlClientError) -> ExitStatus {
        let steps = Locked<[CheckStep]>([])
        let (isJSON, style) = (json, context.style)
        let check = ExecCheck(settings: settings, time: Int64(time(nil)) * 1_000_000) { step in
            if isJSON { steps.withLock { $0.append(step) } } else { context.print(step.lines(style)) }
        }
        guard let tally = try await untilInterrupted(context.console, { await check.run() }) else { return .failed }
        if isJSON {
            let document = CheckDocument(
                command: settings.command, good: tally.isGood, messages: tally.messages, done: tally.done,
                failed: tally.failed, rejected: tally.rejected, unavailable: tally.unavailable, faults: tally.faults,
                steps: steps.withLock { $0.map(\.document) })
            context.console.out(Text.document(document))
        } else {
            context.print(tally.lines(style))
            if tally.isGood {
                context.print(["", style.faint("for ptrd.toml:")])
                context.print(settings.configuration(absolute: Self.absoluteIfFile).map { "    \($0)" })
                let here = """
                    It ran here as your user. In the unit it runs as ptrd, and writes to its working folder, /var/lib/ptrd/workers, or \
                    where ReadWritePaths= of a drop-in lets it. What it has written now belongs to you.
                    """
                context.print([""] + style.wrapped(here).map(style.faint))
            }
        }
        return tally.isGood ? .done : .failed
    }

    /// As ptrd makes it for its workers, from who calls.
    private func environment(_ console: Console) -> [String: String] {
        var environment = [
            "PATH": console.environment("PATH") ?? CommandProof.defaultPath,
            "LANG": console.environment("LANG") ?? "C.UTF-8", "HOME": console.environment("HOME") ?? "/",
            "TMPDIR": console.environment("TMPDIR") ?? "/tmp", "PYTHONUNBUFFERED": "1",
        ]
        for variable in variables {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            environment[String(parts[0])] = String(parts[1])
        }
        return environment.merging([
            "PTR_PROTOCOL": "1", "PTR_WORKER": "exec-check", "PTR_PREFETCH": "\(prefetch)", "PTR_BATCH": "\(batch)",
            "PTR_MAX_ANSWER": "\(1 << 20)", "PTR_REPLY_FD": "\(replyDescriptor)",
        ]) { _, ours in ours }
    }

    /// A program by its path: ptrd looks for none, but whoever tries one may. Nil: it is not found.
    private static func absolute(_ program: String, console: Console) -> String? {
        if program.contains("/") { return absolute(program) }
        let path = console.environment("PATH") ?? CommandProof.defaultPath
        return path.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    private static func absoluteIfFile(_ argument: String) -> String {
        argument.isEmpty || access(argument, F_OK) != 0 ? argument : absolute(argument)
    }

    /// The whole path of what is named from where we are. Links stay: an interpreter may look where it was called.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return "\(String(cString: here))/\(path.trimmingPrefix("./"))"
    }

    private func refuse(_ failure: SampleMessages.Failure, _ context: VerbContext) -> ExitStatus {
        let name = data == "-" ? "standard input" : Text.printable(data ?? "")
        switch failure {
        case .open(let error):
            context.complain("cannot open \(name): \(systemMessage(error))")
            return .precondition
        case .read(let error): context.complain("cannot read \(name): \(systemMessage(error))")
        case .tooLarge:
            context.complain("\(name) has more than 64 MiB", hint: "a few messages are enough to try a worker")
        case .empty: context.complain("\(name) holds no message", hint: "it has one in a line")
        }
        return .failed
    }
}

extension ValueKind<Int> {
    /// A descriptor for answers.
    fileprivate static var replyDescriptor: Self {
        Self(name: "fd", completion: .list(["1", "3"])) { text in
            guard let number = Int(text), number == 1 || number == 3 else { throw ValidationError("it is 1 or 3") }
            return number
        }
    }
}
