import Glibc

/// A moment of the wall clock in UTC, in the forms in which the programs write it. There is no other place that does.
public struct UTCTime: Hashable, Sendable {
    /// `2026-01-31`.
    public let date: String
    /// `09:30:00`.
    public let timeOfDay: String
    private let microseconds: Int

    /// - Parameter microseconds: since 1970.
    public init(microseconds: Int64) {
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        self.init(seconds: Int(rest < 0 ? seconds - 1 : seconds), microseconds: Int(rest < 0 ? rest + 1_000_000 : rest))
    }

    /// - Parameters:
    ///   - seconds: since 1970; that of a local time, to which its offset was added, gives the local date and time of day.
    ///   - microseconds: after that, 0 to 999,999.
    public init(seconds: Int, microseconds: Int = 0) {
        var (seconds, parts) = (time_t(seconds), tm())
        gmtime_r(&seconds, &parts)
        func digits(_ numbers: [Int32], separator: String) -> String {
            numbers.map { padded(Int($0), 2) }.joined(separator: separator)
        }
        date = "\(padded(Int(parts.tm_year) + 1900, 4))-" + digits([parts.tm_mon + 1, parts.tm_mday], separator: "-")
        timeOfDay = digits([parts.tm_hour, parts.tm_min, parts.tm_sec], separator: ":")
        self.microseconds = microseconds
    }

    /// Now.
    public static var now: UTCTime { UTCTime(microseconds: microsecondsSince1970()) }

    /// What a clock on the wall shows, in microseconds since 1970.
    public static func microsecondsSince1970() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
    }

    /// `2026-01-31T09:30:00.123456Z`, as in all JSON.
    public var text: String { "\(date)T\(timeOfDay).\(padded(microseconds, 6))Z" }

    /// `2026-01-31T09:30:00.123Z`, as at the beginning of a log line.
    public var textToMilliseconds: String { "\(date)T\(timeOfDay).\(padded(microseconds / 1000, 3))Z" }

    /// `20260131T093000Z`, as a part of a file's name.
    public var inFileName: String { "\(date)T\(timeOfDay)Z".filter { $0 != "-" && $0 != ":" } }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
