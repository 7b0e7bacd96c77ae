/// What does not fit is cut, with an ellipsis, or goes on in the next line.
extension Style {
    /// At most so many columns, with an ellipsis if something was cut. Escape sequences behind the cut are kept, so that no
    /// colour runs on.
    func cut(_ line: String, to columns: Int) -> String {
        let line = spelled(line)
        guard Text.width(line) > columns else { return line }
        let room = columns - Text.width(ellipsis)
        guard room >= 0 else { return String(ellipsis.prefix(max(columns, 0))) }
        var result = ""
        var width = 0
        var isCut = false
        for piece in Text.pieces(of: line) {
            if piece.text.first == "\u{1B}" {
                result += piece.text
            } else if !isCut {
                if width + piece.width > room {
                    isCut = true
                    result += ellipsis
                } else {
                    width += piece.width
                    result += piece.text
                }
            }
        }
        return result
    }

    /// At most so many columns, with an ellipsis in the middle: of a name or a URL the end tells as much as the beginning.
    func cutInTheMiddle(_ text: String, to columns: Int) -> String {
        let text = spelled(text)
        let room = columns - Text.width(ellipsis)
        guard Text.width(text) > columns else { return text }
        guard room >= 2 else { return cut(text, to: columns) }
        let pieces = Text.pieces(of: text)
        func fitting(_ pieces: some Sequence<(text: String, width: Int)>, _ room: Int) -> [String] {
            var left = room
            return pieces.prefix { piece in
                left -= piece.width
                return left >= 0
            }.map(\.text)
        }
        let head = fitting(pieces, room - room / 2)
        return head.joined() + ellipsis + fitting(pieces.reversed(), room / 2).reversed().joined()
    }

    /// Prose in lines that are no wider than the terminal, broken between words.
    ///
    /// - Parameters:
    ///   - first: what the first line begins with.
    ///   - rest: what the others begin with; blanks as wide as `first` if it is not given.
    func wrapped(_ text: String, first: String = "", rest: String? = nil) -> [String] {
        guard let columns else { return [first + text.replacing("\u{A0}", with: " ")] }
        return wrapped(text, first: first, rest: rest, to: columns)
    }

    func wrapped(_ text: String, first: String = "", rest: String? = nil, to columns: Int) -> [String] {
        let first = spelled(first)
        var rest = rest.map(spelled) ?? String(repeating: " ", count: Text.width(first))
        // What is left must be worth it.
        if Text.width(rest) > 2, columns - Text.width(rest) < 20 { rest = "  " }
        var lines: [String] = []
        var (line, width, isEmpty) = (first, Text.width(first), true)
        for (gap, word) in Self.words(spelled(text)) {
            let size = Text.width(word)
            if !isEmpty, width + gap + size > columns {
                lines.append(line)
                (line, width, isEmpty) = (rest, Text.width(rest), true)
            }
            if !isEmpty {
                line += String(repeating: " ", count: gap)
                width += gap
            }
            let fitting = size > columns - width ? cutInTheMiddle(word, to: max(columns - width, 1)) : word
            line += fitting.replacing("\u{A0}", with: " ")
            width += Text.width(fitting)
            isEmpty = false
        }
        return (lines + [line]).map { cut($0, to: columns) }
    }

    /// Words, each with the number of blanks before it. A number and its unit are one word, and so is what a no-break
    /// space joins.
    private static func words(_ text: String) -> [(gap: Int, word: String)] {
        var words: [(gap: Int, word: String)] = []
        var gap = 0
        for part in text.split(separator: " ", omittingEmptySubsequences: false) {
            if part.isEmpty {
                gap += 1
            } else if gap <= 1, let last = words.last?.word, last.last?.isNumber == true, isUnit(part) {
                words[words.count - 1].word += " " + part
                gap = 1
            } else {
                words.append((gap, String(part)))
                gap = 1
            }
        }
        return words
    }

    private static func isUnit(_ word: Substring) -> Bool {
        let units = ["ms", "s", "µs", "us", "B", "KiB", "MiB", "GiB", "TiB"]
        return units.contains { word.hasPrefix($0) && !(word.dropFirst($0.count).first?.isLetter ?? false) }
    }
}

extension Text {
    /// At most so many columns of something that may be of any length.
    static func shortened(_ text: String, to columns: Int) -> String {
        Style(colours: false).cut(text, to: columns)
    }
}
