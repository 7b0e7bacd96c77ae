/// What does not fit is cut, with an ellipsis, or goes on in the next line.
extension Style {
    /// At most so many columns, with an ellipsis if something was cut. Escape sequences behind the cut are kept, so that no
    /// colour runs on.
    func cut(_ line: String, to columns: Int) -> String {
        let line = spelled(line)
        guard Text.width(line) > columns else { return line }
        var room = columns - Text.width(ellipsis)
        guard room >= 0 else { return String(ellipsis.prefix(max(columns, 0))) }
        return Text.pieces(of: line).map { piece in
            if piece.text.first == "\u{1B}" { return piece.text }
            guard room >= 0 else { return "" }
            room -= piece.width
            return room >= 0 ? piece.text : ellipsis
        }.joined()
    }

    /// An event id in a table; one can be of any length.
    func shortID(_ id: String) -> String { id.isEmpty ? "-" : cut(Text.printable(id), to: 24) }

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
    ///   - columns: how wide the lines may be; as wide as the terminal if it is not given.
    func wrapped(_ text: String, first: String = "", rest: String? = nil, to columns: Int? = nil) -> [String] {
        guard let columns = columns ?? self.columns else { return [first + text.replacing("\u{A0}", with: " ")] }
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
            guard !part.isEmpty else {
                gap += 1
                continue
            }
            if gap <= 1, words.last?.word.last?.isNumber == true, isUnit(part) {
                words[words.count - 1].word += " " + part
            } else {
                words.append((gap, String(part)))
            }
            gap = 1
        }
        return words
    }

    private static func isUnit(_ word: Substring) -> Bool {
        let units = ["ms", "s", "µs", "us", "B", "KiB", "MiB", "GiB", "TiB"]
        return units.contains { word.hasPrefix($0) && !(word.dropFirst($0.count).first?.isLetter ?? false) }
    }
}

// MARK: How wide a text is

extension Text {
    /// At most so many columns of something that may be of any length.
    static func shortened(_ text: String, to columns: Int) -> String {
        Style(colours: false).cut(text, to: columns)
    }

    /// How many columns of a terminal a text takes. Escape sequences take none.
    static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text.utf8.count }
        return pieces(of: text).reduce(0) { $0 + $1.width }
    }

    /// A text in parts that are not to be taken apart: characters with what combines with them, and escape sequences.
    static func pieces(of text: String) -> [(text: String, width: Int)] {
        var pieces: [(text: String, width: Int)] = []
        var sequence = ""
        for character in text {
            if !sequence.isEmpty {
                sequence.append(character)
                if let last = character.unicodeScalars.first, last != "[", ("@"..."~").contains(last) {
                    pieces.append((sequence, 0))
                    sequence = ""
                }
            } else if character == "\u{1B}" {
                sequence = "\u{1B}"
            } else {
                pieces.append((String(character), character.unicodeScalars.reduce(0) { $0 + width(of: $1) }))
            }
        }
        return sequence.isEmpty ? pieces : pieces + [(sequence, 0)]
    }

    /// As wcwidth(3) counts, which is what terminals go by.
    static func width(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if (0x1160...0x11FF).contains(scalar.value) { return 0 }
        // The letters that flags are made of are narrow each.
        let isEmoji = scalar.properties.isEmojiPresentation && !(0x1F1E6...0x1F1FF).contains(scalar.value)
        return isEmoji || wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// What is wide by itself besides emoji: W and F of Unicode's EastAsianWidth.txt (UAX 11), gaps of unassigned numbers
    /// closed.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
        0x16FE0...0x18AFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]
}
