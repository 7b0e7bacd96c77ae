import ArgumentParser
import ControlAPI

/// What events are to be about: words with commas in between.
struct KindsArgument: Sendable {
    let kinds: [Event.Kind]

    static let words = Event.Kind.all.map(\.rawValue)

    static func parse(_ argument: String) throws -> KindsArgument {
        let choices = Event.Kind.all.map { ($0.rawValue, $0) }
        return KindsArgument(
            kinds: try argument.split(separator: ",", omittingEmptySubsequences: false).map { word in
                do {
                    return try Choice.parse(String(word), among: choices)
                } catch let error as ValidationError where word.isEmpty {
                    _ = error
                    throw ValidationError("a kind is empty; there are \(Text.list(words))")
                } catch let error as ValidationError {
                    throw ValidationError("there is no kind '\(word)'; \(error.message)")
                }
            })
    }
}

/// At which point `ptrctl tap` looks at messages.
struct StageArgument: Sendable, CustomStringConvertible {
    let stage: TapRecord.Stage

    static let words = TapRecord.Stage.all.map(\.rawValue)

    static func parse(_ argument: String) throws -> StageArgument {
        StageArgument(try Choice.parse(argument, among: TapRecord.Stage.all.map { ($0.rawValue, $0) }))
    }

    init(_ stage: TapRecord.Stage) {
        self.stage = stage
    }

    /// As it would be written, for the help.
    var description: String { stage.rawValue }
}
