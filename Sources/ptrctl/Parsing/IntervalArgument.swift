import ArgumentParser

/// A time between two things that are done: a whole number with its unit, such as `500us`, `10ms`, `1s`; at most an hour.
struct IntervalArgument: Sendable, Hashable {
    let duration: Duration

    private static let units: [String: Duration] = ["us": .microseconds(1), "ms": .milliseconds(1), "s": .seconds(1)]
    private static let longest = Duration.seconds(3600)

    /// Reads a time.
    ///
    /// - Throws: `ValidationError`, with what was probably meant.
    static func parse(_ text: String) throws -> IntervalArgument {
        if let interval = IntervalArgument(argument: text) { return interval }
        if IntervalArgument(argument: text + "ms") != nil {
            throw ValidationError("the unit is missing; did you mean \(text)ms?")
        }
        throw ValidationError("a time between two is a whole number and us, ms or s, such as 5ms; an hour at most")
    }

    init?(argument: String) {
        let digits = argument.prefix { ("0"..."9").contains($0) }
        // Few enough digits for no unit to overflow.
        guard digits.count <= 12, let number = Int(digits),
            let unit = Self.units[String(argument.dropFirst(digits.count))]
        else { return nil }
        duration = unit * number
        guard duration <= Self.longest else { return nil }
    }
}
