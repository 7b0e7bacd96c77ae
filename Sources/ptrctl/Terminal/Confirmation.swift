import ControlAPI

/// The question before something that cannot be taken back, or that stops the work. The default is no.
struct Confirmation: Sendable {
    /// What is about to happen, as a question without its mark: `Delete 3 dead letters for good`.
    let question: String
    /// Whether `--yes` was given.
    let isGiven: Bool

    /// Asks if need be.
    ///
    /// - Returns: nil to go on; otherwise what ptrctl ends with.
    func ask(_ context: VerbContext) async -> ExitStatus? {
        if isGiven { return nil }
        let console = context.console
        guard console.canAsk, let progress = console.progress else {
            context.complain("\(question)? There is no terminal to ask on: say --yes if that is meant")
            return .usage
        }
        progress(context.style.spelled("\(question)? [y/N] "))
        let answer = await console.line()
        if answer == nil { progress("\n") }
        switch answer?.lowercased() {
        case "y", "yes": return nil
        default:
            context.say("nothing was done")
            return .failed
        }
    }
}
