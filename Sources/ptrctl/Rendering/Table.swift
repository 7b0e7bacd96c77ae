/// Columns of text with headings, aligned with two spaces between them.
struct Table: Sendable {
    enum Alignment: Sendable {
        case left, right
    }

    struct Column: Sendable {
        let heading: String
        let alignment: Alignment
    }

    struct Cell: Sendable {
        let text: String
        /// Puts escape sequences around the padded text, so that they do not count as width.
        let decorate: @Sendable (String) -> String

        init(_ text: String, decorate: @escaping @Sendable (String) -> String = { $0 }) {
            self.text = text
            self.decorate = decorate
        }
    }

    let columns: [Column]
    var rows: [[Cell]] = []

    /// The heading and the rows, without spaces at the end of a line.
    func lines(heading: @Sendable @escaping (String) -> String = { $0 }) -> [String] {
        let widths = columns.indices.map { index in
            rows.map { $0[index].text.count }.reduce(columns[index].heading.count, max)
        }
        let head = columns.map { Cell($0.heading, decorate: heading) }
        return ([head] + rows).map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[index] - cell.text.count)
                if index > 0 { line += "  " }
                switch columns[index].alignment {
                case .right: line += padding + cell.decorate(cell.text)
                case .left where index == row.count - 1: line += cell.decorate(cell.text)
                case .left: line += cell.decorate(cell.text) + padding
                }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
