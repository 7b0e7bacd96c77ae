import ControlAPI

extension Query {
    /// Reads the query of a request's first line: names and values with `&` and `=` in between, percent-encoded, and
    /// with `+` for a space (WHATWG URL, application/x-www-form-urlencoded), since that is what programs send.
    ///
    /// - Throws: ``ControlFailure`` of the code ``ErrorCode/badRequest``, where the standard would guess.
    init(url text: String?) throws(ControlFailure) {
        var items: [QueryItem] = []
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            items.append(QueryItem(try Self.decode(parts[0]), parts.count > 1 ? try Self.decode(parts[1]) : ""))
        }
        self.init(items)
    }

    private static func decode(_ text: Substring) throws(ControlFailure) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                // Without the look at each, a sign would be taken for one.
                guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16)
                else { throw wrong(text, "\"%\" has to be followed by two hexadecimal digits") }
                rest = rest.dropFirst(2)
                bytes.append(value)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw wrong(text, "it is not UTF-8") }
        return decoded
    }

    private static func wrong(_ text: Substring, _ problem: String) -> ControlFailure {
        ControlFailure(.badRequest, "the query holds \(String(text).debugDescription): \(problem)")
    }
}
