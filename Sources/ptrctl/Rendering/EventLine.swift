import ControlAPI

/// One event in one line: when, what about, and what.
struct EventLine: Sendable {
    let event: Event
    let style: Style

    var text: String {
        let kind = Text.printable(event.kind.rawValue)
        let padding = String(repeating: " ", count: max(0, Self.kindWidth - kind.count))
        let message = Text.printable(event.message)
        let shown =
            switch event.level {
            case .error: style.coloured(message, .red)
            case .warning: style.coloured(message, .yellow)
            default: message
            }
        return "\(style.faint(Text.time(event.time)))  \(kind)\(padding)  \(shown)"
    }

    /// Lines come one after another, so the width is that of the longest kind there is.
    private static let kindWidth = Event.Kind.all.map(\.rawValue.count).max() ?? 0
}
