import ControlAPI

/// One event: when, what about, and what; in one line if there is room.
struct EventLine: Sendable {
    let event: Event
    let style: Style
    /// How often it happened in a row; the time is that of the last one.
    var count = 1

    var lines: [String] {
        let kind = Text.printable(event.kind.rawValue)
        // Where there is little room, the kind is not aligned, and the message may begin in the next line.
        let isNarrow = style.columns.map { $0 < 60 } ?? false
        let padding = String(repeating: " ", count: isNarrow ? 0 : max(0, Self.kindWidth - kind.count))
        let message =
            (event.kind == .scale ? ScalingWords.forPeople(event.message) : Text.printable(event.message))
            + (count > 1 ? " (×\(Text.grouped(count)))" : "")
        let shown =
            switch event.level {
            case .error: style.coloured(message, .red)
            case .warning: style.coloured(message, .yellow)
            default: message
            }
        let head = "\(style.faint(style.time(event.time)))  \(kind)\(padding)  "
        return style.wrapped(shown, first: head, rest: isNarrow ? "  " : nil)
    }

    /// Lines come one after another, so the width is that of the longest kind there is.
    private static let kindWidth = Event.Kind.all.map(\.rawValue.count).max() ?? 0

    /// Whether two events say the same: alike but for which worker and which message it was about.
    static func isSame(_ left: Event, _ right: Event) -> Bool {
        left.kind == right.kind && left.level == right.level
            && (left.message == right.message || gist(left.message) == gist(right.message))
    }

    private static func gist(_ message: String) -> String {
        message.replacing(/worker\.\d+\.\d+/, with: "worker").replacing(/(message|incarnation) \d+/) { $0.output.1 }
    }

    /// Events in a row that say the same, as the last of them and how many there are.
    static func folded(_ events: [Event]) -> [(event: Event, count: Int)] {
        events.reduce(into: []) { groups, event in
            if let last = groups.last, isSame(last.event, event) {
                groups[groups.count - 1] = (event, last.count + 1)
            } else {
                groups.append((event, 1))
            }
        }
    }
}
