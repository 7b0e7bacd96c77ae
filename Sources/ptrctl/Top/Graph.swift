/// Values over time as a picture of several lines, one column a value, the newest at the right.
struct Graph: Sendable {
    let values: [Int]
    let columns: Int
    let rows: Int

    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The greatest of the values that are shown.
    var peak: Int { shown.max() ?? 0 }

    private var shown: ArraySlice<Int> { values.suffix(max(columns, 0)) }

    var lines: [String] {
        guard rows > 0, columns > 0 else { return [] }
        let top = max(peak, 1)
        // In eighths of a line; what is there at all is to be seen.
        let heights = shown.map { value in
            value <= 0 ? 0 : max(1, (Double(value) / Double(top) * Double(rows * 8)).rounded())
        }.map { Int($0) }
        let blank = String(repeating: " ", count: columns - heights.count)
        return (0..<rows).map { row in
            let below = (rows - 1 - row) * 8
            return blank + String(heights.map { Self.blocks[min(max($0 - below, 0), 8)] })
        }
    }
}
