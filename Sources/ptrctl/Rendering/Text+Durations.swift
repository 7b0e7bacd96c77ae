extension Text {
    /// What is done with the part of a second.
    enum Rounding: Sendable {
        /// A time that has gone by, for people: `9 s`.
        case elapsed
        /// A time that is left: the second above it.
        case left
        /// A time that was measured: three digits, `0.25 ms`, `1.50 s`.
        case measured
    }

    /// The one way to write a time: `0.25 ms`, `9 s`, `1m10s`, `2h13m`, `3d4h`; two units at most.
    static func duration(_ seconds: Double, _ rounding: Rounding = .elapsed) -> String {
        let seconds = Swift.max(0, Swift.min(seconds, 1e12))
        switch rounding {
        case .measured where seconds < 59.95: return measured(seconds)
        case .measured: return whole(Int(seconds.rounded()))
        case .left: return whole(Int(seconds.rounded(.up)))
        case .elapsed: return whole(Int(seconds))
        }
    }

    static func duration(_ time: Duration, _ rounding: Rounding = .elapsed) -> String {
        duration(time / .seconds(1), rounding)
    }

    /// The same of milliseconds that were measured.
    static func milliseconds(_ value: Double) -> String {
        duration(value / 1000, .measured)
    }

    private static func measured(_ seconds: Double) -> String {
        let value = seconds * 1000
        return switch value {
        case ..<0.0005: "0 ms"
        case ..<9.995: "\(decimal(value, places: 2)) ms"
        case ..<99.95: "\(decimal(value, places: 1)) ms"
        case ..<999.5: "\(decimal(value, places: 0)) ms"
        case ..<9_995: "\(decimal(seconds, places: 2)) s"
        default: "\(decimal(seconds, places: 1)) s"
        }
    }

    private static func whole(_ total: Int) -> String {
        // The usual period of a restart budget, and a minute to anybody.
        guard total > 60 else { return "\(total) s" }
        let units = [(total / 86400, "d"), (total / 3600 % 24, "h"), (total / 60 % 60, "m"), (total % 60, "s")]
        let first = units.firstIndex { $0.0 > 0 } ?? 3
        return units[first..<Swift.min(first + 2, units.count)].filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    }
}
