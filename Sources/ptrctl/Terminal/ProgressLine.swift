/// A line on standard error that is written over: only on a terminal, where it does not pile up.
struct ProgressLine: Sendable {
    let console: Console

    /// Shows `text` in place of what stood there.
    func show(_ text: String) {
        console.progress?("\r\u{1B}[K\(text)")
    }

    /// Leaves the line empty, for what is printed next.
    func clear() {
        console.progress?("\r\u{1B}[K")
    }
}
