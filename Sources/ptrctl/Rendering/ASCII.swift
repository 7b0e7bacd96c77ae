/// What is written where only ASCII can be shown: our own signs by their likeness, all else by a question mark.
enum ASCII {
    private static let likenesses: [Unicode.Scalar: String] = [
        "●": "*", "✗": "!", "…": "...", "–": "-", "—": "--", "×": "x", "µ": "u", "→": "->", "↑": "^", "↓": "v",
        "├": "|", "└": "`", "│": "|", "─": "-", "█": "#", "░": ".", "▁": ".", "▂": ".", "▃": ":", "▄": "-", "▅": "=",
        "▆": "+", "▇": "*", "\u{A0}": " ",
    ]

    static func spelled(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var result = ""
        for character in text {
            for scalar in character.unicodeScalars {
                if scalar.isASCII {
                    result.unicodeScalars.append(scalar)
                } else if let likeness = likenesses[scalar] {
                    result += likeness
                } else if Text.width(of: scalar) > 0 {
                    result += String(repeating: "?", count: Text.width(of: scalar))
                }
            }
        }
        return result
    }
}
