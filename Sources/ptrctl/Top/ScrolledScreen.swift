/// A page on the whole screen, as much of it as fits, to be scrolled beneath its first line.
protocol ScrolledScreen: ScreenModel {
    /// What the daemon has answered.
    var document: Document { get set }
    var style: Style { get }
    var scroll: Scroll { get set }
    /// What stands above it all.
    var head: String { get }
    /// The page, in a style that knows how wide the screen is.
    func lines(_ style: Style) -> [String]
}

extension ScrolledScreen {
    mutating func take(_ document: Document) { self.document = document }

    mutating func take(_ key: Key) -> Bool {
        if key == .character("q") { return false }
        scroll.take(key)
        return true
    }

    mutating func frame(_ size: ScreenSize) -> [String] {
        var style = style
        style.columns = size.columns
        let lines = lines(style)
        let body = scroll.visible(Array(lines.dropFirst()), rows: max(size.rows - 2, 0))
        return (["\(head); arrows scroll, q quits"] + lines.prefix(1) + body).prefix(size.rows)
            .map { style.cut($0, to: size.columns) }
    }
}

/// How far down a list that does not fit has been scrolled.
struct Scroll: Sendable, Hashable {
    private(set) var offset = 0
    private var page = 1

    /// Takes a key.
    mutating func take(_ key: Key) {
        switch key {
        case .up, .character("k"): offset -= 1
        case .down, .character("j"): offset += 1
        case .pageUp: offset -= page
        case .pageDown: offset += page
        case .home: offset = 0
        case .end: offset = .max / 2
        default: break
        }
    }

    /// The part that is to be seen; scrolling ends where the list does.
    mutating func visible<Line>(_ lines: [Line], rows: Int) -> ArraySlice<Line> {
        page = max(rows - 1, 1)
        offset = max(0, min(offset, lines.count - rows))
        return lines.dropFirst(offset).prefix(rows)
    }
}
