import ArgumentParser
import ControlAPI

/// One run of ptrctl, from its arguments to its exit status.
struct Invocation: Sendable {
    /// The arguments, without the program's name.
    let arguments: [String]
    let console: Console
    /// How long the daemon may take to answer.
    var timeout: Duration = .seconds(5)

    func run() async -> ExitStatus {
        do {
            var command = try await Ptrctl.asyncParseAsRoot(arguments)
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
        let named =
            (verb as? any DaemonVerb)?.socket ?? nonEmpty(console.environment(ControlSocket.environmentVariable))
        let client = ControlClient(socket: named ?? ControlSocket.defaultPath, timeout: timeout)
        do {
            return try await verb.perform(with: VerbContext(console: console, client: client))
        } catch {
            console.err("ptrctl: \(Text.printable(error.message))")
            if let hint = error.hint {
                console.err("        \(Text.printable(hint))")
            }
            return error.exitStatus
        }
    }

    /// Help and versions are what was asked for; all else the parser says is about wrong usage, for which it would end
    /// with the 64 of sysexits.h, and we with 2.
    private func report(_ error: any Error) -> ExitStatus {
        let text = Ptrctl.fullMessage(for: error)
        guard Ptrctl.exitCode(for: error).isSuccess else {
            console.err(text)
            return .usage
        }
        console.out(text)
        return .done
    }

    private func nonEmpty(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : $0 }
    }
}
