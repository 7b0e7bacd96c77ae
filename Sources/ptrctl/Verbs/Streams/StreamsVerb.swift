import ArgumentParser

/// `ptrctl streams [list|position|forget]`
struct StreamsVerb: VerbGroup {
    static let configuration = CommandConfiguration(
        commandName: "streams",
        abstract: "Show the streams, and show, set or forget after which event id one goes on.",
        subcommands: [ListStreamsVerb.self, StreamPositionVerb.self, ForgetStreamPositionVerb.self],
        defaultSubcommand: ListStreamsVerb.self)

    @OptionGroup var options: GlobalOptions
}
