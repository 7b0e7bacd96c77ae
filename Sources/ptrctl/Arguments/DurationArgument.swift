import ArgumentParser

/// A time on the command line, written as in the configuration: `250ms`, `1.5s`, `5m`.
struct DurationArgument: Sendable, Hashable, CustomStringConvertible {
    let duration: Duration

    private static let secondsPerUnit: [(unit: String, seconds: Double)] = [
        ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ]
    /// A year; what is longer is a slip of the finger.
    private static let longest: Double = 366 * 24 * 3600

    /// Reads a time.
    ///
    /// - Throws: `ValidationError`, with what was probably meant.
    static func parse(_ text: String) throws -> DurationArgument {
        if let argument = DurationArgument(argument: text) { return argument }
        if text.isEmpty { throw ValidationError("it is empty: give a time such as 5s") }
        if DurationArgument(argument: text + "s") != nil {
            throw ValidationError("the unit is missing; did you mean \(text)s?")
        }
        if text.first == "-" { throw ValidationError("a time is not negative") }
        let words = [
            ("sec", "s"), ("min", "m"), ("hrs", "h"), ("hour", "h"), ("µs", "us"), ("μs", "us"), ("S", "s"), ("M", "m"),
            ("H", "h"),
        ]
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        if let short = words.first(where: { unit.hasPrefix($0.0) })?.1,
            DurationArgument(argument: number + short) != nil
        {
            throw ValidationError("did you mean \(number)\(short)?")
        }
        if unit.hasPrefix("d"), let days = Int(number), days <= 366 {
            throw ValidationError("the longest unit is an hour; did you mean \(days * 24)h?")
        }
        if secondsPerUnit.contains(where: { $0.unit == unit }), Double(number).map({ $0 > 8784 }) ?? false {
            throw ValidationError("the longest is 8784h, a year")
        }
        throw ValidationError("a time is a number and us, ms, s, m or h, for example 30s or 5m")
    }

    init?(argument: String) {
        // `ms` before `s`, so that the longer unit is seen first.
        guard let (unit, scale) = Self.secondsPerUnit.first(where: { argument.hasSuffix($0.unit) }) else { return nil }
        let number = argument.dropLast(unit.count)
        // Not everything that Double reads is a time: `nan`, `0x10`, `1e3`, `-1`.
        guard number.first?.isNumber == true, number.last?.isNumber == true,
            number.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let value = Double(number), value * scale <= Self.longest
        else { return nil }
        duration = .seconds(value * scale)
    }

    init(seconds: Int) {
        duration = .seconds(seconds)
    }

    /// Refuses what is shorter.
    func validate(least: Duration, _ name: String) throws {
        guard duration >= least else {
            throw ValidationError("\(name) must be at least \(least / .milliseconds(1)) ms")
        }
    }

    /// As it would be written, for the help.
    var description: String { "\(Text.decimal(seconds, places: 0))s" }

    /// In seconds.
    var seconds: Double { duration / .seconds(1) }
}
