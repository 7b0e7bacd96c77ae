import ControlAPI
import ControlClient

/// That the daemon has not answered for a while: what stands on the screen is old.
struct Silence: Sendable, Hashable {
    /// How old the last answer is.
    var age: Duration
    /// Why there is none since; nil while one is waited for.
    var error: ControlClientError?

    /// Without an error so long is no silence: a busy machine.
    static let patience: Duration = .seconds(3)

    /// `last answer 4 s ago: ptrd is not running: …; trying again`
    var sentence: String {
        let reason = error.map { Text.printable($0.message) } ?? "ptrd does not answer"
        return "last answer \(Text.duration(age)) ago: \(reason); trying again"
    }

    /// The picture as it was, faint, with the sentence above it.
    func cover(_ lines: [String], _ size: ScreenSize, _ style: Style) -> [String] {
        let head = style.wrapped(sentence, rest: "  ", to: size.columns).map { style.coloured($0, .red) }
        let old = lines.map { line in
            let plain = Text.pieces(of: line).filter { $0.text.first != "\u{1B}" }.map(\.text).joined()
            return plain.isEmpty ? "" : style.faint(plain)
        }
        return Array((head + old).prefix(size.rows))
    }
}
