import Pipeline

/// Makes the lines of hands, each of its stream's format.
struct HandRenderer {
    /// A worker keeps no more renderers, each with its buffers, however many formats there are.
    static let most = 64

    private let table: PrintFormats.Table
    /// By the numbers of the formats; a stream that nothing comes of needs none.
    private var renderers: [LineRenderer?]
    /// The numbers of those that there are, the oldest first.
    private(set) var kept: [Int] = []
    private var findings: FormatFindings

    init(_ table: PrintFormats.Table) {
        self.table = table
        renderers = Array(repeating: nil, count: table.count)
        findings = FormatFindings(table.formats[0].format)
    }

    var version: UInt64 { table.version }

    mutating func render(_ hand: Hand) -> PrintedLines {
        var lines = PrintedLines(count: hand.entries.count)
        // Messages that follow each other and have one format are looked at together.
        var start = 0
        while start < hand.entries.count {
            let place = table.place(of: hand.entries[start].message.stream)
            let end =
                hand.entries[start...].firstIndex { table.place(of: $0.message.stream) != place } ?? hand.entries.count
            let watched = table.formats[place]
            if renderers[watched.number] == nil { keep(watched) }
            findings.begin(watched.format)
            for entry in hand.entries[start..<end] {
                lines.append { line in
                    renderers[watched.number]?.append(entry.message, attempt: entry.attempt, to: &line, &findings)
                }
            }
            watched.watch?.note(findings) { [start] in hand.entries[start + $0].message.event.data }
            start = end
        }
        return lines
    }

    /// Makes a renderer, in the place of the oldest if there are too many.
    private mutating func keep(_ watched: PrintFormats.Watched) {
        if kept.count == Self.most { renderers[kept.removeFirst()] = nil }
        kept.append(watched.number)
        renderers[watched.number] = LineRenderer(watched.format)
    }
}
