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
    /// Of the lines of the last hand.
    private var lastByteCount = 0

    /// No more bytes are reserved ahead.
    private static let mostReserved = 1 << 20

    init(_ table: PrintFormats.Table) {
        self.table = table
        renderers = Array(repeating: nil, count: table.count)
        findings = FormatFindings(table.formats[0].format)
    }

    var version: UInt64 { table.version }

    /// - Parameter memory: is written over.
    mutating func render(_ hand: Hand, in memory: consuming [UInt8] = []) -> PrintedLines {
        // Most hands are like the one before.
        var lines = PrintedLines(
            count: hand.entries.count, bytes: min(lastByteCount, Self.mostReserved), in: memory)
        // Messages that follow each other and have one format are looked at together.
        var start = 0
        while start < hand.entries.count {
            let place = table.place(of: hand.entries[start].message.stream)
            let end = endOfFormat(place, hand, from: start)
            let watched = table.formats[place]
            if renderers[watched.number] == nil { keep(watched) }
            findings.begin(watched.format)
            for index in start..<end {
                lines.append { line in
                    renderers[watched.number]?.append(
                        hand.entries[index].message, attempt: hand.entries[index].attempt, to: &line, &findings)
                }
            }
            watched.watch?.note(findings) { [start] in hand.entries[start + $0].message.event.data }
            start = end
        }
        lastByteCount = lines.byteCount
        return lines
    }

    private func endOfFormat(_ place: Int, _ hand: Hand, from start: Int) -> Int {
        guard !table.ofStream.isEmpty else { return hand.entries.count }
        return hand.entries.indices[start...].first { table.place(of: hand.entries[$0].message.stream) != place }
            ?? hand.entries.count
    }

    /// Makes a renderer, in the place of the oldest if there are too many.
    private mutating func keep(_ watched: PrintFormats.Watched) {
        if kept.count == Self.most { renderers[kept.removeFirst()] = nil }
        kept.append(watched.number)
        renderers[watched.number] = LineRenderer(watched.format)
    }
}
