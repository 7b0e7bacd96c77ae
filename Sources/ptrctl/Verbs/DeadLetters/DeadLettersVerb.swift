import ArgumentParser

/// `ptrctl dead-letters list|show|replay|purge`
struct DeadLettersVerb: VerbGroup {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "List, show, replay or delete the messages that were given up.",
        subcommands: [
            ListDeadLettersVerb.self, ShowDeadLetterVerb.self, ReplayDeadLettersVerb.self, PurgeDeadLettersVerb.self,
        ],
        defaultSubcommand: ListDeadLettersVerb.self)

    @OptionGroup var options: GlobalOptions
}
