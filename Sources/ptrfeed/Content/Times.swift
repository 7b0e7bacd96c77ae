import Glibc
import ProgramKit

/// A moment as Twitter writes it: `Wed May 11 21:57:09 +0000 2022`, always thirty bytes.
struct CalendarDate: Sendable {
    /// Seconds since 1970, UTC.
    let unixSeconds: Int

    static let length = 30

    var text: FeedText {
        var (seconds, date) = (time_t(unixSeconds), tm())
        gmtime_r(&seconds, &date)
        let (weekday, month) = (Self.weekdays[Int(date.tm_wday)], Self.months[Int(date.tm_mon)])
        return """
            \(weekday) \(month) \(date.tm_mday, width: 2) \(date.tm_hour, width: 2):\(date.tm_min, width: 2):\
            \(date.tm_sec, width: 2) +0000 \(date.tm_year + 1900)
            """
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// Wall-clock time in ticks of 100 µs since 1970, the unit of the feed's `unix_timestamp_100us`.
enum UnixTicks {
    /// Fourteen digits from 2001 until 2286.
    static let digits = 14

    static func now() -> UInt64 {
        bounded(UInt64(max(0, UTCTime.microsecondsSince1970() / 100)))
    }

    /// A clock that is set wrong must not change the number of digits: everything pre-rendered depends on it.
    static func bounded(_ ticks: UInt64) -> UInt64 {
        min(max(ticks, 10_000_000_000_000), 99_999_999_999_999)
    }
}
