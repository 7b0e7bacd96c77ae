import ArgumentParser
import ProgramKit

extension ValueKind<Duration> {
    /// A time, written as in the configuration: `250ms`, `1.5s`, `5m`.
    static var duration: Self {
        Self(name: "duration") { text in
            if let duration = Duration(argument: text) { return duration }
            throw ValidationError(Duration.mend(for: text))
        }
    }

    /// A time between two things that are done: a whole number of `us`, `ms` or `s`; at most an hour.
    static var interval: Self {
        Self(name: "duration") { text in
            if let interval = Duration(intervalArgument: text) { return interval }
            if Duration(intervalArgument: text + "ms") != nil {
                throw ValidationError("the unit is missing; did you mean \(text)ms?")
            }
            throw ValidationError("a time between two is a whole number and us, ms or s, such as 5ms; an hour at most")
        }
    }
}

extension Duration {
    /// A year; what is longer is a slip of the finger.
    private static let longest = seconds(366 * 24 * 3600)

    init?(argument: String) {
        guard let value = try? UnitText.duration.parse(argument), Duration(attoseconds: value) <= Self.longest else {
            return nil
        }
        self.init(attoseconds: value)
    }

    init?(intervalArgument text: String) {
        guard !text.contains("."), text.last == "s", let interval = Duration(argument: text),
            interval <= .seconds(3600)
        else { return nil }
        self = interval
    }

    /// What is wrong with a time, or what was probably meant.
    fileprivate static func mend(for text: String) -> String {
        if text.isEmpty { return "it is empty: give a time such as 5s" }
        if Duration(argument: text + "s") != nil { return "the unit is missing; did you mean \(text)s?" }
        if text.first == "-" { return "a time is not negative" }
        let words = [
            ("sec", "s"), ("min", "m"), ("hrs", "h"), ("hour", "h"), ("µs", "us"), ("μs", "us"), ("S", "s"), ("M", "m"),
            ("H", "h"),
        ]
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        if let short = words.first(where: { unit.hasPrefix($0.0) })?.1, Duration(argument: number + short) != nil {
            return "did you mean \(number)\(short)?"
        }
        if unit.hasPrefix("d"), let days = Int(number), days <= 366 {
            return "the longest unit is an hour; did you mean \(days * 24)h?"
        }
        if (try? UnitText.duration.parse(text)) != nil { return "the longest is 8784h, a year" }
        return "a time is a number and us, ms, s, m or h, for example 30s or 5m"
    }

    /// Refuses a time between two pictures that is too short.
    func validateEvery() throws {
        guard self >= .milliseconds(100) else { throw ValidationError("--every must be at least 100 ms") }
    }
}
