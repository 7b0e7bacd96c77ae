import ArgumentParser

/// Whole numbers on the command line.
enum NumberArgument {
    /// Reads a number.
    ///
    /// - Throws: `ValidationError`, with what was probably meant.
    static func parse(_ text: String) throws -> Int {
        try parse(text, as: "a whole number, for example 5")
    }

    static func parse(_ text: String, as what: String) throws -> Int {
        guard !text.isEmpty else { throw ValidationError("it is empty: give \(what)") }
        if let number = Int(text), text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) { return number }
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            throw ValidationError("it is too large")
        }
        if text.lowercased().hasPrefix("0x"), let number = Int(text.dropFirst(2), radix: 16) {
            throw ValidationError("numbers are decimal; did you mean \(number)?")
        }
        let digits = text.filter { $0.isASCII && $0.isNumber }
        if text.contains(where: { ",_'".contains($0) }), let number = Int(digits), digits.count + 1 >= text.count - 3 {
            throw ValidationError("numbers have no signs between their digits; did you mean \(number)?")
        }
        throw ValidationError("it must be \(what)")
    }

    /// A number of something that has numbers from 1 on.
    static func identifier(_ text: String) throws -> Int64 {
        let number = try parse(text, as: "a number, for example 12")
        guard number > 0 else { throw ValidationError("numbers begin at 1") }
        return Int64(number)
    }
}
