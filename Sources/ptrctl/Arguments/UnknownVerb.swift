import ArgumentParser

/// A word on the command line that stands where a verb should, and is none: the parser only calls it unexpected.
struct UnknownVerb {
    let message: String

    /// - Returns: nil if all verbs are known.
    init?(_ arguments: [String]) {
        var group: any ParsableCommand.Type = Ptrctl.self
        var path: [String] = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--socket" || word == "--color" {
                rest = rest.dropFirst()
            } else if word.hasPrefix("-") {
                if word == "--" { return nil }
            } else {
                // The parser has a `help VERB` of its own.
                let own = group == Ptrctl.self ? ["help"] : []
                if own.contains(word) { return nil }
                let verbs =
                    group.configuration.subcommands + group.configuration.groupedSubcommands.flatMap { $0.subcommands }
                guard let verb = verbs.first(where: { $0.configuration.commandName == word }) else {
                    // Who has a verb by default may have meant an argument of it.
                    guard !verbs.isEmpty else { return nil }
                    let place = (["ptrctl"] + path).joined(separator: " ")
                    let mend = mend(for: word, among: verbs.compactMap { $0.configuration.commandName } + own)
                    message = """
                        Error: There is no verb '\(Text.printable(word))'\(path.isEmpty ? "" : " of \(place)"); \(mend)
                        Usage: \(place) <verb>
                          See '\(place) --help' for more information.
                        """
                    return
                }
                group = verb
                path.append(word)
            }
        }
        return nil
    }
}
