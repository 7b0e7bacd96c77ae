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
                let verbs = Self.verbs(of: group)
                guard let verb = verbs.first(where: { $0.name == word })?.type else {
                    // Who has a verb by default may have meant an argument of it.
                    let place = ([("ptrctl")] + path).joined(separator: " ")
                    let mend = Choice.mend(for: word, among: verbs.map(\.name))
                    guard !verbs.isEmpty else { return nil }
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

    private static func verbs(of group: any ParsableCommand.Type) -> [(name: String, type: any ParsableCommand.Type)] {
        let configuration = group.configuration
        let all = configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
        guard !all.isEmpty else { return [] }
        return all.map { ($0.configuration.commandName ?? "", $0) }
            + (group == Ptrctl.self ? [("help", HelpVerb.self)] : [])
    }

    /// Stands for the parser's own `help VERB`.
    private struct HelpVerb: ParsableCommand {}
}
