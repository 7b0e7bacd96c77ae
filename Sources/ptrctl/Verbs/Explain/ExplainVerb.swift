import ArgumentParser

/// `ptrctl explain scale|crash`
struct ExplainVerb: VerbGroup {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why: why the pool has its size, why something crashed.",
        subcommands: [ExplainScaleVerb.self, ExplainCrashVerb.self])

    @OptionGroup var options: GlobalOptions
}
