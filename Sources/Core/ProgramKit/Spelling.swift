/// "Did you mean …?"
public enum Spelling {
    /// The word that was probably meant, or `nil` if none is near: at most a third of the letters may be wrong.
    public static func nearest(to word: String, among words: some Sequence<String>) -> String? {
        let limit = max(1, word.utf8.count / 3)
        return words.map { ($0, distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.1 <= limit }
            .min { $0.1 < $1.1 }?.0
    }

    /// The same as a question.
    public static func suggestion(for word: String, among words: some Sequence<String>) -> String? {
        nearest(to: word, among: words).map { "did you mean \"\($0)\"?" }
    }

    /// The number of bytes to insert, delete, replace or swap with their neighbours (optimal string alignment). Keys
    /// are short, so a table of the whole is fine; of longer words only the start is compared.
    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8.prefix(64))
        let right = Array(right.utf8.prefix(64))
        var rows = [Array(0...right.count)]
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                let cost = left[i] == right[j] ? 0 : 1
                var best = min(rows[i][j] + cost, rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
