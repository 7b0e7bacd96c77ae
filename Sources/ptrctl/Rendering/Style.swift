/// Colours for a terminal, or none.
struct Style: Sendable {
    enum Colour: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    let colours: Bool

    func coloured(_ text: String, _ colour: Colour) -> String {
        colours ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    func bold(_ text: String) -> String {
        colours ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }

    func faint(_ text: String) -> String {
        colours ? "\u{1B}[2m\(text)\u{1B}[0m" : text
    }
}
