import ControlAPI
import Locking

/// Prints events as they come. On a terminal, one that says the same as the last takes its place and is counted there;
/// elsewhere each has its line.
final class EventPrinter: Sendable {
    private let context: VerbContext
    private let isFolding: Bool
    /// What stands last on the terminal, and how many lines it takes.
    private let last = Locked<(event: Event, count: Int, lines: Int)?>(nil)

    init(_ context: VerbContext, isFolding: Bool) {
        self.context = context
        self.isFolding = isFolding && context.console.isTerminal && context.console.environment("TERM") != "dumb"
    }

    /// - Returns: whether anybody reads it still.
    func print(_ event: Event, count: Int = 1) -> Bool {
        let style = context.style
        let (text, isRepeated, height) = last.withLock { last in
            var (count, height) = (count, 0)
            let before = last.flatMap { isFolding && EventLine.isSame($0.event, event) ? $0 : nil }
            if let before {
                count += before.count
                height = before.lines
            }
            let lines = EventLine(event: event, style: style, count: count).lines.map(style.spelled)
            last = (event, count, lines.count)
            return (lines.joined(separator: "\n") + "\n", before != nil, height)
        }
        // Up to where it begins, and all below it away.
        return context.console.stream(raw: (isRepeated ? "\u{1B}[\(height)A\u{1B}[J" : "") + text)
    }

    /// What is said on standard error stands below it now.
    func interrupt() {
        last.withLock { $0 = nil }
    }
}
