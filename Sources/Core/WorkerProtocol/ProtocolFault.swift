/// Why a worker is not understood, in words: what is wrong, the beginning of what it said, and what its author can do.
///
/// It never counts as a success: who breaks the protocol is ended, and what it had in hand is dealt again.
public struct ProtocolFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// No more bytes are quoted of what a worker has said.
    public static let mostQuotedBytes = 120

    /// What is wrong.
    public let what: String
    /// The beginning of what the worker said, with its control characters escaped; nil: it said nothing.
    public let quote: String?
    /// What to do about it.
    public let mend: String

    init(_ what: String, quoting text: Span<UInt8>, mend: String) {
        self.what = what
        quote = Self.quote(text)
        self.mend = mend
    }

    init(_ what: String, mend: String) {
        self.what = what
        quote = nil
        self.mend = mend
    }

    /// All of it, in one line.
    public var description: String { "\(what)\(quote.map { ": \($0)" } ?? ""); \(mend)" }

    /// In quotation marks; with an ellipsis where it goes on.
    private static func quote(_ text: Span<UInt8>) -> String {
        let some = text.extracting(first: mostQuotedBytes).withUnsafeBufferPointer {
            String(decoding: $0, as: UTF8.self)
        }
        return "\"\(printable(some))\(text.count > mostQuotedBytes ? "…" : "")\""
    }

    /// A text with its control characters as escapes.
    static func printable(_ text: some StringProtocol) -> String {
        var printable = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": printable += "\\n"
            case "\r": printable += "\\r"
            case "\t": printable += "\\t"
            case "\u{1B}": printable += "\\e"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                printable += "\\u{\(String(scalar.value, radix: 16))}"
            default: printable.unicodeScalars.append(scalar)
            }
        }
        return printable
    }
}

/// What an author can do.
enum Mend {
    static let stray = "print to stderr, or set reply_fd = 3"
    static let answer = #"an answer is a line such as {"seq":485,"status":"done"}"#
}
