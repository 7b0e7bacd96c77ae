import ControlAPI

/// What `ptrctl tree --watch` shows on a terminal: the tree, as much of it as fits, to be scrolled.
struct TreeScreen: ScrolledScreen {
    typealias Document = Tree

    var document: Tree
    let style: Style
    var scope = TreeScope()
    var scroll = Scroll()

    var head: String { "up \(Text.duration(document.uptimeSeconds))" }

    func lines(_ style: Style) -> [String] { TreePage(tree: document, style: style, scope: scope).lines }
}
