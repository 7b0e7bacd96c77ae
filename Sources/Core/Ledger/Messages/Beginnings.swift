import NIOCore

// The beginnings of what may be of any length, copied, so that what is kept of it keeps nothing else alive.

extension String {
    /// At most so many bytes of it, cut between two characters.
    func beginning(_ limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end]) + "…"
    }
}

extension ByteBuffer {
    /// At most 256 bytes of it as text, such as of an event id.
    var beginning: String { text(256) }

    /// At most so many bytes of it as text, cut between two characters.
    func text(_ limit: Int) -> String {
        let bytes = readableBytesView
        guard bytes.count > limit else { return String(decoding: bytes, as: UTF8.self) }
        var end = bytes.startIndex + limit
        // A character of UTF-8 is at most a first byte and three that go on with it.
        var steps = 0
        while steps < 3, end > bytes.startIndex, bytes[end] & 0xC0 == 0x80 {
            end -= 1
            steps += 1
        }
        // Not UTF-8 at all: cut where it was to be.
        if bytes[end] & 0xC0 == 0x80 { end = bytes.startIndex + limit }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}
