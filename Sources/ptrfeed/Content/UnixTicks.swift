import FoundationEssentials

/// Wall-clock time in ticks of 100 µs since 1970, the unit of the feed's `unix_timestamp_100us`.
enum UnixTicks {
    /// Fourteen digits from 2001 until 2286.
    static let digits = 14

    static func now() -> UInt64 {
        bounded(UInt64(max(0, Date().timeIntervalSince1970 * 10_000)))
    }

    /// A clock that is set wrong must not change the number of digits: everything pre-rendered depends on it.
    static func bounded(_ ticks: UInt64) -> UInt64 {
        min(max(ticks, 10_000_000_000_000), 99_999_999_999_999)
    }
}
