/// Columns of text with headings, aligned with two spaces between them, no wider than the terminal.
///
/// What does not fit is found in this order: columns are narrowed to their least width, the least useful column is left
/// out (prose then stands beneath its row), and the line is cut.
struct Table: Sendable {
    enum Alignment: Sendable {
        case left, right
    }

    /// How a cell becomes narrower.
    enum Narrowing: Sendable {
        /// An ellipsis at the end.
        case end
        /// An ellipsis in the middle: of names and URLs.
        case middle
        /// Several lines. Only of the last column.
        case prose
    }

    struct Column: Sendable {
        let heading: String
        let alignment: Alignment
        /// 0 of what stays; of the others the one with the greatest number goes first.
        var rank = 0
        /// The fewest columns it may have; as many as it needs, if that is not given.
        var least: Int?
        var narrowing = Narrowing.end
    }

    struct Cell: Sendable {
        let text: String
        /// Puts escape sequences around the text, so that they do not count as width.
        let decorate: @Sendable (String) -> String

        init(_ text: String, decorate: @escaping @Sendable (String) -> String = { $0 }) {
            self.text = text
            self.decorate = decorate
        }
    }

    let columns: [Column]
    var rows: [[Cell]] = []

    private static let gap = "  "

    /// The heading and the rows, without spaces at the end of a line.
    func lines(_ style: Style) -> [String] {
        groups(style).flatMap { $0 }
    }

    /// The same, each row by itself: it may have several lines. The first is the heading.
    func groups(_ style: Style) -> [[String]] {
        let widths = widths(style)
        let head = columns.map { Cell($0.heading, decorate: style.faint) }
        return [line(head, widths, style)]
            + rows.map { row in
                line(row, widths, style) + beneath(row, widths, style)
            }
    }

    /// The width of each column that is shown.
    private func widths(_ style: Style) -> [Int?] {
        let natural = columns.indices.map { index in
            rows.map { Text.width(style.spelled($0[index].text)) }.reduce(Text.width(columns[index].heading), max)
        }
        guard let limit = style.columns else { return natural }
        var widths: [Int?] = columns.indices.map { min(natural[$0], columns[$0].least ?? natural[$0]) }
        func total() -> Int {
            let shown = widths.compactMap(\.self)
            return shown.reduce(0, +) + max(shown.count - 1, 0) * Self.gap.count
        }
        while total() > limit {
            let shown = columns.indices.filter { widths[$0] != nil && columns[$0].rank > 0 }
            guard let least = shown.max(by: { columns[$0].rank < columns[$1].rank }) else { break }
            widths[least] = nil
        }
        // Nothing more can be left out: the widest that can be narrowed is, beyond its least width.
        let narrow = columns.indices.filter { widths[$0] != nil && columns[$0].least != nil }
        if total() > limit, let widest = narrow.max(by: { (widths[$0] ?? 0) < (widths[$1] ?? 0) }) {
            widths[widest] = max((widths[widest] ?? 0) - (total() - limit), 1)
        }
        // What is left goes to the most useful ones.
        for index in columns.indices.sorted(by: { columns[$0].rank < columns[$1].rank }) {
            guard let width = widths[index] else { continue }
            widths[index] = width + max(0, min(limit - total(), natural[index] - width))
        }
        return widths
    }

    private func line(_ row: [Cell], _ widths: [Int?], _ style: Style) -> [String] {
        let shown = columns.indices.filter { widths[$0] != nil }
        var line = ""
        var more: [String] = []
        for index in shown {
            guard let width = widths[index] else { continue }
            let (cell, column) = (row[index], columns[index])
            var text = style.spelled(cell.text)
            if Text.width(text) > width {
                switch column.narrowing {
                case .end: text = style.cut(text, to: width)
                case .middle: text = style.cutInTheMiddle(text, to: width)
                case .prose:
                    let lines = style.wrapped(text, to: width)
                    text = lines[0]
                    let indentation = String(repeating: " ", count: Text.width(line) + (line.isEmpty ? 0 : 2))
                    more = lines.dropFirst().map { indentation + cell.decorate($0) }
                }
            }
            let padding = String(repeating: " ", count: max(width - Text.width(text), 0))
            if index != shown.first { line += Self.gap }
            line += column.alignment == .right ? padding + cell.decorate(text) : cell.decorate(text) + padding
        }
        while line.last == " " { line.removeLast() }
        return ([line] + more).map { text in style.columns.map { style.cut(text, to: $0) } ?? text }
    }

    /// The prose that found no room beside the figures.
    private func beneath(_ row: [Cell], _ widths: [Int?], _ style: Style) -> [String] {
        columns.indices.filter { widths[$0] == nil && columns[$0].narrowing == .prose && !row[$0].text.isEmpty }
            .flatMap { index in
                style.wrapped(row[index].text, first: "  ", rest: "    ").map { row[index].decorate($0) }
            }
    }
}
