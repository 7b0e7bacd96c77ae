import ArgumentParser
import ControlAPI
import EventSource
import Glibc
import Launching
import ProgramKit
import ProgramStart
import PtrConfiguration
import Systemd
import Writing

/// The command line of the daemon.
@main
struct Ptrd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ptrd",
        abstract: "Turns live Server-Sent-Events streams into supervised, autoscaled work.",
        discussion: """
            ptrd runs in the foreground until SIGTERM or SIGINT; then it stops receiving, finishes what it holds (up to
            flow.drain_timeout) and exits. A further signal, a second later or more, stops it at once. SIGHUP has it read its
            configuration again, SIGUSR1 open the file that it prints to anew.

            Exit status: 0 stopped cleanly; 1 the tree gave up, the drain timed out, or something that ptrd needs is not \
            there; 64 the command line is wrong; 78 the configuration is wrong.
            """,
        version: "ptrd \(ProgramKit.Version.current)")

    @Option(help: ArgumentHelp("The configuration; *.toml in ptrd.d beside it are read after it.", valueName: "path"))
    var config = Configuration.defaultPath

    @Flag(help: "Check the configuration, say what is wrong with it, and exit.")
    var checkConfig = false

    /// For scripts/manuals.
    @Flag(help: ArgumentHelp("Print the manual page ptrd.toml(5).", visibility: .hidden))
    var printConfigurationManual = false

    @Option(help: ArgumentHelp("The control socket, instead of [control] socket.", valueName: "path"))
    var controlSocket: String?

    @Option(help: ArgumentHelp("The state directory, instead of [state] directory.", valueName: "path"))
    var stateDirectory: String?

    /// The arguments are taken from where they cannot be lost: ptrd without its `--check-config` would start.
    static func main() async {
        guard let arguments = ProgramArguments.current else {
            say("started without arguments, not even a name: what it is to do is not known, so it does nothing")
            Glibc.exit(Status.usageIsWrong)
        }
        await start(arguments, failure: Status.failure)
    }

    func run() async throws {
        let isOutputOpen = Self.openMissingDescriptors()
        ignoreBrokenPipeSignal()
        SignalListener.ignoreHarmless()
        if printConfigurationManual {
            try Self.printOut(Configuration.manual)
            return
        }
        let homes = Homes.current
        let load: @Sendable () throws(ConfigurationError) -> Configuration = {
            [config, controlSocket, stateDirectory, checkConfig] () throws(ConfigurationError) in
            // Credentials are the service's; whoever checks its files by hand does not have them.
            let credentials: CredentialsDirectory? = checkConfig ? nil : .current
            var configuration = try Configuration.load(path: config, credentials: credentials, homes: homes) {
                EventStreamRoute.faults(of: $0, credentials: credentials)
            }
            if let controlSocket { configuration.control.socket = controlSocket }
            if let stateDirectory { configuration.state.directory = stateDirectory }
            return configuration
        }
        let configuration: Configuration
        do throws(ConfigurationError) {
            configuration = try load()
        } catch {
            Self.report(error)
            throw ExitCode(Status.configurationIsWrong)
        }
        if configuration.handler.kind == .nats, !PublishedMessages.isBuiltIn {
            Self.say(PublishedMessages.mend)
            throw ExitCode(Status.configurationIsWrong)
        }
        if !configuration.sources.isEmpty, !PublishedMessages.isBuiltIn {
            Self.say(PublishedMessages.sourceMend)
            throw ExitCode(Status.configurationIsWrong)
        }
        if checkConfig {
            if let problems = CommandCheck(before: configuration, path: config)?.problems, !problems.isEmpty {
                for problem in problems { Self.say("the command of [handler.exec] cannot be started: \(problem)") }
                throw ExitCode(Status.configurationIsWrong)
            }
            try Self.printOut(Self.summary(of: configuration, path: config) + "\n")
            return
        }
        if !isOutputOpen, configuration.handler.kind == .print, configuration.handler.print.to == .stdout {
            Self.say("standard output is closed: open it, or let [handler.print] print to a file or the journal")
            throw ExitCode(Status.failure)
        }
        // What has our user is the workers', too: it is not to read our memory, or trace us. A core dump is the price.
        if configuration.handler.kind == .exec { ProcessPrivacy.begin() }
        if configuration.state.directory == homes.stateDirectory { homes.prepare() }
        let status = await Daemon(configuration, load: load).run()
        if status != 0 { throw ExitCode(status) }
    }

    /// Exit statuses besides 0; see the contract in the manual.
    enum Status {
        static let failure: Int32 = 1
        /// `EX_USAGE`.
        static let usageIsWrong: Int32 = 64
        /// `EX_CONFIG`: systemd does not restart on it.
        static let configurationIsWrong: Int32 = 78
    }

    /// Gives the standard descriptors that are closed to /dev/null, before a file or a socket gets their numbers and what is
    /// printed goes into it. Returns whether standard output was open.
    private static func openMissingDescriptors() -> Bool {
        // The runtime may have taken the number before `main` for an epoll or an eventfd; those have no file type.
        var status = stat()
        let isOutputOpen = fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT != 0
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is this one.
            _ = open("/dev/null", O_RDWR)
        }
        return isOutputOpen
    }

    /// Says what is wrong with the configuration: to the journal an entry for each problem, which its catalog explains.
    private static func report(_ error: ConfigurationError) {
        guard LogDestination.current() == .journal else { return say("\(error)") }
        var entries = error.shown.map { problem in
            let isCredential =
                problem.message.hasPrefix("the credential ") || problem.key?.hasSuffix("_credential") == true
            var entry = JournalRecord(message: "\(problem)", priority: .error, identifier: "ptrd")
            entry.append(.messageID, (isCredential ? MessageID.credentialMissing : .configurationWrong).id)
            return entry
        }
        if let more = error.more {
            var entry = JournalRecord(message: more, priority: .error, identifier: "ptrd")
            entry.append(.messageID, MessageID.configurationWrong.id)
            entries.append(entry)
        }
        // Nothing else runs yet that this could hold up.
        let result = JournalSink().write(entries, until: Interruption())
        if !result.refused.isEmpty { say("\(error)") }
    }

    /// Says something on stderr before there is a log.
    static func say(_ text: String) {
        // Not by way of `stderr`, which Swift cannot know to be safe.
        _ = "ptrd: \(text)\n".utf8CString.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
    }

    /// Prints what was asked for.
    private static func printOut(_ text: String) throws {
        guard let failure = StandardOutput.write(text) else { return }
        say(failure)
        throw ExitCode(Status.failure)
    }

    private static func summary(of configuration: Configuration, path: String) -> String {
        let files = Configuration.files(path: path)
        let few = configuration.streams.prefix(20).map {
            "\($0.name) (\(EventSourceConfiguration(url: $0.url).displayURL))"
        }
        let more = configuration.streams.count - few.count
        let streams = few.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
        let sources = configuration.sources.map { "\($0.name) (\($0.stream ?? "")/\($0.consumer ?? ""))" }
        let ofSources =
            sources.isEmpty
            ? "" : "\(sources.count) source\(sources.count == 1 ? "" : "s"): \(sources.joined(separator: ", "))\n"
        let scaling = configuration.scaling
        let readsFiles = configuration.streams.contains { $0.tls.ca != nil }
        let untried =
            switch configuration.handler.kind {
            case .print: "messages have what the format prints"
            case .exec: "the command does its work (ptrctl exec-check tries that)"
            case .nats: "the broker takes what is published"
            }
        let remarks = configuration.unusedTables + configuration.warnings(memory: MachineMemory.available())
        return """
            The configuration is right: \(files.joined(separator: ", "))
            \(configuration.streams.count) stream\(configuration.streams.count == 1 ? "" : "s")\(few.isEmpty ? "" : ": ")\(streams)
            \(ofSources)\(scaling.min) to \(scaling.max) direct supervisors of \(scaling.workersPerSupervisor) workers, at most \
            \(configuration.flow.maxInFlight) messages in flight
            \(remarks.map { "Note: \($0)\n" }.joined())\
            Not tried: whether \(readsFiles ? "files other than those of tls.ca" : "files"), ports and credentials can be had, and whether \
            \(untried)
            """
    }
}
