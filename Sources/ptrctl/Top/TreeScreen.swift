import ControlAPI

/// What `ptrctl tree --watch` shows on a terminal: the tree, as much of it as fits, to be scrolled.
struct TreeScreen: ScreenModel {
    typealias Document = Tree

    var tree: Tree
    let style: Style
    var scope = TreeScope()
    var scroll = Scroll()

    mutating func take(_ document: Tree) {
        tree = document
    }

    mutating func take(_ key: Key) -> Bool {
        if key == .character("q") { return false }
        scroll.take(key)
        return true
    }

    mutating func frame(_ size: ScreenSize) -> [String] {
        var style = style
        style.columns = size.columns
        let lines = TreePage(tree: tree, style: style, scope: scope).lines
        let head = "up \(Text.duration(tree.uptimeSeconds)); arrows scroll, q quits"
        let body = scroll.visible(Array(lines.dropFirst()), rows: max(size.rows - 2, 0))
        return ([head, lines[0]] + body).prefix(size.rows).map { style.cut($0, to: size.columns) }
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
