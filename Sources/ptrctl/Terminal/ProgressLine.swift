/// A line on standard error that is written over: only on a terminal, where it does not pile up.
struct ProgressLine: Sendable {
    let console: Console
    let style: Style

    init(_ context: VerbContext) {
        (console, style) = (context.console, context.style)
    }

    /// Shows `text` in place of what stood there.
    func show(_ text: String) {
        console.progress?("\r\u{1B}[K\(style.columns.map { style.cut(text, to: $0 - 1) } ?? style.spelled(text))")
    }

    /// Leaves the line empty, for what is printed next.
    func clear() {
        console.progress?("\r\u{1B}[K")
    }
}
