import ArgumentParser
import ControlAPI

/// What events are to be about: words with commas in between.
struct KindsArgument: ExpressibleByArgument, Sendable {
    let kinds: [Event.Kind]

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        kinds = words.compactMap { word in Event.Kind.all.first { $0.rawValue == word } }
        guard kinds.count == words.count else { return nil }
    }

    static var allValueStrings: [String] { Event.Kind.all.map(\.rawValue) }
    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

/// At which point `ptrctl tap` looks at messages.
struct StageArgument: ExpressibleByArgument, Sendable {
    let stage: TapRecord.Stage

    init(_ stage: TapRecord.Stage) {
        self.stage = stage
    }

    /// As it would be written, for the help.
    var defaultValueDescription: String { stage.rawValue }

    init?(argument: String) {
        guard let stage = TapRecord.Stage.all.first(where: { $0.rawValue == argument }) else { return nil }
        self.stage = stage
    }

    static var allValueStrings: [String] { TapRecord.Stage.all.map(\.rawValue) }
    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}
