import NIOCore

/// Finds a text in bytes, in time that is linear in their number whatever they are (Knuth, Morris, Pratt): the bytes come
/// from a feed, the text from an operator, and neither may slow the other down.
struct TextSearch: Sendable {
    private let text: [UInt8]
    /// For each length of a matched beginning of the text: the longest shorter one that ends it.
    private let shorter: [Int]

    package init(_ text: [UInt8]) {
        self.text = text
        var shorter = Array(repeating: 0, count: text.count + 1)
        var matched = 0
        for index in text.indices.dropFirst() {
            while matched > 0, text[index] != text[matched] { matched = shorter[matched] }
            if text[index] == text[matched] { matched += 1 }
            shorter[index + 1] = matched
        }
        self.shorter = shorter
    }

    /// Whether the text is in there; an empty one is in everything.
    func isIn(_ buffer: ByteBuffer) -> Bool {
        guard !text.isEmpty else { return true }
        return buffer.withUnsafeReadableBytes { bytes in
            var matched = 0
            for byte in bytes {
                while matched > 0, byte != text[matched] { matched = shorter[matched] }
                if byte == text[matched] { matched += 1 }
                if matched == text.count { return true }
            }
            return false
        }
    }
}
