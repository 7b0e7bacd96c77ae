/// Counts microseconds up to an hour, to three significant digits: each value up to 2047 by itself, and of each higher power of two 1024
/// parts.
struct LatencyHistogram: Sendable {
    static let highest: UInt64 = 3_600_000_000
    private static let half = 1024

    private var counts: [UInt32] = Array(repeating: 0, count: Self.place(of: Self.highest) + 1)
    private var total: UInt64 = 0
    /// The longest that was recorded; 0: none was.
    private(set) var longest: UInt64 = 0

    /// Where a value is counted.
    private static func place(of value: UInt64) -> Int {
        let shift = max(0, 53 - value.leadingZeroBitCount)
        return shift * half + Int(value >> UInt64(shift))
    }

    /// The highest value that is counted there.
    private static func highest(at place: Int) -> UInt64 {
        let shift = max(0, place / half - 1)
        return UInt64(place - shift * half + 1) << UInt64(shift) - 1
    }

    mutating func record(_ value: UInt64, count: Int) {
        let value = min(value, Self.highest)
        let place = Self.place(of: value)
        counts[place] = UInt32(min(UInt64(counts[place]) + UInt64(count), UInt64(UInt32.max)))
        total += UInt64(count)
        longest = max(longest, value)
    }

    mutating func reset() { self = Self() }

    /// The values that so much of all that was recorded does not exceed; none when nothing was.
    ///
    /// - Parameter parts: from the least to the greatest, each above 0 and below 1.
    static func values(at parts: [Double], in histograms: [Self]) -> [UInt64] {
        let total = histograms.reduce(0) { $0 + $1.total }
        let longest = histograms.reduce(0) { max($0, $1.longest) }
        guard total > 0 else { return [] }
        var values: [UInt64] = []
        var (count, place) = (UInt64(0), -1)
        for part in parts {
            let wanted = max(1, UInt64((part * Double(total)).rounded(.up)))
            while count < wanted, place < self.place(of: longest) {
                place += 1
                for index in histograms.indices { count += UInt64(histograms[index].counts[place]) }
            }
            values.append(min(highest(at: place), longest))
        }
        return values
    }
}
