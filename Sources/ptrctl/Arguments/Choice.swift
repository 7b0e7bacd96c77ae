import ArgumentParser
import ProgramKit

/// One of several words.
enum Choice {
    /// What the word stands for.
    ///
    /// - Throws: `ValidationError`, with the word that was probably meant, or all there are.
    static func parse<Value>(_ word: String, among choices: [(word: String, value: Value)]) throws -> Value {
        if let choice = choices.first(where: { $0.word == word }) { return choice.value }
        throw ValidationError(mend(for: word, among: choices.map(\.word)))
    }

    /// `did you mean 'crash'?`, or what there is instead.
    static func mend(for word: String, among words: [String]) -> String {
        if let near = Spelling.nearest(to: word, among: words) { return "did you mean '\(near)'?" }
        return "it is \(Text.list(words, last: "or"))"
    }
}
