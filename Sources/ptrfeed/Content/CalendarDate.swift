import NIOCore

/// A moment as Twitter writes it: `Wed May 11 21:57:09 +0000 2022`, always thirty bytes.
struct CalendarDate: Sendable {
    /// Seconds since 1970, UTC.
    let unixSeconds: Int

    func write(to buffer: inout ByteBuffer) {
        let (days, second) = unixSeconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = Self.civil(days: days)
        buffer.writeString(Self.weekdays[(days + 4) % 7])
        buffer.writeStaticString(" ")
        buffer.writeString(Self.months[month - 1])
        buffer.writeStaticString(" ")
        buffer.writeDecimal(UInt64(day), width: 2)
        buffer.writeStaticString(" ")
        buffer.writeDecimal(UInt64(second / 3600), width: 2)
        buffer.writeStaticString(":")
        buffer.writeDecimal(UInt64(second / 60 % 60), width: 2)
        buffer.writeStaticString(":")
        buffer.writeDecimal(UInt64(second % 60), width: 2)
        buffer.writeStaticString(" +0000 ")
        buffer.writeDecimal(year)
    }

    /// Days since 1970 to a Gregorian date. Years are counted from March, so that the leap day is a year's last.
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
