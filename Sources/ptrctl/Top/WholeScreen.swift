import ControlAPI

/// What `ptrctl --all top` shows.
struct WholeScreen: ScrolledScreen {
    typealias Document = Whole

    var document: Whole
    let style: Style
    var scroll = Scroll()

    var head: String { "asked by \(Text.printable(document.asked))" }

    func lines(_ style: Style) -> [String] { WholePage(whole: document, style: style).status }
}
