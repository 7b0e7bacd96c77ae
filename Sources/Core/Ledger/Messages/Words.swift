import NIOCore

// What may be of any length, cut and copied, so that what is kept of it keeps nothing else alive; and amounts in words.

extension String {
    /// At most so many bytes of it, cut between two characters; `…` stands for what was cut off.
    package func beginning(_ bytes: Int) -> String {
        utf8.count > bytes ? String(beginningOf: utf8, bytes) + "…" : self
    }

    /// At most so many bytes of UTF-8, cut between two characters. What is no UTF-8 is cut where it was to be, and repaired.
    package init(beginningOf text: some BidirectionalCollection<UInt8>, _ bytes: Int) {
        let cut = text.index(text.startIndex, offsetBy: bytes, limitedBy: text.endIndex) ?? text.endIndex
        var end = cut
        func isWithin() -> Bool { end > text.startIndex && end < text.endIndex && text[end] & 0xC0 == 0x80 }
        // A character is at most a first byte and three that go on with it.
        for _ in 0..<3 where isWithin() { end = text.index(before: end) }
        self.init(decoding: text[..<(isWithin() ? cut : end)], as: UTF8.self)
    }

    /// The same in one line: line feeds and other control characters are spaces.
    package var inOneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// So many characters of it in one line: it may be of any length, and come from a handler's own errors.
    package func oneLine(_ length: Int) -> String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(length))).inOneLine
    }
}

extension ByteBuffer {
    /// At most 256 bytes of it as text, such as of an event id.
    package var beginning: String { text(256) }

    /// At most so many bytes of it as text, cut between two characters.
    package func text(_ bytes: Int) -> String { String(beginningOf: readableBytesView, bytes) }

    /// An id may be of any length; a status answer, or a line of a log, may not.
    package var shown: String { text(512) }
}

extension Duration {
    /// Such as `10 s` or `0.5 s`, for people.
    package var inSeconds: String {
        let seconds = (self / .seconds(1)).rounded(toPlaces: self < .milliseconds(100) ? 3 : 1)
        return seconds == seconds.rounded() ? "\(Int64(seconds)) s" : "\(seconds) s"
    }

    /// The two units that matter: `12 s`, `1m10s`, `2h13m`, `3d4h`.
    package var inWords: String {
        let total = Int(Swift.max(0, Swift.min(self / .seconds(1), 1e12)).rounded())
        guard total >= 60 else { return "\(total) s" }
        let units = [(total / 86400, "d"), (total / 3600 % 24, "h"), (total / 60 % 60, "m"), (total % 60, "s")]
        guard let first = units.firstIndex(where: { $0.0 > 0 }) else { return "0 s" }
        return units[first..<Swift.min(first + 2, units.count)].filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    }
}

extension Double {
    package func rounded(toPlaces places: Int) -> Double {
        var factor = 1.0
        for _ in 0..<places { factor *= 10 }
        return (self * factor).rounded() / factor
    }
}

/// What there is instead of a name that is not there, such as `there are a, b`.
public func listing(_ names: [String]) -> String {
    switch names.count {
    case 0: "there are none"
    case 1: "there is only \(names[0])"
    case 2...32: "there are \(names.joined(separator: ", "))"
    default: "there are \(names.prefix(32).joined(separator: ", ")), …"
    }
}
