extension [UInt8] {
    /// Appends a time in UTC as RFC 3339 has it, such as `2026-11-27T15:33:37.120456Z`.
    ///
    /// - Parameter time: microseconds since 1970; times outside of the years 0 to 9999 have more digits, or a sign.
    public mutating func appendTimestamp(_ time: Int64) {
        let (second, microsecond) = time.quotientAndRemainder(floorBy: 1_000_000)
        let (day, secondOfDay) = second.quotientAndRemainder(floorBy: 86_400)
        // Days are counted in eras of 400 years that begin with a March (H. Hinnant, "chrono-compatible low-level date algorithms").
        let (era, dayOfEra) = (day + 719_468).quotientAndRemainder(floorBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        if year < 0 { append(UInt8(ascii: "-")) }
        appendNumber(year.magnitude, digits: 4)
        append(UInt8(ascii: "-"))
        appendNumber(UInt64(month), digits: 2)
        append(UInt8(ascii: "-"))
        appendNumber(UInt64(dayOfYear - (153 * marchMonth + 2) / 5 + 1), digits: 2)
        append(UInt8(ascii: "T"))
        appendNumber(UInt64(secondOfDay / 3600), digits: 2)
        append(UInt8(ascii: ":"))
        appendNumber(UInt64(secondOfDay / 60 % 60), digits: 2)
        append(UInt8(ascii: ":"))
        appendNumber(UInt64(secondOfDay % 60), digits: 2)
        append(UInt8(ascii: "."))
        appendNumber(UInt64(microsecond), digits: 6)
        append(UInt8(ascii: "Z"))
    }

    /// Appends a number in decimal digits.
    ///
    /// - Parameter digits: with zeros before a shorter one.
    public mutating func appendNumber(_ number: UInt64, digits: Int = 1) {
        let start = count
        var rest = number
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0 || count - start < digits
        self[start...].reverse()
    }
}

extension Int64 {
    /// The quotient rounded down, and what remains, which is not negative.
    fileprivate func quotientAndRemainder(floorBy divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
