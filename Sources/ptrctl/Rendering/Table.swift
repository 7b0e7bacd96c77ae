/// Columns of text with headings, aligned with two spaces between them, no wider than the terminal.
///
/// What does not fit is found in this order: columns are narrowed to their least width, the least useful column is left
/// out (prose then stands beneath its row), and the line is cut.
struct Table<Row> {
    /// How a cell becomes narrower.
    enum Narrowing {
        /// An ellipsis at the end.
        case end
        /// An ellipsis in the middle: of names and URLs.
        case middle
        /// Several lines. Only of the last column.
        case prose
    }

    struct Column {
        let heading: String
        let isRight: Bool
        /// 0 of what stays; of the others the one with the greatest number goes first.
        let rank: Int
        /// The fewest columns it may have; as many as it needs, if that is not given.
        let least: Int?
        let narrowing: Narrowing
        let colour: (Row) -> Style.Colour?
        let text: (Row) -> String

        /// A column of words.
        static func left(
            _ heading: String, rank: Int = 0, least: Int? = nil, narrowing: Narrowing = .end,
            colour: @escaping (Row) -> Style.Colour? = { _ in nil }, _ text: @escaping (Row) -> String
        ) -> Self {
            Self(
                heading: heading, isRight: false, rank: rank, least: least, narrowing: narrowing, colour: colour,
                text: text)
        }

        /// A column of figures.
        static func right(_ heading: String, rank: Int = 0, _ text: @escaping (Row) -> String) -> Self {
            Self(
                heading: heading, isRight: true, rank: rank, least: nil, narrowing: .end, colour: { _ in nil },
                text: text)
        }
    }

    let columns: [Column]

    private struct Cell {
        let text: String
        /// Its escape sequences do not count as width.
        let colour: Style.Colour?
    }

    private static var gap: String { "  " }

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// The heading and the rows, without spaces at the end of a line.
    func lines(of rows: [Row], _ style: Style) -> [String] {
        let cells = rows.map { row in
            columns.map { Cell(text: style.spelled($0.text(row)), colour: $0.colour(row)) }
        }
        let widths = widths(cells, style)
        let head = columns.map { Cell(text: $0.heading, colour: .faint) }
        return line(head, widths, style) + cells.flatMap { line($0, widths, style) + beneath($0, widths, style) }
    }

    /// The width of each column that is shown.
    private func widths(_ rows: [[Cell]], _ style: Style) -> [Int?] {
        let natural = columns.indices.map { index in
            rows.map { Text.width($0[index].text) }.reduce(Text.width(columns[index].heading), max)
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
            var text = cell.text
            if Text.width(text) > width {
                switch column.narrowing {
                case .end: text = style.cut(text, to: width)
                case .middle: text = style.cutInTheMiddle(text, to: width)
                case .prose:
                    let lines = style.wrapped(text, to: width)
                    text = lines[0]
                    let indentation = String(repeating: " ", count: Text.width(line) + (line.isEmpty ? 0 : 2))
                    more = lines.dropFirst().map { indentation + style.coloured($0, cell.colour) }
                }
            }
            let padding = String(repeating: " ", count: max(width - Text.width(text), 0))
            if index != shown.first { line += Self.gap }
            let shownText = style.coloured(text, cell.colour)
            line += column.isRight ? padding + shownText : shownText + padding
        }
        while line.last == " " { line.removeLast() }
        return ([line] + more).map { text in style.columns.map { style.cut(text, to: $0) } ?? text }
    }

    /// The prose that found no room beside the figures.
    private func beneath(_ row: [Cell], _ widths: [Int?], _ style: Style) -> [String] {
        columns.indices.filter { widths[$0] == nil && columns[$0].narrowing == .prose && !row[$0].text.isEmpty }
            .flatMap { index in
                style.wrapped(row[index].text, first: "  ", rest: "    ").map { style.coloured($0, row[index].colour) }
            }
    }
}

/// Labels and what they are about, the labels aligned at their ends.
struct Facts: Sendable {
    /// Each label with its lines.
    let facts: [(label: String, lines: [String])]

    func lines(_ style: Style) -> [String] {
        let width = facts.map { Text.width($0.label) }.max() ?? 0
        return facts.flatMap { label, lines in
            lines.enumerated().flatMap { index, line in
                let name = index == 0 ? label + ":" : ""
                let padding = String(repeating: " ", count: width + 1 - Text.width(name))
                return style.wrapped(line, first: padding + style.faint(name) + " ")
            }
        }
    }
}

extension Facts {
    /// Those that there are.
    init(_ facts: [(String, String?)]) {
        self.init(facts: facts.compactMap { label, line in line.map { (label, [$0]) } })
    }
}
