import ArgumentParser
import ControlClient
import Glibc
import NIOCore
import ProgramKit

@main
struct Main {
    static func main() async {
        // A reader that goes away is the end of a write, not of the program.
        signal(SIGPIPE, SIG_IGN)
        // One thread is enough for what one asks and follows.
        NIOSingletons.groupLoopCountSuggestion = 1
        guard let arguments = ProgramArguments.current else {
            Console.standard.err("ptrctl: started without arguments, not even a name: what it is to do is not known")
            exit(ExitStatus.usage.rawValue)
        }
        exit(await Invocation(arguments: arguments, console: .standard).run().rawValue)
    }
}

/// One run of ptrctl, from its arguments to its exit status.
struct Invocation: Sendable {
    /// The arguments, without the program's name.
    let arguments: [String]
    let console: Console
    /// How long the daemon may take to answer.
    var timeout: Duration = .seconds(5)

    func run() async -> ExitStatus {
        let status = await parseAndPerform()
        guard let error = console.failure.error else { return status }
        console.err("ptrctl: cannot write to standard output: \(systemMessage(error))")
        return .failed
    }

    private func parseAndPerform() async -> ExitStatus {
        do {
            var command = try await Ptrctl.asyncParseAsRoot(LeadingAll.moved(arguments))
            if command is Ptrctl, !arguments.isEmpty {
                // Only alone it is a question what there is.
                console.err("Error: A verb is missing, such as status\nSee 'ptrctl --help' for what there is.")
                return .usage
            }
            guard let verb = command as? any Verb else {
                // Help, in one of its forms: it throws what it has to say.
                try command.run()
                return .done
            }
            return await perform(verb)
        } catch {
            return report(error)
        }
    }

    private func perform(_ verb: any Verb) async -> ExitStatus {
        let options = (verb as? any DaemonVerb)?.options
        let socket = options?.socket ?? ControlSocket.find(environment: console.environment)
        let context = VerbContext(
            console: console, client: ControlClient(socket: socket, timeout: timeout),
            style: Style(console, colour: options?.color))
        do {
            return try await verb.perform(with: context)
        } catch {
            context.complain(error.message, hint: error.hint.map(Text.printable))
            return error.exitStatus
        }
    }

    /// Help and versions are what was asked for; all else the parser says is about wrong usage, for which it would end
    /// with the 64 of sysexits.h, and we with 2.
    private func report(_ error: any Error) -> ExitStatus {
        let style = Style(console, colour: nil)
        guard Ptrctl.exitCode(for: error).isSuccess else {
            // The parser takes a number with a minus for an option.
            let negative = arguments.first { $0.contains(/^-[0-9]/) }
            let text =
                UnknownVerb(arguments)?.message
                ?? (negative.map { "Error: \(Text.printable($0)) is negative, and nothing here can be\n" } ?? "")
                + Ptrctl.fullMessage(for: error)
            console.err(style.spelled(text))
            return .usage
        }
        console.out(Ptrctl.fullMessage(for: error))
        return .done
    }
}
