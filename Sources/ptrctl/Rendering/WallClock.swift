import Glibc

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
        let (day, time) = Self.parts(seconds + offset)
        guard !isTerminal else {
            let now = clock.now()
            return Self.parts(now + clock.offset(now)).day == day ? time : "\(day) \(time)"
        }
        let fraction = text.split(separator: ".").dropFirst().first.map { ".\($0.dropLast().prefix(3))" } ?? ""
        let minutes = abs(offset) / 60
        return "\(day)T\(time)\(fraction)\(offset < 0 ? "-" : "+")\(Self.two(minutes / 60)):\(Self.two(minutes % 60))"
    }

    private static func parts(_ local: Int) -> (day: String, time: String) {
        var (seconds, parts) = (time_t(local), tm())
        gmtime_r(&seconds, &parts)
        let day = "\(Int(parts.tm_year) + 1900)-\(two(Int(parts.tm_mon) + 1))-\(two(Int(parts.tm_mday)))"
        return (day, "\(two(Int(parts.tm_hour))):\(two(Int(parts.tm_min))):\(two(Int(parts.tm_sec)))")
    }

    private static func two(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
