import ArgumentParser

/// A time on the command line, written as in the configuration: `250ms`, `1.5s`, `5m`.
struct DurationArgument: ExpressibleByArgument, Sendable, Hashable {
    let duration: Duration

    private static let secondsPerUnit: [(unit: String, seconds: Double)] = [
        ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ]
    /// A year; what is longer is a slip of the finger.
    private static let longest: Double = 366 * 24 * 3600

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
    var defaultValueDescription: String { "\(Text.decimal(seconds, places: 0))s" }

    /// In seconds.
    var seconds: Double { duration / .seconds(1) }
}
