import Glibc
import ProgramKit

/// The time on the wall of whoever reads, and how times of the API, which are in UTC, are shown by it.
struct WallClock: Sendable {
    /// Now, in seconds since 1970.
    let now: @Sendable () -> Int
    /// How far the local time is ahead of UTC at such a time, in seconds.
    let offset: @Sendable (Int) -> Int

    /// The system's, in the time zone that $TZ or /etc/localtime names.
    static let system = WallClock {
        time(nil)
    } offset: { seconds in
        var (seconds, local) = (time_t(seconds), tm())
        localtime_r(&seconds, &local)
        return local.tm_gmtoff
    }

    /// Seconds since 1970 of a time of the API, `2026-01-31T09:30:00.123456Z`; nil of anything else.
    static func seconds(of text: String) -> Int? {
        guard let match = text.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z/) else {
            return nil
        }
        func number(_ text: Substring) -> Int32 { Int32(text) ?? 0 }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (number(match.1) - 1900, number(match.2) - 1, number(match.3))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (number(match.4), number(match.5), number(match.6))
        return timegm(&parts)
    }
}

extension Style {
    /// A time of the API in local time: `09:31:05` on a terminal, with the date when that is not today; elsewhere, where
    /// today may be long ago, `2026-01-31T09:31:05.123+01:00`. What is no such time stays as it is.
    func time(_ text: String) -> String {
        let text = Text.printable(text)
        guard let seconds = WallClock.seconds(of: text) else { return text }
        let offset = clock.offset(seconds)
        let local = UTCTime(seconds: seconds + offset)
        guard !isTerminal else {
            let now = clock.now()
            let isToday = UTCTime(seconds: now + clock.offset(now)).date == local.date
            return isToday ? local.timeOfDay : "\(local.date) \(local.timeOfDay)"
        }
        let fraction = text.split(separator: ".").dropFirst().first.map { ".\($0.dropLast().prefix(3))" } ?? ""
        // Hours and minutes ahead of UTC, or behind it.
        let zone = UTCTime(seconds: abs(offset)).timeOfDay.prefix(5)
        return "\(local.date)T\(local.timeOfDay)\(fraction)\(offset < 0 ? "-" : "+")\(zone)"
    }
}
