/// How the output looks where it is read: colours or none, how wide, in which letters, and in which time.
struct Style: Sendable {
    enum Colour: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case bold = "1"
        case faint = "2"
    }

    let colours: Bool
    /// How wide the terminal is; nil where nothing is cut and nothing wrapped, as in a file.
    var columns: Int?
    /// Whether only ASCII can be shown: in the locale C.
    var isASCII = false
    /// The time on the wall, and whether it is a person at a terminal who looks at it.
    var clock = WallClock.system
    var isTerminal = false

    func coloured(_ text: String, _ colour: Colour?) -> String {
        guard colours, let colour else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }

    func bold(_ text: String) -> String { coloured(text, .bold) }

    func faint(_ text: String) -> String { coloured(text, .faint) }

    /// In the letters that can be shown.
    func spelled(_ text: String) -> String {
        isASCII ? ASCII.spelled(text) : text
    }

    var ellipsis: String { isASCII ? "..." : "…" }
}

extension Style {
    /// As the console and the options of the command line have it.
    init(_ console: Console, colour: ColourArgument?) {
        colours = (colour ?? .auto).isOn(console)
        isASCII = !Self.isUTF8(console.environment)
        clock = console.wallClock
        isTerminal = console.isTerminal
        if console.isTerminal {
            let variable = console.environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
            columns = console.size()?.columns ?? variable ?? 80
        }
    }

    /// By the rules of setlocale(3): the first of the variables that is set and not empty decides.
    private static func isUTF8(_ environment: (String) -> String?) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment($0) }.first { !$0.isEmpty }
        return locale?.lowercased().contains(/utf-?8/) ?? false
    }
}

/// What is written where only ASCII can be shown: our own signs by their likeness, all else by a question mark.
enum ASCII {
    private static let likenesses: [Unicode.Scalar: String] = [
        "●": "*", "✗": "!", "…": "...", "–": "-", "—": "--", "×": "x", "µ": "u", "→": "->", "←": "<-", "↑": "^",
        "↓": "v",
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
