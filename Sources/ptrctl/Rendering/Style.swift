/// How the output looks where it is read: colours or none, how wide, in which letters, and in which time.
struct Style: Sendable {
    enum Colour: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    let colours: Bool
    /// How wide the terminal is; nil where nothing is cut and nothing wrapped, as in a file.
    var columns: Int?
    /// Whether only ASCII can be shown: in the locale C.
    var isASCII = false
    /// The time on the wall, and whether it is a person at a terminal who looks at it.
    var clock = WallClock.system
    var isTerminal = false

    init(
        colours: Bool, columns: Int? = nil, isASCII: Bool = false, clock: WallClock = .system, isTerminal: Bool = false
    ) {
        self.colours = colours
        self.columns = columns
        self.isASCII = isASCII
        self.clock = clock
        self.isTerminal = isTerminal
    }

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

    func coloured(_ text: String, _ colour: Colour) -> String {
        colours ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    func bold(_ text: String) -> String {
        colours ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }

    func faint(_ text: String) -> String {
        colours ? "\u{1B}[2m\(text)\u{1B}[0m" : text
    }

    /// In the letters that can be shown.
    func spelled(_ text: String) -> String {
        isASCII ? ASCII.spelled(text) : text
    }

    var ellipsis: String { isASCII ? "..." : "…" }
}
